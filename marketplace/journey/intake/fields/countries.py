"""Countries by code or by name in the languages of the files we read, and what is written inside them."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from .columns import MISSING_IN_NAMES, FieldContext, NormalColumn, Texts, fold, read_distinct
from .months import LANGUAGES
from .problems import Problem, Unreadable

# Territory codes of the locale data that are no countries.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_OTHER_NAMES = {
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "america": "US", "united states of america": "US", "сша": "US",
    "the united states": "US", "ee. uu.": "US", "eua": "US", "états unis d'amérique": "US",
    "uk": "GB", "u.k.": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "great britain": "GB",
    "northern ireland": "GB", "britain": "GB", "англия": "GB", "великобритания": "GB",
    "рф": "RU", "rf": "RU", "russian federation": "RU", "российская федерация": "RU", "rossiya": "RU",
    "holland": "NL", "the netherlands": "NL", "голландия": "NL", "czech republic": "CZ", "чехия": "CZ",
    "south korea": "KR", "korea": "KR", "republic of korea": "KR", "north korea": "KP", "turkey": "TR",
    "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "macedonia": "MK", "burma": "MM",
    "belarus": "BY", "белоруссия": "BY", "беларусь": "BY", "moldova": "MD", "молдавия": "MD", "киргизия": "KG",
    "kyrgyzstan": "KG", "uae": "AE", "u.a.e.": "AE", "оаэ": "AE", "dubai": "AE", "bosnia": "BA", "viet nam": "VN",
    "hong kong": "HK", "macau": "MO", "taiwan": "TW", "deutschland": "DE", "brd": "DE", "iran": "IR",
    "syria": "SY", "tanzania": "TZ", "venezuela": "VE", "bolivia": "BO", "laos": "LA", "brunei": "BN",
    "vatican": "VA", "palestine": "PS", "congo": "CG", "dr congo": "CD", "drc": "CD", "eire": "IE",
}  # fmt: skip
_US_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
_STATE_CODES = {fold(name): code for code, name in _US_STATES.items()}


def normalize_countries(values: Texts) -> NormalColumn[str]:
    """Read a column of countries into ISO 3166 alpha-2 codes."""
    return read_distinct(values, _read_country, MISSING_IN_NAMES | {"null", "none", "n.a.", "unknown", "nan"})


def normalize_regions(values: Texts, context: FieldContext) -> NormalColumn[str]:
    """Read a column of regions; states of the US become their two letters, others stay as one clean line."""
    return read_distinct(values, _region_reader(context), MISSING_IN_NAMES)


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """The alpha-2 codes of all countries and territories."""
    codes = map(str, Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


@lru_cache(maxsize=1)
def _countries_by_name() -> dict[str, str]:
    codes = country_codes()
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in codes:
                found.setdefault(_bare(name), set()).add(code)
    names = {name: next(iter(meant)) for name, meant in found.items() if len(meant) == 1}
    names.update(
        {_bare(name): code for code, name in Locale.parse("en").territories.items() if code in codes}
    )
    names.update({_bare(name): code for name, code in _OTHER_NAMES.items()})
    for old, new in get_global("territory_aliases").items():
        if len(old) == 3 and old.isalpha() and len(new) == 1 and new[0] in codes:
            names[_bare(old)] = new[0]
    return names


def _bare(name: str) -> str:
    """A name without accents, so that "Cote d'Ivoire" is found too."""
    apart = unicodedata.normalize("NFD", fold(name).replace("’", "'").replace("&", "and"))
    return unicodedata.normalize("NFC", "".join(mark for mark in apart if not unicodedata.combining(mark)))


def _read_country(text: str) -> str:
    code = text.upper()
    if code in country_codes():
        return code
    if len(text) <= 80 and (named := _countries_by_name().get(_bare(text))):
        return named
    raise Unreadable(Problem.COUNTRY_UNKNOWN)


def _region_reader(context: FieldContext) -> Callable[[str], str]:
    in_united_states = context.default_country == "US"

    def read(text: str) -> str:
        if len(text) > 120:
            raise Unreadable(Problem.TEXT_TOO_LONG)
        if in_united_states:
            upper = text.upper().removeprefix("US-").strip(".")
            return upper if upper in _US_STATES else _STATE_CODES.get(fold(text), text)
        return text

    return read
