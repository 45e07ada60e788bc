"""The names of months and weekdays in the languages of the files we read, from Unicode's locale data."""

from functools import lru_cache

from babel import Locale

LANGUAGES = ("en", "ru", "uk", "pl", "de", "fr", "es", "pt", "it", "tr", "nl", "cs", "ro", "kk", "fa")
# Joining words and endings that dates in words carry along.
_FILLERS = frozenset(
    {"г", "года", "год", "р", "року", "r", "de", "del", "of", "at", "um", "uhr", "в", "à", "st", "nd"}
)
_MORE_FILLERS = frozenset({"rd", "th", "den", "the", "o", "ore", "жыл", "ж", "le", "er"})


@lru_cache(maxsize=1)
def month_numbers() -> dict[str, int]:
    """Month (1 to 12) by its folded full or short name; a name that means two months is left out."""
    months: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for by_width in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in by_width[width].items():
                    months.setdefault(_folded(name), set()).add(number)
    months["sept"] = {9}
    return {
        name: numbers.pop() for name, numbers in months.items() if len(numbers) == 1 and not name.isdigit()
    }


@lru_cache(maxsize=1)
def date_fillers() -> frozenset[str]:
    """Words that may stand in a date and say nothing: weekdays and joining words."""
    weekdays = {
        _folded(name)
        for language in LANGUAGES
        for by_width in Locale.parse(language).days.values()
        for width in ("wide", "abbreviated")
        for name in by_width[width].values()
    }
    return frozenset(weekdays | _FILLERS | _MORE_FILLERS) - set(month_numbers())


def _folded(name: str) -> str:
    return name.casefold().strip(" .")
