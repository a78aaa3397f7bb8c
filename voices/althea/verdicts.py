"""What a 401 or 403 proves about the key: nothing by itself. Only the account that the key opens can say."""

from collections.abc import Awaitable, Callable

from voices.althea.error_mapping import with_details
from voices.althea.errors import (
    AltheaError,
    BlockedError,
    KeyRefusedError,
    LimitReachedError,
    NoAllowanceError,
    NotAllowedError,
)
from voices.althea.types import Account

_REFUSALS = (BlockedError, KeyRefusedError, LimitReachedError, NoAllowanceError, NotAllowedError)
_WORKS = "Althea refused this, though the key works."
_NOT_CHECKED = "Althea refused this, and the key couldn't be checked: {problem}"


async def settled(error: AltheaError, get_account: Callable[[], Awaitable[Account]]) -> AltheaError:
    """Return what the error of a call with a key is, after asking for the key's account where that is in doubt.

    KeyRefusedError is returned only if the account itself is refused for the key. Any other error is returned
    with `key_account` if the key has proved to work.
    """
    if error.status not in {401, 403} or not isinstance(error, _REFUSALS):
        return error
    try:
        account = await get_account()
    except KeyRefusedError as refusal:
        return refusal
    except AltheaError as problem:
        return _cleared(error, _NOT_CHECKED.format(problem=problem.message))
    cleared = _cleared(error, _WORKS)
    cleared.key_account = account.account_id
    return cleared


def _cleared(error: AltheaError, sentence: str) -> AltheaError:
    if not isinstance(error, KeyRefusedError):
        return error
    return NotAllowedError(with_details(sentence, error.fields), status=error.status, fields=error.fields)
