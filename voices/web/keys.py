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
from voices.althea import KeyRefusedError
from voices.kit.names import clean_name
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret
from voices.models import ApiKey, Endpoint, KeyState
from voices.web.http import StudioRequest, redirect_after_post, team_page

MAX_KEY = 200
UNTESTED = "The key “{label}” is stored, but could not be tested: {problem} Test it again later on this page."


@sensitive_variables()
def read_key(typed: str) -> Secret:
    """The key as a Secret: printable ASCII, as it will stand in a header. Raises ValidationError."""
    value = typed.strip()
    if not value:
        raise forms.ValidationError("Paste the key first.")
    if len(value) > MAX_KEY or not (value.isascii() and value.isprintable()) or " " in value:
        raise forms.ValidationError(
            "This is not a key: it holds spaces or characters that keys do not have. Copy it again."
        )
    return Secret(value)


class KeyForm(forms.Form):
    """A key to store. The value is read once and never shown again, not even after an error."""

    label = forms.CharField(
        label="Label", required=False, max_length=60, help_text="For yourself: which account, which project."
    )
    endpoint = forms.ChoiceField(label="Server", choices=Endpoint.choices, required=False)
    key = forms.CharField(
        label="Key",
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_label(self) -> str:
        """The label, on one line."""
        return clean_name(self.cleaned_data["label"])[:60]

    def clean_endpoint(self) -> str:
        """The server; the sandbox only where it is on."""
        endpoint = self.cleaned_data["endpoint"] or Endpoint.ALTHEA
        if endpoint == Endpoint.SANDBOX and not settings.SANDBOX:
            raise forms.ValidationError("The sandbox is off here.")
        return str(endpoint)

    @sensitive_variables()
    def clean_key(self) -> Secret:
        """The key as a Secret."""
        return read_key(self.cleaned_data["key"])


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


def _back(request: StudioRequest) -> HttpResponse:
    return redirect_after_post(request, reverse("voices:keys"))


def _tell(request: StudioRequest, key: ApiKey) -> None:
    """What a test said of the key, as a message."""
    if key.state == KeyState.OK and not key.last_problem:
        messages.success(request, f"The key “{key.label}” works: it opens the account {key.account}.")
    elif key.state == KeyState.REFUSED:
        messages.error(request, f"Althea refused the key “{key.label}”. Replace it with one that works.")
    else:
        messages.warning(request, UNTESTED.format(label=key.label, problem=key.last_problem))


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """The person's keys and the form for a new one."""
    return _show(request, KeyForm())


@sensitive_post_parameters("key")
@sensitive_variables()
@require_POST
@team_page
def add(request: StudioRequest) -> HttpResponse:
    """Tests and stores a key; a refused one is not stored."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data
    label = typed["label"] or Endpoint(typed["endpoint"]).label
    try:
        key = actions.add_key(
            member=request.member, label=label, endpoint=typed["endpoint"], secret=typed["key"]
        )
    except KeyRefusedError:
        form.add_error(
            "key",
            "Althea refused this key, so it was not stored. Check that it was copied whole and is still valid.",
        )
        return _show(request, form, status=422)
    _tell(request, key)
    return _back(request)


@require_POST
@team_page
def add_sandbox(request: StudioRequest) -> HttpResponse:
    """Stores a fresh key of the built-in sandbox."""
    if not settings.SANDBOX:
        raise Http404("The sandbox is off here.")
    key = actions.add_key(
        member=request.member, label="Sandbox", endpoint=Endpoint.SANDBOX, secret=Secret(make_sandbox_key())
    )
    _tell(request, key)
    return _back(request)


@require_POST
@team_page
def test(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Tests a stored key now."""
    _tell(request, actions.test_key(member=request.member, key=get_key_for(request.user, key_id)))
    return _back(request)


@require_POST
@team_page
def make_default(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Makes a key the one that the clone form chooses first."""
    actions.make_default_key(member=request.member, key=get_key_for(request.user, key_id))
    return _back(request)


@require_POST
@team_page
def relabel(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Gives a key another label."""
    key = get_key_for(request.user, key_id)
    label = clean_name(request.POST.get("label", ""))[:60]
    if label:
        actions.relabel_key(member=request.member, key=key, label=label)
    else:
        messages.error(request, "Write a label first. The old one stays.")
    return _back(request)


@sensitive_post_parameters("key")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def replace(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Puts a new value into a key of the same account; jobs and voices keep it."""
    key = get_key_for(request.user, key_id)
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _tell(
                request, actions.replace_key(member=request.member, key=key, secret=form.cleaned_data["key"])
            )
            return _back(request)
        except KeyRefusedError:
            form.add_error("key", "Althea refused this key. The old one stays stored.")
        except actions.OtherAccountError as problem:
            form.add_error("key", str(problem))
    status = 422 if request.method == "POST" else 200
    return render(request, "keys/replace.html", {"page": "keys", "key": key, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def remove(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Asks once, naming the key and what follows; then removes it."""
    key = get_key_for(request.user, key_id)
    if request.method == "POST":
        actions.remove_key(member=request.member, key=key)
        messages.success(request, f"{key.label} is removed. Its value is gone from Voice Studio.")
        return _back(request)
    return render(
        request,
        "keys/remove.html",
        {"page": "keys", "key": key, "voice_count": key.voices.filter(deleted_at=None).count()},
    )
