"""Classifies a refusal by its wording: the API document lists no error responses.

What none of these recognises keeps Althea's own words. (field, text) pairs as `error_mapping.flatten` returns them;
field "" is about the whole request.
"""

import re
from collections.abc import Iterable

Pairs = Iterable[tuple[str, str]]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


_TAKEN = _words(r"\b (?: already | exists | unique | taken | duplicate | in\ use ) \b")
_OF_NAME = _words(r"\b (?: names? | voice | duplicate\ key ) \b")

_LIMIT = _words(
    r"""
    \b (?: limit (?: s | ed )? | max (?: imum )? | quota | too\ many | at\ most | no\ more | any\ more | exceed \w*
    | reached | slots? | is\ full | only\ (?: one | a\ single | \d+ ) | up\ to\ (?: one | \d+ )
    | more\ (?: than\ (?: one | \d+ )\ )? (?: cloned\ | custom\ )? voices ) \b
    """
)
_OF_VOICES = _words(r"\b (?: voices? | clones? | account | plan | subscription ) \b")
_OF_OTHERS = _words(
    r"""
    \b (?: files? | size | length | bytes | [km]i?b | characters? | seconds? | minutes? | formats? | types?
    | extensions? | methods? | definitions? | providers? | languages? | rate | requests? | calls? | concurren \w+
    | spending | credits? | balance ) \b
    """
)
_THROTTLED = _words(r"\b (?: throttled | rate\ limit \w* | too\ many\ requests ) \b")
_PLAN = _words(
    r"\b (?: plans? | subscri \w+ | billing | payments? | trial | tiers? | credits? | balance | allowance | quota ) \b"
)
_LACKS = _words(
    r"""
    \b (?: not | no | \w+n't | upgrad \w+ | require[sd]? | needs? | insufficient | exceed \w* | used\ up | expired
    | ended | inactive | only | past\ due | overdue | unpaid | failed | out\ of
    | available\ (?: on | in | from | with ) ) \b
    """
)

_KEY = r"(?: (?: x- )? api [-_ ]? keys? | (?: subscription | access )\ keys? | credentials? | (?<! csrf\ ) tokens? )"
_IS_WRONG = (
    r"(?: invalid | incorrect | wrong | bad | unknown | expired | revoked | inactive | disabled | missing | malformed"
    r" | deleted | unrecogni[sz]ed )"
)
_KEY_WRONG = _words(
    rf"""
    \b (?: {_IS_WRONG} | no ) \ (?: or\ \w+\ )? (?: authentication\ | auth\ | access\ )? {_KEY} \b
    | \b {_KEY} (?: \ provided | \ '[^']*' | \ \S*…\S* )?
    (?: \ (?: is | are | was | were | has | have | does | could ) )? (?: \ been )?
    \ (?: {_IS_WRONG} | required | (?: not\ (?: be\ )? | no\ longer\ )
    (?: valid | found | provided | recogni[sz]ed | accepted | active | exist | authenticated ) ) \b
    (?! \ (?: for | to ) \b )
    """
)
_NOT_ALLOWED = _words(
    r"""
    \b (?: permissions? | permitted | not\ (?: be\ )? allowed | not\ authori[sz]ed | forbidden | scopes? | privileges?
    | insufficient\ (?: rights | access | role ) | access\ (?: is\ | was\ )? denied | not\ have\ access | read[- ]only
    | (?: can\ ?not | may\ not | can't )\ (?: access | use | create | clone | modify | change | delete | do | perform )
    | not\ the\ owner | not\ own (?: ed )? | not\ belong | roles? | csrf | valid\ (?: for | to ) | not\ available
    | country | region | account\ (?: is | was | has\ been )\ (?: suspended | blocked | locked | deactivated ) ) \b
    """
)
_BLOCKED = _words(
    r"""
    \b (?: blocked\ by | requests?\ (?: was\ | has\ been\ )? blocked | you\ (?: are | have\ been )\ blocked | firewall
    | waf | cloudflare | captcha | bots? | robots? | vpn | proxy | ip\ address | your\ ip | error\ code:\ 1\d{3}
    | unusual\ traffic ) \b
    """
)


def says_taken(pairs: Pairs) -> bool:
    """Whether the name is taken."""
    return any(_TAKEN.search(text) and (field == "name" or _OF_NAME.search(text)) for field, text in pairs)


def says_limit(pairs: Pairs) -> bool:
    """Whether the account holds as many voices as it may. "limit" beside a field is about that field's length."""
    return any(
        not field and _LIMIT.search(text) and _OF_VOICES.search(text) and not _OF_OTHERS.search(text)
        for field, text in pairs
    )


def says_throttled(pairs: Pairs) -> bool:
    """Whether there were too many requests, whatever the status."""
    return any(_THROTTLED.search(text) for field, text in pairs if not field)


def says_plan(pairs: Pairs) -> bool:
    """Whether the account's plan or its payment does not cover the request."""
    return any(_PLAN.search(text) and _LACKS.search(text) for field, text in pairs if not field)


def says_key_wrong(pairs: Pairs) -> bool:
    """Whether the response says explicitly that the key is wrong."""
    return any(_KEY_WRONG.search(text) for _, text in pairs)


def says_not_allowed(pairs: Pairs) -> bool:
    """Whether the key, or its person, may not do this."""
    return any(_NOT_ALLOWED.search(text) for _, text in pairs)


def says_blocked(pairs: Pairs) -> bool:
    """Whether the JSON comes from a proxy or a firewall."""
    return any(_BLOCKED.search(text) for _, text in pairs)
