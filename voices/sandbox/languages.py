"""Althea's language labels: flag, English name, region. Deliberately not the product's own list."""

import re

WELL_FORMED = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?")

TABLE = """
af Afrikaans, am Amharic, ar Arabic, az Azerbaijani, be Belarusian, bg Bulgarian, bn Bengali, bs
Bosnian, ca Catalan, cs Czech, cy Welsh, da Danish, de German, el Greek, en English, es Spanish, et
Estonian, eu Basque, fa Persian, fi Finnish, fil Filipino, fr French, ga Irish, gl Galician, gu
Gujarati, he Hebrew, hi Hindi, hr Croatian, hu Hungarian, hy Armenian, id Indonesian, is Icelandic, it
Italian, ja Japanese, jv Javanese, ka Georgian, kk Kazakh, km Khmer, kn Kannada, ko Korean, ky Kyrgyz,
lo Lao, lt Lithuanian, lv Latvian, mk Macedonian, ml Malayalam, mn Mongolian, mr Marathi, ms Malay, mt
Maltese, my Burmese, nb Norwegian, ne Nepali, nl Dutch, no Norwegian, pa Punjabi, pl Polish, ps Pashto,
pt Portuguese, ro Romanian, ru Russian, sd Sindhi, si Sinhala, sk Slovak, sl Slovenian, so Somali, sq
Albanian, sr Serbian, su Sundanese, sv Swedish, sw Swahili, ta Tamil, te Telugu, th Thai, tr Turkish, uk
Ukrainian, ur Urdu, uz Uzbek, vi Vietnamese, xh Xhosa, yue Cantonese, zh Chinese, zu Zulu
"""
NAMES = dict(pair.split() for pair in TABLE.split(","))
REGIONS = {
    "AE": "United Arab Emirates",
    "AR": "Argentina",
    "AT": "Austria",
    "AU": "Australia",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "BR": "Brazil",
    "CA": "Canada",
    "CH": "Switzerland",
    "CN": "China",
    "CZ": "Czechia",
    "DE": "Germany",
    "DK": "Denmark",
    "EG": "Egypt",
    "ES": "Spain",
    "FI": "Finland",
    "FR": "France",
    "GB": "United Kingdom",
    "GR": "Greece",
    "HK": "Hong Kong",
    "HR": "Croatia",
    "HU": "Hungary",
    "ID": "Indonesia",
    "IE": "Ireland",
    "IL": "Israel",
    "IN": "India",
    "IT": "Italy",
    "JP": "Japan",
    "KR": "South Korea",
    "MX": "Mexico",
    "MY": "Malaysia",
    "NL": "Netherlands",
    "NO": "Norway",
    "NZ": "New Zealand",
    "PH": "Philippines",
    "PL": "Poland",
    "PT": "Portugal",
    "RO": "Romania",
    "RU": "Russia",
    "SA": "Saudi Arabia",
    "SE": "Sweden",
    "SK": "Slovakia",
    "TH": "Thailand",
    "TR": "Türkiye",
    "TW": "Taiwan",
    "UA": "Ukraine",
    "US": "United States",
    "VN": "Vietnam",
    "ZA": "South Africa",
}


def is_well_formed(tag: str) -> bool:
    """Whether the tag has the form language[-Script][-REGION]."""
    return WELL_FORMED.fullmatch(tag) is not None


def label_of(tag: str | None) -> str | None:
    """Return `🇺🇸 English (United States)` for `en-US`; None for an unknown language."""
    language, _, rest = (tag or "").partition("-")
    name = NAMES.get(language.lower())
    if name is None:
        return None
    code = rest.rpartition("-")[2].upper()
    region = REGIONS.get(code)
    return name if region is None else f"{_flag(code)} {name} ({region})"


def _flag(region: str) -> str:
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in region)
