"""The languages to choose from: a subset of BCP 47, with English and native names."""

import re
from dataclasses import dataclass

from voices.kit.subtags import REGISTERED

MAX_LENGTH = 10  # of `language` in a clone request

_FORM = re.compile(r"([a-z]{2,3})(?:-([A-Z][a-z]{3}))?(?:-([A-Z]{2}|[0-9]{3}))?", re.ASCII)

# REGIONAL INDICATOR SYMBOL LETTER A: two of these letters display as the flag of an ISO 3166 region.
_FLAG_A = 0x1F1E6


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its tag, its names, and the flag of its region ("" without a region)."""

    tag: str
    name: str
    native: str
    flag: str

    @property
    def label(self) -> str:
        """The flag, if any, and the English name."""
        return f"{self.flag} {self.name}".lstrip()


# tag | English name | native name; in display order, regions after their language.
_TABLE = """
af | Afrikaans | Afrikaans
sq | Albanian | shqip
am | Amharic | አማርኛ
ar | Arabic | العربية
ar-AE | Arabic (United Arab Emirates) | العربية (الإمارات العربية المتحدة)
ar-EG | Arabic (Egypt) | العربية (مصر)
ar-SA | Arabic (Saudi Arabia) | العربية (المملكة العربية السعودية)
hy | Armenian | հայերեն
as | Assamese | অসমীয়া
az | Azerbaijani | azərbaycan
eu | Basque | euskara
be | Belarusian | беларуская
bn | Bengali | বাংলা
bn-BD | Bengali (Bangladesh) | বাংলা (বাংলাদেশ)
bn-IN | Bengali (India) | বাংলা (ভারত)
bs | Bosnian | bosanski
bg | Bulgarian | български
my | Burmese | မြန်မာ
yue | Cantonese | 粵語
ca | Catalan | català
ceb | Cebuano | Cebuano
zh | Chinese | 中文
zh-CN | Chinese (China) | 中文（中国）
zh-HK | Chinese (Hong Kong) | 中文（香港）
zh-TW | Chinese (Taiwan) | 中文（台灣）
zh-Hans | Chinese (Simplified) | 简体中文
zh-Hant | Chinese (Traditional) | 繁體中文
hr | Croatian | hrvatski
cs | Czech | čeština
da | Danish | dansk
nl | Dutch | Nederlands
nl-BE | Dutch (Belgium) | Nederlands (België)
nl-NL | Dutch (Netherlands) | Nederlands (Nederland)
en | English | English
en-AU | English (Australia) | English (Australia)
en-CA | English (Canada) | English (Canada)
en-GB | English (United Kingdom) | English (United Kingdom)
en-IE | English (Ireland) | English (Ireland)
en-IN | English (India) | English (India)
en-NZ | English (New Zealand) | English (New Zealand)
en-PH | English (Philippines) | English (Philippines)
en-SG | English (Singapore) | English (Singapore)
en-US | English (United States) | English (United States)
en-ZA | English (South Africa) | English (South Africa)
eo | Esperanto | Esperanto
et | Estonian | eesti
fil | Filipino | Filipino
fi | Finnish | suomi
fr | French | français
fr-BE | French (Belgium) | français (Belgique)
fr-CA | French (Canada) | français (Canada)
fr-CH | French (Switzerland) | français (Suisse)
fr-FR | French (France) | français (France)
gl | Galician | galego
ka | Georgian | ქართული
de | German | Deutsch
de-AT | German (Austria) | Deutsch (Österreich)
de-CH | German (Switzerland) | Deutsch (Schweiz)
de-DE | German (Germany) | Deutsch (Deutschland)
el | Greek | Ελληνικά
gu | Gujarati | ગુજરાતી
ht | Haitian Creole | kreyòl ayisyen
ha | Hausa | Hausa
he | Hebrew | עברית
hi | Hindi | हिन्दी
hi-IN | Hindi (India) | हिन्दी (भारत)
hu | Hungarian | magyar
is | Icelandic | íslenska
ig | Igbo | Igbo
id | Indonesian | Indonesia
ga | Irish | Gaeilge
it | Italian | italiano
it-IT | Italian (Italy) | italiano (Italia)
ja | Japanese | 日本語
ja-JP | Japanese (Japan) | 日本語（日本）
jv | Javanese | Jawa
kn | Kannada | ಕನ್ನಡ
kk | Kazakh | қазақ тілі
km | Khmer | ខ្មែរ
rw | Kinyarwanda | Ikinyarwanda
ko | Korean | 한국어
ko-KR | Korean (South Korea) | 한국어(대한민국)
ku | Kurdish | kurdî
ky | Kyrgyz | кыргызча
lo | Lao | ລາວ
lv | Latvian | latviešu
ln | Lingala | lingála
lt | Lithuanian | lietuvių
lb | Luxembourgish | Lëtzebuergesch
mk | Macedonian | македонски
ms | Malay | Melayu
ml | Malayalam | മലയാളം
mt | Maltese | Malti
mi | Māori | Māori
mr | Marathi | मराठी
mn | Mongolian | монгол
ne | Nepali | नेपाली
no | Norwegian | norsk
nb | Norwegian Bokmål | norsk bokmål
nn | Norwegian Nynorsk | norsk nynorsk
ny | Nyanja | Nyanja
oc | Occitan | occitan
or | Odia | ଓଡ଼ିଆ
om | Oromo | Oromoo
ps | Pashto | پښتو
fa | Persian | فارسی
pl | Polish | polski
pl-PL | Polish (Poland) | polski (Polska)
pt | Portuguese | português
pt-BR | Portuguese (Brazil) | português (Brasil)
pt-PT | Portuguese (Portugal) | português (Portugal)
pa | Punjabi | ਪੰਜਾਬੀ
ro | Romanian | română
ro-MD | Romanian (Moldova) | română (Republica Moldova)
ru | Russian | русский
ru-RU | Russian (Russia) | русский (Россия)
sr | Serbian | српски
sn | Shona | chiShona
sd | Sindhi | سنڌي
si | Sinhala | සිංහල
sk | Slovak | slovenčina
sl | Slovenian | slovenščina
so | Somali | Soomaali
es | Spanish | español
es-419 | Spanish (Latin America) | español (Latinoamérica)
es-AR | Spanish (Argentina) | español (Argentina)
es-CO | Spanish (Colombia) | español (Colombia)
es-ES | Spanish (Spain) | español (España)
es-MX | Spanish (Mexico) | español (México)
es-US | Spanish (United States) | español (Estados Unidos)
su | Sundanese | Basa Sunda
sw | Swahili | Kiswahili
sv | Swedish | svenska
sv-FI | Swedish (Finland) | svenska (Finland)
sv-SE | Swedish (Sweden) | svenska (Sverige)
tg | Tajik | тоҷикӣ
ta | Tamil | தமிழ்
ta-IN | Tamil (India) | தமிழ் (இந்தியா)
te | Telugu | తెలుగు
th | Thai | ไทย
tr | Turkish | Türkçe
tr-TR | Turkish (Türkiye) | Türkçe (Türkiye)
uk | Ukrainian | українська
ur | Urdu | اردو
uz | Uzbek | o‘zbek
vi | Vietnamese | Tiếng Việt
cy | Welsh | Cymraeg
xh | Xhosa | IsiXhosa
yo | Yoruba | Èdè Yorùbá
zu | Zulu | isiZulu
"""


def normalise(tag: str) -> str:
    """Return the tag in canonical case, "EN_us" -> "en-US", whether it is valid or not."""
    first, *rest = tag.strip().replace("_", "-").split("-")
    return "-".join([first.lower(), *(_cased(part) for part in rest)])


def is_valid(tag: str) -> bool:
    """Whether the tag is known-language[-Script][-REGION] in canonical case, <= 10 characters."""
    found = _FORM.fullmatch(tag)
    return found is not None and len(tag) <= MAX_LENGTH and found[1] in REGISTERED


def find(tag: str) -> Language | None:
    """Return the language with this tag in any case; None if it is not on the list."""
    return _BY_TAG.get(normalise(tag))


def label(tag: str) -> str:
    """Return the flag and name for the tag as far as they are known, or else the tag itself."""
    written = normalise(tag)
    if known := _BY_TAG.get(written):
        return known.label
    first, _, rest = written.partition("-")
    language = _BY_TAG.get(first)
    return f"{_flag(written)} {language.name} ({rest})".lstrip() if language else written


def _cased(part: str) -> str:
    return part.capitalize() if len(part) == 4 else part.upper()


def _flag(tag: str) -> str:
    found = _FORM.fullmatch(tag)
    region = (found[3] if found else "") or ""
    return "".join(chr(_FLAG_A + ord(letter) - ord("A")) for letter in region if region.isalpha())


def _languages() -> tuple[Language, ...]:
    rows = (line.split(" | ") for line in _TABLE.strip().splitlines())
    return tuple(Language(tag, name, native, _flag(tag)) for tag, name, native in rows)


LANGUAGES = _languages()
_BY_TAG = {language.tag: language for language in LANGUAGES}
