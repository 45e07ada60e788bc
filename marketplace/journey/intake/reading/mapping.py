"""Proposing which column is which field, and carrying values over cleaned of exporters' marks."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from .chunks import Chunk
from .headers import is_email_like, is_phone_like
from .vocabulary import OTHER_HEADERS, STANDARD_FIELDS, FieldDescription, normalize_header

Reason = Literal["uploader", "header", "similar_header", "content", "none"]

Guess = tuple[str | None, float, Reason]
_NO_GUESS: Guess = (None, 0.0, "none")

_CONTENT_CONFIDENCE = 0.6
_DOUBTFUL_CONFIDENCE = 0.3
_LEAST_LIKENESS = 0.84
_PREFIX = re.compile(r"(?:l|ag|as|c|f|p|z):(?=\S)")
_PLAIN_TEXT_MARK = re.compile(r"'(?=[=+\-@\d\t\r＝＋－＠])")
# These may mean a whole name or one part of it; the other columns decide.
_NAME_WORDS = frozenset({"name", "имя", "nombre", "nom", "nome", "ad", "isim", "نام"})
_YES_NO = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "y",
        "n",
        "да",
        "нет",
        "tak",
        "nie",
        "ja",
        "nein",
        "si",
        "oui",
        "non",
        "sim",
        "hayir",
        "evet",
    ]
)
_SPARE: dict[str, str] = {"phone": "phone_2"}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What one column is: its field or None, how sure that is (0 to 1) and why."""

    column: str
    field: str | None
    confidence: float
    reason: Reason
    strips_marks: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """The fields of all columns, in the order of the file; each field is given at most once."""

    columns: tuple[ColumnMapping, ...]

    def field_of(self, column: str) -> str | None:
        """The field of *column*, None if it is kept as an extra value."""
        return next((entry.field for entry in self.columns if entry.column == column), None)

    def column_of(self, field: str) -> str | None:
        """The column that gives *field*."""
        return next((entry.column for entry in self.columns if entry.field == field), None)


class UnknownMapping(ValueError):
    """The uploader's mapping names a column or field that does not exist, or a field twice."""


def propose_mapping(
    headers: Sequence[str],
    fields: Sequence[FieldDescription] = STANDARD_FIELDS,
    sample_rows: Sequence[Sequence[str | None]] = (),
    explicit: Dictionary[str | int, str | None] | None = None,
) -> Mapping:
    """Which field each of *headers* is, judged by its words and the values of *sample_rows*.

    *explicit* (column name or place from 0 → field, None for an extra column) goes before everything.
    Raises `UnknownMapping`.
    """
    values = [[row[i] or "" for row in sample_rows if i < len(row) and row[i]] for i in range(len(headers))]
    chosen = _explicit(headers, fields, explicit or {})
    taken = {field for field in chosen.values() if field}
    guesses = _best_guesses(headers, fields, values, chosen, taken)
    entries = []
    for place, header in enumerate(headers):
        guess: Guess = (chosen[place], 1.0, "uploader") if place in chosen else guesses.get(place, _NO_GUESS)
        entries.append(ColumnMapping(header, *guess, strips_marks=_has_marks(values[place])))
    return Mapping(tuple(entries))


def apply_mapping(
    mapping: Mapping, chunk: Chunk
) -> tuple[dict[str, list[str | None]], dict[str, list[str | None]]]:
    """The values of a chunk by field, and the extra ones by column as they stand in the file.

    Values of fields lose the prefixes that Meta writes (``p:+1…``) and the apostrophe that
    keeps a value from being a formula; the raw values stay in the chunk.
    """
    known = {entry.column: entry for entry in mapping.columns}
    fields: dict[str, list[str | None]] = {}
    extra: dict[str, list[str | None]] = {}
    for column, values in chunk.columns.items():
        entry = known.get(column)
        if entry is None or entry.field is None:
            extra[column] = values
        else:
            fields[entry.field] = _without_marks(values, prefixes=entry.strips_marks)
    return fields, extra


def strip_marks(value: str) -> str:
    """*value* without an exporter's prefix (``p:``, ``z:``, ``l:`` …) and leading apostrophe."""
    return _PREFIX.sub("", _PLAIN_TEXT_MARK.sub("", value, count=1), count=1)


def _without_marks(values: list[str | None], *, prefixes: bool) -> list[str | None]:
    if prefixes:
        return [strip_marks(value) if value else value for value in values]
    # Nearly no column has a mark, and looking for one in the whole column is quicker than in each value.
    together = "\n".join(filter(None, values))
    if not together.startswith("'") and "\n'" not in together:
        return values
    return [
        _PLAIN_TEXT_MARK.sub("", value, count=1) if value and value[0] == "'" else value for value in values
    ]


def _has_marks(values: Sequence[str]) -> bool:
    """Exporters mark all values of a column or none; a single ``c:`` may be somebody's text."""
    return bool(values) and 2 * sum(bool(_PREFIX.match(value)) for value in values) >= len(values)


def _explicit(
    headers: Sequence[str], fields: Sequence[FieldDescription], explicit: Dictionary[str | int, str | None]
) -> dict[int, str | None]:
    names = {field.name for field in fields}
    chosen: dict[int, str | None] = {}
    for column, field in explicit.items():
        place = (
            column if isinstance(column, int) else list(headers).index(column) if column in headers else -1
        )
        if not 0 <= place < len(headers):
            raise UnknownMapping(
                "The mapping names a column that the file does not have. Use its header or place."
            )
        if field is not None and field not in names:
            raise UnknownMapping(
                f"There is no field '{field}' in this vertical. Choose one of its fields or null."
            )
        if field is not None and field in chosen.values():
            raise UnknownMapping(f"The field '{field}' is given to two columns. Choose one of them.")
        chosen[place] = field
    return chosen


def _best_guesses(
    headers: Sequence[str],
    fields: Sequence[FieldDescription],
    values: Sequence[Sequence[str]],
    chosen: Dictionary[int, str | None],
    taken: set[str],
) -> dict[int, Guess]:
    """The surest guesses first, so that a field goes to the column that fits best."""
    index = {normalize_header(word): field.name for field in fields for word in (field.name, *field.synonyms)}
    types = {field.name: field.type for field in fields}
    guesses = {
        place: _judged(_by_header(header, index), types, values[place])
        for place, header in enumerate(headers)
        if place not in chosen
    }
    _settle_names(headers, guesses, types)
    given: dict[int, Guess] = {}
    for place in sorted(guesses, key=lambda place: (-guesses[place][1], place)):
        field, confidence, reason = guesses[place]
        while field in taken:
            field = _SPARE.get(field) if field and _SPARE.get(field) in types else None
        if field is not None:
            taken.add(field)
            given[place] = (field, confidence, reason)
    _add_by_content(headers, given, chosen, values, types, taken)
    return given


def _by_header(header: str, index: Dictionary[str, str]) -> Guess:
    word = normalize_header(re.sub(r" \(\d+\)$", "", header))
    if word in index:
        return index[word], 1.0, "header"
    if word in OTHER_HEADERS or len(word) < 4:
        return _NO_GUESS
    near = [(_likeness(word, known), known) for known in (*index, *OTHER_HEADERS)]
    likeness, known = max(near, default=(0.0, ""))
    if likeness < _LEAST_LIKENESS or known in OTHER_HEADERS:
        return _NO_GUESS
    return index[known], round(0.9 * likeness, 3), "similar_header"


def _likeness(word: str, known: str) -> float:
    """`difflib`'s ratio; letters that only changed places count as one slip."""
    if abs(len(word) - len(known)) > 2 or len(known) < 4:
        return 0.0
    if word[0] == known[0] and word != known and sorted(word) == sorted(known):
        return 0.9
    matcher = SequenceMatcher(None, word, known)
    return matcher.ratio() if matcher.real_quick_ratio() >= _LEAST_LIKENESS else 0.0


def _judged(guess: Guess, types: Dictionary[str, str], values: Sequence[str]) -> Guess:
    """Lower the confidence of a guess that the values speak against."""
    field, confidence, reason = guess
    share = _share_of_type(types.get(field or "", "text"), values)
    if field is not None and share is not None and share < 0.2:
        if types[field] == "count":
            return _NO_GUESS
        return field, min(confidence, _DOUBTFUL_CONFIDENCE), reason
    return guess


def _share_of_type(type_: str, values: Sequence[str]) -> float | None:
    """The share of values that look like *type_*, None where looks do not tell."""
    if not values or type_ not in {"phone", "email", "name", "count"}:
        return None
    cleaned = [strip_marks(value) for value in values]
    if type_ == "name":
        return 1 - sum(is_email_like(v) or is_phone_like(v) for v in cleaned) / len(cleaned)
    if type_ == "count":
        return sum(v.strip().casefold() in _YES_NO or v.strip().isdigit() for v in cleaned) / len(cleaned)
    if type_ == "email":
        return sum("@" in v for v in cleaned) / len(cleaned)
    return sum(sum(c.isdigit() for c in v) >= 5 and "@" not in v for v in cleaned) / len(cleaned)


def _settle_names(headers: Sequence[str], guesses: dict[int, Guess], types: Dictionary[str, str]) -> None:
    """A bare "name" is the first name beside a last name, the last name beside a first one, else the whole."""
    bare = [place for place in guesses if normalize_header(headers[place]) in _NAME_WORDS]
    others = {guesses[place][0] for place in guesses if place not in bare}
    for place in bare:
        _, confidence, reason = guesses[place]
        if confidence <= _DOUBTFUL_CONFIDENCE:
            continue
        wanted = (
            "first_name" if "last_name" in others else "last_name" if "first_name" in others else "full_name"
        )
        if wanted in types and wanted not in others:
            guesses[place] = (wanted, confidence, reason)


def _add_by_content(
    headers: Sequence[str],
    given: dict[int, Guess],
    chosen: Dictionary[int, str | None],
    values: Sequence[Sequence[str]],
    types: Dictionary[str, str],
    taken: set[str],
) -> None:
    """E-mail addresses and telephones whose column says nothing of it; a doubtful header gives way."""
    tests = (("email", is_email_like), ("phone", is_phone_like))
    for field, looks_right in tests:
        holder = next((place for place, guess in given.items() if guess[0] == field), None)
        if field not in types or (holder is None and field in taken):
            continue
        if holder is not None and given[holder][1] > _DOUBTFUL_CONFIDENCE:
            continue
        for place in range(len(headers)):
            free = place not in chosen and (place not in given or given[place][1] <= _DOUBTFUL_CONFIDENCE)
            found = [looks_right(strip_marks(value)) for value in values[place]]
            plus = field == "email" or any(
                "+" in value or " " in value or "-" in value for value in values[place]
            )
            known = normalize_header(headers[place]) in OTHER_HEADERS
            if free and found and not known and sum(found) >= 0.8 * len(found) and plus:
                if holder is not None:
                    del given[holder]
                given[place] = (field, _CONTENT_CONFIDENCE, "content")
                taken.add(field)
                break
