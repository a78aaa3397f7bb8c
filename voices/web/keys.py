"""The keys page: a person's own keys, never their values."""

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voices.access import Verb, get_key_for, may
from voices.actions.keys import store as actions
from voices.actions.keys.store import KeyOutcome, KeyTest
from voices.althea import KeyRefusedError
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret, looks_like_key
from voices.models import ApiKey, Endpoint, KeyState
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.fields import LineField
from voices.web.http import StudioRequest, redirect_after_post, team_page

MIN_KEY, MAX_KEY, MAX_LABEL = 12, 200, 60
SAVED_UNTESTED = "Key “{label}” saved, but it couldn't be tested: {problem} Test it again later on this page."
TEST_MESSAGES: dict[KeyOutcome, tuple[int, str]] = {
    KeyOutcome.WORKS: (messages.SUCCESS, "Key “{label}” works. It belongs to the account {account}."),
    KeyOutcome.REFUSED: (messages.ERROR, "Althea refused the key “{label}”. Replace it with a working one."),
    KeyOutcome.UNUSABLE: (messages.ERROR, "Key “{label}” can't be used. {problem}"),
    KeyOutcome.NOT_TESTED: (
        messages.WARNING,
        "Key “{label}” couldn't be tested: {problem} Test it again later.",
    ),
}
UNUSUAL = (
    "This doesn't look like an Althea key, which is 8 letters or digits, a dot and 32 more. Copy the whole key. "
    "If it really is your key, paste it again and confirm below."
)


@sensitive_variables()
def read_key(typed: str, *, is_confirmed: bool = False) -> Secret:
    """Return the key as a Secret. Raise ValidationError for an invalid one.

    An unusual one is rejected with the code "unusual" until the person has confirmed it.
    """
    value = typed.strip()
    if not value:
        raise forms.ValidationError("Paste the key first.")
    if len(value) > MAX_KEY or not (value.isascii() and value.isprintable()) or " " in value:
        raise forms.ValidationError(
            "This isn't a key: it contains spaces or characters that keys don't have. Copy it again."
        )
    if len(value) < MIN_KEY:
        raise forms.ValidationError("This is too short for an Althea key. Copy the whole key.")
    if not (is_confirmed or looks_like_key(value)):
        raise forms.ValidationError(UNUSUAL, code="unusual")
    return Secret(value)


class UnusualKeyForm(forms.Form):
    """A form with a `key`, whose unusual shape the person may confirm."""

    unusual = forms.BooleanField(label="It's unusual, but it's my key", required=False)

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the key looked unusual, or was confirmed before another error."""
        return self.has_error("key", "unusual") or (self.is_bound and "unusual" in self.data)


class KeyForm(UnusualKeyForm):
    """The form of a key, whose value is never shown again, not even after an error."""

    label = LineField(
        label="Label",
        required=False,
        limit=MAX_LABEL,
        help_text="Such as the project you use it for. Leave blank to name the key after its account.",
    )
    endpoint = forms.ChoiceField(label="Server", choices=Endpoint.choices, required=False)
    key = forms.CharField(
        label="Key",
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_endpoint(self) -> str:
        """Return the server. Refuse the sandbox where it is off."""
        endpoint = self.cleaned_data["endpoint"] or Endpoint.ALTHEA
        if endpoint == Endpoint.SANDBOX and not settings.SANDBOX:
            raise forms.ValidationError("The sandbox is turned off.")
        return str(endpoint)

    @sensitive_variables()
    def clean_key(self) -> Secret:
        """Return the key as a Secret."""
        return read_key(self.cleaned_data["key"], is_confirmed=self.cleaned_data["unusual"])


class LabelForm(forms.Form):
    """The form that renames a key."""

    label = LineField(limit=MAX_LABEL, error_messages={"required": "Enter a label."})


def _show(request: StudioRequest, form: KeyForm, *, status: int = 200) -> HttpResponse:
    keys = ApiKey.objects.owned_by(request.user).annotate(
        voice_count=Count("voices", filter=Q(voices__deleted_at=None))
    )
    may_choose = may(request.member, Verb.CHANGE_TEAM)
    context = {
        "page": "keys",
        "keys": keys,
        "form": form,
        "sandbox": settings.SANDBOX,
        "may_choose": may_choose,
    }
    return render(request, "keys/page.html", context, status=status)


def _to_keys_page(request: StudioRequest) -> HttpResponse:
    return redirect_after_post(request, reverse("voices:keys"))


def _add_saved_message(request: StudioRequest, key: ApiKey) -> None:
    """Add a message about a key that was just stored."""
    if key.state == KeyState.OK:
        _add_test_message(request, KeyTest(key, KeyOutcome.WORKS))
    else:
        messages.warning(request, SAVED_UNTESTED.format(label=key.label, problem=key.last_problem))


def _add_test_message(request: StudioRequest, test: KeyTest) -> None:
    """Add a message about the outcome of this test, whatever an earlier one found."""
    level, template = TEST_MESSAGES[test.outcome]
    text = template.format(label=test.key.label, account=test.key.account, problem=test.problem)
    messages.add_message(request, level, text)


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the person's keys and the form for a new one."""
    return _show(request, KeyForm())


@sensitive_post_parameters("key")
@sensitive_variables()
@require_POST
@team_page
@recently_authenticated(back="voices:keys")
def add(request: StudioRequest) -> HttpResponse:
    """Test a key and store it unless Althea refuses it."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data
    try:
        key = actions.add_key(
            member=request.member, label=typed["label"], endpoint=typed["endpoint"], secret=typed["key"]
        )
    except KeyRefusedError:
        form.add_error(
            "key",
            "Althea refused this key, so it wasn't saved. Check that you copied all of it and that it's still valid.",
        )
        return _show(request, form, status=422)
    _add_saved_message(request, key)
    return _to_keys_page(request)


@require_POST
@team_page
def add_sandbox(request: StudioRequest) -> HttpResponse:
    """Create and store a key of the built-in sandbox. From the clone page, return to it once the key works."""
    if not settings.SANDBOX:
        raise Http404("The sandbox is turned off.")
    key = actions.add_key(
        member=request.member, label="", endpoint=Endpoint.SANDBOX, secret=Secret(make_sandbox_key())
    )
    _add_saved_message(request, key)
    if key.can_clone and request.POST.get("next") == "clone":
        return redirect_after_post(request, reverse("voices:clone"))
    return _to_keys_page(request)


@require_POST
@team_page
def test(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Test a stored key now."""
    _add_test_message(request, actions.test_key(member=request.member, key=get_key_for(request.user, key_id)))
    return _to_keys_page(request)


@require_POST
@team_page
def make_default(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Make a key the one that the clone form selects first."""
    actions.make_default_key(member=request.member, key=get_key_for(request.user, key_id))
    return _to_keys_page(request)


@require_POST
@team_page
def relabel(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Change the label of a key."""
    key = get_key_for(request.user, key_id)
    form = LabelForm(request.POST)
    if form.is_valid():
        actions.relabel_key(member=request.member, key=key, label=form.cleaned_data["label"])
    else:
        messages.error(request, f"{form.errors['label'][0]} The label wasn't changed.")
    return _to_keys_page(request)


@sensitive_post_parameters("key")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def replace(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Replace a key's value by another key of the same account. Jobs and voices keep using it."""
    key = get_key_for(request.user, key_id)
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _add_saved_message(
                request, actions.replace_key(member=request.member, key=key, secret=form.cleaned_data["key"])
            )
            return _to_keys_page(request)
        except KeyRefusedError:
            form.add_error("key", "Althea refused this key, so the old one wasn't replaced.")
        except actions.OtherAccountError as problem:
            form.add_error("key", str(problem))
    status = 422 if request.method == "POST" else 200
    return render(request, "keys/replace.html", {"page": "keys", "key": key, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def remove(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Show what removing a key means, or remove it."""
    key = get_key_for(request.user, key_id)
    if request.method == "POST":
        actions.remove_key(member=request.member, key=key)
        messages.success(request, f"Key “{key.label}” deleted.")
        return _to_keys_page(request)
    return render(
        request,
        "keys/remove.html",
        {"page": "keys", "key": key, "voice_count": key.voices.filter(deleted_at=None).count()},
    )
