"""Names of people and free text: one line, one spelling, no rubbish."""

import re
from collections.abc import Callable

from .columns import MISSING_IN_NAMES, FieldContext, NormalColumn, Texts, read_distinct
from .problems import Problem, Unreadable

_NAME_LENGTH = 200
_NOT_A_NAME = re.compile(r"@|://|www\.|[<>{}\[\]|=]")
_SPACES = re.compile(r" {2,}")


def normalize_names(values: Texts) -> NormalColumn[str]:
    """Read a column of people's names; what holds no letter, or an address, is not a name."""
    return read_distinct(values, _read_name, MISSING_IN_NAMES)


def normalize_texts(values: Texts, context: FieldContext) -> NormalColumn[str]:
    """Read a column of free text of at most the context's *max_length* characters."""
    return read_distinct(values, _text_reader(context.max_length))


def _read_name(text: str) -> str:
    if text.isalpha() and len(text) <= _NAME_LENGTH:
        return text
    if len(text) > _NAME_LENGTH:
        raise Unreadable(Problem.TEXT_TOO_LONG)
    if _NOT_A_NAME.search(text) or not any(map(str.isalpha, text)):
        raise Unreadable(Problem.NAME_UNREADABLE)
    return _SPACES.sub(" ", text)


def _text_reader(max_length: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > max_length:
            raise Unreadable(Problem.TEXT_TOO_LONG)
        return _SPACES.sub(" ", text) if "  " in text else text

    return read
