"""Answers from a short list: yes or no, and the choices that a vertical offers."""

from collections.abc import Callable

from .columns import MISSING, FieldContext, NormalColumn, Texts, fold, read_distinct
from .problems import Problem, Unreadable

_YES = frozenset(
    {
        "yes", "y", "true", "t", "1", "on", "ok", "x", "+", "✓", "✔", "checked", "agree", "agreed",
        "accepted", "да", "д", "истина", "так", "ja", "j", "wahr", "tak", "oui", "vrai", "si", "sí",
        "verdadero", "sim", "verdadeiro", "vero", "evet", "doğru", "var", "بله", "iya",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "no", "n", "false", "f", "0", "off", "unchecked", "disagree", "declined", "нет", "н", "ложь",
        "ні", "nein", "falsch", "nie", "non", "faux", "falso", "não", "nao", "hayır", "yanlış", "yok",
        "خیر", "tidak",
    }
)  # fmt: skip
# "No" and "нет" are answers here, not a field left untouched.
_MISSING = MISSING - _YES - _NO


def normalize_booleans(values: Texts) -> NormalColumn[bool]:
    """Read a column of yes and no in the languages of the files we read."""
    return read_distinct(values, _read_boolean, _MISSING)


def normalize_choices(values: Texts, context: FieldContext) -> NormalColumn[str]:
    """Read a column of the context's *choices* (code to synonyms), without regard to case and separators."""
    return read_distinct(values, _choice_reader(context), _missing_beside(context))


def _read_boolean(text: str) -> bool:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable(Problem.BOOLEAN_UNREADABLE)


def _missing_beside(context: FieldContext) -> frozenset[str]:
    """Words for "missing", except those that the vertical offers as a choice, such as "none" or "unknown"."""
    offered = {word.lower() for code, synonyms in context.choices.items() for word in (code, *synonyms)}
    return MISSING - offered


def _choice_reader(context: FieldContext) -> Callable[[str], str]:
    codes: dict[str, str] = {}
    for code, synonyms in context.choices.items():
        for word in (*synonyms, code):
            codes[fold(word)] = code

    def read(text: str) -> str:
        try:
            return codes[fold(text)]
        except KeyError:
            raise Unreadable(Problem.CHOICE_UNKNOWN) from None

    return read
