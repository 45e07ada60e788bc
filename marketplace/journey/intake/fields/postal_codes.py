"""Postal codes by the pattern of their country."""

import re

from .columns import FieldContext, NormalColumn, Texts, clean, read_distinct
from .problems import Problem, Unreadable

# fmt: off
_FOUR = ("AT", "AU", "BE", "BG", "CH", "CY", "DK", "GE", "HU", "LI", "LU", "MD", "NO", "NZ", "PH", "SI", "TN", "ZA")
_FIVE = (
    "DE", "ES", "FR", "IT", "FI", "UA", "MX", "TR", "HR", "ME", "EE", "ID", "MY", "TH", "SA", "MA", "EG", "KW", "PK",
    "LT", "BA", "MC", "SM", "VA",
)
_SIX = ("RU", "BY", "KZ", "KG", "IN", "CN", "RO", "SG", "TJ", "TM", "CO")
# fmt: on
_PATTERNS = {
    **dict.fromkeys(_FOUR, r"\d{4}"),
    **dict.fromkeys(_FIVE, r"\d{5}"),
    **dict.fromkeys(_SIX, r"\d{6}"),
    "AM": r"(?:37)?\d{4}",
    "RS": r"\d{5,6}",
    "VN": r"\d{5,6}",
    "US": r"\d{5}(?:-\d{4})?",
    "PR": r"\d{5}(?:-\d{4})?",
    "CA": r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d",
    "GB": r"(?:GIR 0AA|BFPO \d{1,4}|[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})",
    "IE": r"[A-Z]\d[\dW] [A-Z\d]{4}",
    "NL": r"[1-9]\d{3} [A-Z]{2}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "BR": r"\d{5}-\d{3}",
    "JP": r"\d{3}-\d{4}",
    "CZ": r"\d{3} \d{2}",
    "SK": r"\d{3} \d{2}",
    "SE": r"\d{3} \d{2}",
    "GR": r"\d{3} \d{2}",
    "LV": r"LV-\d{4}",
    "KR": r"\d{5}",
    "IL": r"\d{5}(?:\d{2})?",
    "IR": r"\d{5}-\d{5}",
    "AR": r"(?:[A-HJ-NP-Z]\d{4}[A-Z]{3}|\d{4})",
    "CL": r"\d{7}",
}
_COMPILED = {country: re.compile(pattern, re.ASCII) for country, pattern in _PATTERNS.items()}
# Where a code is written in two parts: how many of its characters stand before the gap, and the sign in it.
_GAPS = {
    "PL": (2, "-"), "PT": (4, "-"), "BR": (5, "-"), "JP": (3, "-"), "CZ": (3, " "), "SK": (3, " "), "SE": (3, " "),
    "GR": (3, " "), "NL": (4, " "), "CA": (3, " "), "IE": (3, " "), "IR": (5, "-"), "LV": (2, "-"),
}  # fmt: skip
_ELSEWHERE = re.compile(r"[A-Z\d](?:[A-Z\d \-]{0,14}[A-Z\d])?")
_META_PREFIX = re.compile(r"Z:\s*")
_SIGNS = re.compile(r"[\s\-–.]+")


def normalize_postal_codes(values: Texts, context: FieldContext) -> NormalColumn[str]:
    """Read a column of postal codes, each under its row's country if known; other countries get a loose pattern."""
    default = context.default_country
    countries = context.row_countries
    if countries is None or len(set(countries) | {default}) == 1:
        return read_distinct(values, lambda text: read_postal_code(text, default))
    normal: list[str | None] = []
    problems: dict[int, Problem] = {}
    for row, raw in enumerate(values):
        try:
            text = clean(raw)
            normal.append(None if text is None else read_postal_code(text, countries[row] or default))
        except Unreadable as unreadable:
            normal.append(None)
            problems[row] = unreadable.problem
    return NormalColumn(normal, problems)


def read_postal_code(text: str, country: str | None) -> str:
    """Read one code as *country* (ISO alpha-2) writes it; raises Unreadable."""
    pattern = _COMPILED.get(country or "")
    if pattern is not None and pattern.fullmatch(text):
        return text
    code = _META_PREFIX.sub("", text.strip("'").upper(), count=1).strip()
    # A spreadsheet makes "90210.0" of a code that it took for a number.
    code = re.sub(r"^(\d+)\.0$", r"\1", code)
    if pattern is None:
        if _ELSEWHERE.fullmatch(code):
            return " ".join(code.split())
        raise Unreadable(Problem.POSTAL_CODE_UNREADABLE)
    spelled = _spelled(code, country or "")
    if not pattern.fullmatch(spelled):
        raise Unreadable(Problem.POSTAL_CODE_UNREADABLE)
    return spelled


def _spelled(code: str, country: str) -> str:
    if country in ("US", "PR"):
        digits = _SIGNS.sub("", code)
        if not digits.isdigit():
            return code
        # Spreadsheets also drop the leading zero of the north-east.
        digits = digits.zfill(5) if len(digits) == 4 else digits.zfill(9) if len(digits) == 8 else digits
        return digits if len(digits) == 5 else f"{digits[:5]}-{digits[5:]}"
    bare = _SIGNS.sub("", code)
    prefixed = re.fullmatch(r"[A-Z]{1,2}(\d{4,6})", bare)
    if prefixed and country != "LV" and bare.startswith(country[: len(bare) - len(prefixed[1])]):
        bare = prefixed[1]
    if country == "LV" and bare.isdigit():
        bare = f"LV{bare}"
    if bare.startswith("BFPO"):
        return f"BFPO {bare[4:]}"
    if country == "GB":
        return f"{bare[:-3]} {bare[-3:]}"
    if country in _GAPS:
        length, sign = _GAPS[country]
        return f"{bare[:length]}{sign}{bare[length:]}"
    return bare
