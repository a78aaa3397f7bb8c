"""Languages by BCP 47 tags: the normal form in which tags are compared, names, flags, and the choices of a form.

langcodes parses tags and replaces deprecated ones; language_data has the names of Unicode's CLDR.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import langcodes
from language_data.names import code_to_names

MAX_LENGTH = 10  # characters of `language` in a clone request
MAX_TAG = 35  # characters of a tag that is read: more than any real one has (RFC 5646, section 4.4.1)
MAX_NAME = 80

_PLAIN = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", re.ASCII)
# The user-assigned regions of ISO 3166, such as XA in Google's "ar-XA". Kosovo's XK has a flag nevertheless.
_OWN_REGION = re.compile("AA|Q[M-Z]|X[A-JL-Z]|ZZ")
# REGIONAL INDICATOR SYMBOL LETTER A: two of these letters display as the flag of an ISO 3166 region.
_FLAG_A = 0x1F1E6
# Exceptions where common English differs from CLDR.
_USUAL = {"Bangla": "Bengali", "Hong Kong SAR China": "Hong Kong", "Macao SAR China": "Macao"}

# In the order of the list: by English name, regions after their language.
_CHOICES = """
af sq am ar ar-AE ar-EG ar-SA hy as az eu be bn bn-BD bn-IN bs bg my yue ca ceb zh zh-CN zh-HK zh-TW zh-Hans
zh-Hant hr cs da nl nl-BE nl-NL en en-AU en-CA en-GB en-IE en-IN en-NZ en-PH en-SG en-US en-ZA eo et fil fi fr
fr-BE fr-CA fr-CH fr-FR gl ka de de-AT de-CH de-DE el gu ht ha he hi hi-IN hu is ig id ga it it-IT ja ja-JP jv
kn kk km rw ko ko-KR ku ky lo lv ln lt lb mk ms ml mt mi mr mn ne no nb nn ny oc or om ps fa pl pl-PL pt pt-BR
pt-PT pa ro ro-MD ru ru-RU sr sn sd si sk sl so es es-419 es-AR es-CO es-ES es-MX es-US su sw sv sv-FI sv-SE
tg ta ta-IN te th tr tr-TR uk ur uz vi cy xh yo zu
"""

_MAX_PARSED = 1_000
_parsing = Lock()


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its tag in normal form, its names, and the flag of its region ("" without one)."""

    tag: str
    name: str
    native: str
    flag: str

    @property
    def label(self) -> str:
        """The flag, if any, and the English name."""
        return f"{self.flag} {self.name}".lstrip()

    @property
    def names(self) -> frozenset[str]:
        """The names that people may type for it, casefolded."""
        return frozenset(one.casefold() for one in (self.name, self.label, self.native))


def normalise(tag: str) -> str:
    """Return the tag's normal form: usual case, and the code that replaced an old or narrower one.

    "EN_us" -> "en-US", "iw" -> "he", "cmn-CN" -> "zh-CN". An invalid tag is returned unchanged.
    """
    tag = tag.strip()
    return _normal_form(tag) if len(tag) <= MAX_TAG else tag


def find(tag: str) -> Language | None:
    """Return the language of a tag in any spelling; None for an invalid tag or an unknown language."""
    tag = tag.strip()
    return _language(_normal_form(tag)) if len(tag) <= MAX_TAG else None


def label(tag: str) -> str:
    """Return the flag and the English name, or the tag itself if its language is unknown."""
    found = find(tag)
    return found.label if found else normalise(tag)


def flag_in(label: str) -> str:
    """Return the first flag in a label; "" without one, and for a region that has none, such as XA."""
    letters = (ord(letter) - _FLAG_A for letter in label)
    return _flag("".join(chr(ord("A") + place) for place in letters if 0 <= place < 26)[:2])


def writing_of(tag: str) -> tuple[str, str]:
    """Return the language and its script: "zh-TW" -> ("zh", "Hant"); ("", "") for an invalid tag."""
    tag = tag.strip()
    return _writing(_normal_form(tag)) if len(tag) <= MAX_TAG else ("", "")


def is_valid(tag: str) -> bool:
    """Whether Althea takes the tag: known-language[-Script][-REGION] in normal form, at most 10 characters."""
    is_plain = len(tag) <= MAX_LENGTH and _PLAIN.fullmatch(tag) is not None and normalise(tag) == tag
    return is_plain and find(tag) is not None and _is_registered(tag)


def read(typed: str) -> str:
    """Return the tag for a typed tag or language name, in any language; "" if it is neither."""
    wanted = typed.strip()[:MAX_NAME]
    chosen = (one.tag for one in choices() if wanted.casefold() in one.names)
    tag = next(chosen, normalise(wanted))
    return tag if is_valid(tag) else _tag_of_name(wanted)


@cache
def choices() -> tuple[Language, ...]:
    """Return the languages that a form offers, in the order of its list."""
    return tuple(one for tag in _CHOICES.split() if (one := find(tag)))


def choice(tag: str) -> str:
    """Return the tag of the choice that means the same; "" if there is none."""
    normal = normalise(tag)
    return normal if normal in _choice_tags() else ""


@cache
def _choice_tags() -> frozenset[str]:
    return frozenset(one.tag for one in choices())


@contextmanager
def _langcodes() -> Iterator[None]:
    """Use langcodes exclusively, clearing its cache now and then: it caches every tag, and anybody can send any."""
    with _parsing:
        if len(langcodes.Language._PARSE_CACHE) > _MAX_PARSED:
            langcodes.Language._PARSE_CACHE.clear()
            langcodes.Language._INSTANCES.clear()
        yield


@lru_cache(maxsize=2_000)
def _normal_form(tag: str) -> str:
    with _langcodes():
        try:
            return langcodes.standardize_tag(tag, macro=True)
        except ValueError:
            return tag


@lru_cache(maxsize=2_000)
def _language(tag: str) -> Language | None:
    with _langcodes():
        try:
            found = langcodes.Language.get(tag)
        except ValueError:
            return None
        if not _has_name(found.language or ""):
            return None
        native = found.display_name(found.maximize())
        return Language(tag, _name(found), native, _flag(found.territory or ""))


@lru_cache(maxsize=2_000)
def _writing(tag: str) -> tuple[str, str]:
    with _langcodes():
        try:
            found = langcodes.Language.get(tag)
        except ValueError:
            return "", ""
        if not found.language:  # maximised, it would be English
            return "", ""
        return found.language, found.maximize().script or ""


def _has_name(code: str) -> bool:
    return bool(code_to_names(code))  # type: ignore[no-untyped-call]  # language_data has no types


def _name(language: langcodes.Language) -> str:
    """Return the name with script and region where needed, as in "Chinese (Traditional, Taiwan)"."""
    region = language.territory or ""
    named = [language.script_name(), region if _OWN_REGION.fullmatch(region) else language.territory_name()]
    details = [_USUAL.get(detail, detail) for detail in named if detail]
    # Parts without a name: dialects, spellings and private-use subtags.
    details += [*(language.extlangs or ()), *(language.variants or ()), *(language.extensions or ())]
    details += [language.private] if language.private else []
    name = _USUAL.get(language.language_name(), language.language_name())
    return f"{name} ({', '.join(details)})" if details else name


def _flag(region: str) -> str:
    if not region.isalpha() or _OWN_REGION.fullmatch(region) or not _has_name(region):
        return ""
    return "".join(chr(_FLAG_A + ord(letter) - ord("A")) for letter in region)


@lru_cache(maxsize=2_000)
def _is_registered(tag: str) -> bool:
    with _langcodes():
        return langcodes.tag_is_valid(tag)


def _tag_of_name(name: str) -> str:
    with _langcodes():
        try:
            tag = langcodes.find(name).to_tag()
        except LookupError:
            return ""
    tag = normalise(tag)
    return tag if is_valid(tag) else ""
