"""What every field type shares: the shape of a read column, its context, and what counts as missing."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from .problems import Problem, Unreadable

Texts: TypeAlias = Sequence[str | None]
T = TypeVar("T")

# Words that export tools and forms write where a person left a field untouched.
_EMPTY_MARKS = frozenset(
    {"", "-", "--", "---", "–", "—", ".", "..", "...", "?", "*", "/", "\\", "_", "n/a", "#n/a"}
)
_EMPTY_WORDS = frozenset(
    {
        "select", "-select-", "--select--", "select one", "please select", "choose", "not selected",
        "not provided", "not specified", "not available", "not given", "(blank)", "(empty)", "(none)", "<null>",
        "не указано", "не указан", "не указана", "не выбрано", "не задано", "выберите", "нет данных",
        "brak", "nie podano", "wybierz", "keine angabe", "k.a.", "bitte wählen", "auswählen",
        "no especificado", "seleccionar", "seleccione", "non renseigné", "choisir", "não informado", "selecione",
        "belirtilmemiş", "seçiniz", "انتخاب کنید", "[not provided]", "#ref!", "#value!", "#name?", "#null!",
    }
)  # fmt: skip
# These words are also real names (and NA is Namibia), so names and countries do not treat them as missing.
_EMPTY_UNLESS_NAME = frozenset({"na", "n.a.", "null", "none", "nil", "nan", "undefined", "unknown", "нет"})

MISSING_IN_NAMES = _EMPTY_MARKS | _EMPTY_WORDS
MISSING = MISSING_IN_NAMES | _EMPTY_UNLESS_NAME
_LONGEST_MARK = max(map(len, MISSING))

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class FieldContext:
    """What the offer and the vertical say about a column, beyond its values.

    *default_country* is an ISO alpha-2 code and *time_zone* applies to times that name none. *row_countries*
    overrides the default per row. *day_first* and *decimal_mark* settle what one chunk of a file can't tell.
    """

    default_country: str | None = None
    row_countries: Sequence[str | None] | None = None
    time_zone: tzinfo = UTC
    now: datetime | None = None
    day_first: bool | None = None
    decimal_mark: str | None = None
    currency: str | None = None
    default_network: str | None = None
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    max_length: int = 2_000


class NormalColumn(NamedTuple, Generic[T]):
    """A column in normal form: one value per row (None: missing or unreadable) and the problems by row."""

    values: list[T | None]
    problems: dict[int, Problem]


def clean(raw: str | None, missing: frozenset[str] = MISSING) -> str | None:
    """Return *raw* as one line of NFC text without invisible characters, or None where it says nothing.

    Raises Unreadable(TEST_DATA) for the dummy values that advertising platforms put into test leads.
    """
    if not raw:
        return None
    text = raw.strip()
    if not (text.isascii() and text.isprintable()):
        text = _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()
        # Removing an invisible character can bring a letter and its accent together.
        text = unicodedata.normalize("NFC", text)
    if len(text) <= _LONGEST_MARK and text.lower() in missing:
        return None
    if "<test lead" in text:
        raise Unreadable(Problem.TEST_DATA)
    return text


def read_distinct(
    values: Texts, read: Callable[[str], T], missing: frozenset[str] = MISSING
) -> NormalColumn[T]:
    """Read each distinct text of a column once with *read*, which raises Unreadable for what it refuses."""
    answers: dict[str | None, T | None] = {}
    faults: dict[str | None, Problem] = {}
    for raw in set(values):
        answers[raw] = None
        try:
            text = clean(raw, missing)
            if text is not None:
                answers[raw] = read(text)
        except Unreadable as unreadable:
            faults[raw] = unreadable.problem
    normal = [answers[raw] for raw in values]
    if not faults:
        return NormalColumn(normal, {})
    return NormalColumn(normal, {row: faults[raw] for row, raw in enumerate(values) if raw in faults})


def fold(text: str) -> str:
    """Return *text* as it is compared: NFKC, without case, accents kept, runs of separators as one space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(re.split(r"[\s_\-]+", folded)).strip()
