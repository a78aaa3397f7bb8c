"""Provider keys pass through to the account and leave nothing here but an audit entry. Real sandbox."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast
from tests.sandbox_voices import Living
from tests.web.routes import NOWHERE
from voices.actions.keys.provider_keys import (
    change_message,
    change_provider_key,
    missing_key_message,
    read_provider_keys,
)
from voices.actions.voice.upstream_change import ChangeStatus, Outcome
from voices.kit.secret import Secret
from voices.models import ApiKey, AuditEntry, KeyState, Membership
from voices.providers.registry import providers

URL = "/api/accounts/me/tts_api_keys"
FIRST, SECOND = Secret("first-secret-of-elevenlabs"), Secret("second-secret-of-elevenlabs")
ELEVENLABS = providers()["elevenLabs"]


def change(member: Membership, key: ApiKey, secret: Secret | None, seen: str = "") -> Outcome:
    return change_provider_key(member=member, key=key, provider=ELEVENLABS, seen=seen, secret=secret)


def shown(member: Membership, key: ApiKey) -> dict[str, str]:
    return dict(read_provider_keys(member=member, key=key).shown)


def history() -> list[tuple[str, str, Any]]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", "thing_name", "facts"))


def test_provider_key_is_set_replaced_and_removed(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada)
    assert change(cast.ada, key, FIRST).status is ChangeStatus.DONE
    assert shown(cast.ada, key) == {"elevenLabs": "first-se"}
    assert change(cast.ada, key, SECOND, seen="first-se").status is ChangeStatus.DONE
    assert shown(cast.ada, key) == {"elevenLabs": "second-s"}
    assert change(cast.ada, key, None, seen="second-s").status is ChangeStatus.DONE
    assert shown(cast.ada, key) == {}
    account = str(living.account)
    assert history() == [
        ("provider_key.set", account, {"provider": "ElevenLabs", "replaced": False}),
        ("provider_key.set", account, {"provider": "ElevenLabs", "replaced": True}),
        ("provider_key.removed", account, {"provider": "ElevenLabs", "replaced": True}),
    ]


def test_only_admins_change_provider_keys(cast: Cast, living: Living) -> None:
    with pytest.raises(PermissionDenied):
        change(cast.ed, living.key(cast.ed), FIRST)
    assert living.sandbox.log(path=URL) == []


def test_provider_key_that_was_changed_meanwhile_is_left_alone(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada)
    change(cast.ada, key, FIRST)
    for secret in (SECOND, None):
        outcome = change(cast.ada, key, secret)
        assert outcome.status is ChangeStatus.DIFFERS
        assert change_message(outcome, key).startswith(
            "Someone else just changed this key, so nothing was changed."
        )
    assert (shown(cast.ada, key), len(history())) == ({"elevenLabs": "first-se"}, 1)


@pytest.mark.parametrize(
    "fault", [{"effect": "drop", "how": "rst"}, {"effect": "html"}, {"effect": "status"}]
)
@pytest.mark.parametrize(("commit", "status"), [(True, ChangeStatus.DONE), (False, ChangeStatus.UNDONE)])
def test_unclear_change_of_a_provider_key_is_looked_up(
    cast: Cast, living: Living, fault: dict[str, Any], status: ChangeStatus, *, commit: bool
) -> None:
    key = living.key(cast.ada)
    living.sandbox.fault(method="PATCH", path=URL, commit=commit, **fault)
    outcome = change(cast.ada, key, FIRST)
    assert (outcome.status, len(history())) == (status, int(commit))
    assert ("We checked: nothing was changed." in change_message(outcome, key)) is not commit


def test_lost_replacement_that_begins_alike_stays_unclear(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada)
    change(cast.ada, key, FIRST)
    living.sandbox.fault(effect="drop", method="PATCH", path=URL, commit=True)
    outcome = change(cast.ada, key, Secret("first-secret-made-anew"), seen="first-se")
    assert outcome.status is ChangeStatus.UNCLEAR
    assert change_message(outcome, key).endswith(
        "We couldn't check whether the key was changed. Check again later."
    )
    assert history()[-1][2] == {"provider": "ElevenLabs", "replaced": True, "outcome": "unclear"}


def test_refusal_of_a_provider_key_is_quoted_without_it(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada)
    words = {"elevenLabs": [f"The key {FIRST.reveal()} is not valid."]}
    living.sandbox.fault(effect="status", status=400, method="PATCH", path=URL, body=words)
    outcome = change(cast.ada, key, FIRST)
    assert outcome.status is ChangeStatus.REFUSED
    assert outcome.error is not None
    assert outcome.error.fields == (("elevenLabs", "The key first-se…labs is not valid."),)
    assert history() == []


def test_removal_that_althea_ignores_is_told(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada)
    change(cast.ada, key, FIRST)
    kept = {"elevenLabs": {"prefix": "first-se"}}
    living.sandbox.fault(effect="status", status=200, method="PATCH", path=URL, body=kept)
    outcome = change(cast.ada, key, None, seen="first-se")
    assert change_message(outcome, key) == (
        "Althea accepted the change but didn't make it. We checked: nothing was changed. Try again."
    )


def test_refused_key_is_marked_and_changes_nothing(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada, label="Mine")
    living.sandbox.revoke(living.secret)
    outcome = change(cast.ada, key, FIRST)
    assert change_message(outcome, key) == "Althea refused your key “Mine”. Nothing was changed."
    assert ApiKey.objects.get(pk=key.pk).state == KeyState.REFUSED


def test_only_the_beginning_of_a_provider_key_is_taken(cast: Cast, living: Living) -> None:
    key, whole = living.key(cast.ada), {"lmnt": {"prefix": "x" * 99}}
    living.sandbox.fault(effect="status", status=200, method="GET", path=URL, body=whole)
    assert shown(cast.ada, key) == {"lmnt": "x" * 12}


def test_a_missing_provider_key_is_told_until_it_is_there(cast: Cast, living: Living) -> None:
    key = living.key(cast.ada)

    def told(provider: str) -> str:
        return missing_key_message(member=cast.ada, key=key, provider=providers()[provider])

    assert (told("generic"), living.sandbox.log(path=URL)) == ("", [])
    assert told("elevenLabs") == (
        f"{living.account} has no ElevenLabs key at Althea, so it can't use ElevenLabs voices. "
        "A team admin can add one on the Provider keys page."
    )
    with living.asking() as http:  # at Althea itself
        http.patch(URL, json={"elevenLabs": FIRST.reveal()}).raise_for_status()
    assert told("elevenLabs") == told("elevenLabs") == ""
    assert len(living.sandbox.log(method="GET", path=URL)) == 2
    change(cast.ada, key, None, seen="first-se")
    assert told("elevenLabs") != ""


def test_provider_keys_that_cannot_be_read_hold_nobody_up(cast: Cast, living: Living, settings: Any) -> None:
    key = living.key(cast.ada)
    living.sandbox.fault(effect="hang", method="GET", path=URL)
    assert read_provider_keys(member=cast.ada, key=key, seconds=0.2).problem == "Althea took too long"
    living.sandbox.clear()
    settings.SANDBOX_URL = NOWHERE
    assert read_provider_keys(member=cast.ada, key=key).problem == "Can't reach Althea"
    assert missing_key_message(member=cast.ada, key=key, provider=ELEVENLABS) == ""
    key.sealed = b"broken"
    assert read_provider_keys(member=cast.ada, key=key).problem == "the stored key can't be decrypted"
