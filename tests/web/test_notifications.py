"""The page Notifications: what a person gets is what the page says, until they change it."""

from django.utils import timezone

from tests.base import Cast
from voices.actions.notices.choices import mailbox_of
from voices.models import NoticeChoice

PATH = "/notifications/"


def test_the_page_shows_what_is_usual_for_the_role(cast: Cast) -> None:
    form = cast.login(cast.ed).get(PATH).context["form"]
    assert (form["clone.failed"].value(), form["voice.gone"].value(), form["sends"].value()) == (
        "at_once", "off", True,
    )  # fmt: skip
    assert "webhook.disabled" not in form.fields
    assert cast.login(cast.ada).get(PATH).context["form"]["voice.gone"].value() == "at_once"


def test_only_what_was_changed_is_stored(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    form = browser.get(PATH).context["form"]
    sent = {name: form[name].value() for name in form.fields if "." in name}
    sent |= {"sends": "on", "digest_hour": "18", "voice.gone": "daily"}
    assert browser.post(PATH, sent).status_code == 303
    assert list(NoticeChoice.objects.values_list("user", "kind", "choice")) == [
        (cast.ed.user_id, "voice.gone", "daily")
    ]
    box = mailbox_of(cast.ed.user, now=timezone.now())
    assert (box.digest_hour, box.is_off) == (18, False)
    browser.post(PATH, sent | {"sends": ""})
    assert mailbox_of(cast.ed.user, now=timezone.now()).is_off
    assert browser.get(PATH).context["form"]["voice.gone"].value() == "daily"


def test_a_choice_that_is_none_is_refused(cast: Cast) -> None:
    answer = cast.login(cast.ed).post(PATH, {"digest_hour": "25", "voice.gone": "hourly"})
    assert (answer.status_code, NoticeChoice.objects.count()) == (422, 0)
