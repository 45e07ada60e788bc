"""What is shown of a lead in clear, as cells for COPY: one column of cells for each column of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from .copying import MISSING, escaped, escaped_json
from .documents import document, objects
from .fields import (
    SEED_POINTS,
    STANDARD_FIELDS,
    Email,
    Phone,
    mask_email,
    mask_name,
    mask_phone,
    points_by_row,
    temperature,
)
from .lots import Lot, Picked
from .plain_values import plain

SHOWN_COLUMNS: Final = (
    *("lead_at", "attributes", "country", "region", "points", "temperature", "phone_country", "phone_kind"),
    *("email_class", "contact_kinds", "masked", "consent", "source", "campaign", "ad_group", "audience"),
)
#: Several columns of contacts may be of one kind.
_KINDS: Final = {"phone_2": "phone"}

Cells = Sequence[str]


def shown_cells(lot: Lot, rows: Picked, answers: Sequence[Mapping[str, Any]]) -> list[Cells]:
    """The cells of SHOWN_COLUMNS; *answers* are those of validation, row by row."""
    phones: Sequence[Phone | None] = rows["phone"]
    emails: Sequence[Email | None] = rows["email"]
    earned = _points(lot, rows)
    return [
        _lead_at(lot, rows["created_at"]),
        _attributes(lot, rows),
        _countries(lot, rows["country"], phones),
        _texts(rows["region"]),
        _each(earned, str),
        _each(earned, lambda points: temperature(points, lot.thresholds)),
        [MISSING if phone is None else phone.country or MISSING for phone in phones],
        [MISSING if phone is None else phone.kind for phone in phones],
        [MISSING if email is None else email.domain_class for email in emails],
        _contact_kinds(answers),
        _masked(rows, phones, emails),
        _consents(lot, rows["consent_at"], answers),
        _texts(rows["source"], lot.default_source),
        *(_texts(rows[name]) for name in ("campaign", "ad_group", "audience")),
    ]


def own_open_fields(lot: Lot, rows: Picked) -> list[str]:
    """The vertical's own fields that are shown; all its others are sealed."""
    return [name for name in rows.names if name in lot.open_fields and name not in STANDARD_FIELDS]


def _each(values: Sequence[Any], make: Callable[[Any], str]) -> Cells:
    """The cell of each value, made once for equal ones."""
    known = {value: make(value) for value in set(values)}
    return [known[value] for value in values]


def _texts(texts: Sequence[str | None], default: str | None = None) -> Cells:
    return _each(texts, lambda text: escaped(text or default))


def _lead_at(lot: Lot, created: Sequence[datetime | None]) -> Cells:
    """When the person left the lead; a time that has not come yet is that of the receipt."""
    received = lot.received_at.isoformat()
    return _each(created, lambda at: at.isoformat() if at is not None and at < lot.received_at else received)


def _attributes(lot: Lot, rows: Picked) -> Cells:
    own = [(name, plain(rows[name])) for name in own_open_fields(lot, rows)]
    return [escaped_json(text) for text in objects(own, rows.row_count)]


def _countries(lot: Lot, stated: Sequence[str | None], phones: Sequence[Phone | None]) -> Cells:
    default = lot.default_country or MISSING
    return [
        country or (phone.country if phone is not None else None) or default
        for country, phone in zip(stated, phones, strict=True)
    ]


def _points(lot: Lot, rows: Picked) -> Sequence[int]:
    """What the touches of each person earn: nothing where there was none."""
    touches = {name: rows[name] for name in SEED_POINTS if name in rows}
    if not touches:
        return (0,) * rows.row_count
    last = [at or created for at, created in zip(rows["last_touch_at"], rows["created_at"], strict=True)]
    return points_by_row(touches, last, lot.received_at)


def _masked(rows: Picked, phones: Sequence[Phone | None], emails: Sequence[Email | None]) -> Cells:
    names = zip(rows["full_name"], rows["first_name"], rows["last_name"], strict=True)
    initials = _initials([full or first or last or None for full, first, last in names])
    known: dict[tuple[str | None, ...], str] = {}
    cells = []
    for initial, phone, email in zip(initials, phones, emails, strict=True):
        # Exactly what is shown of each, so that rows that look alike share one cell.
        key = (
            initial,
            None if phone is None else phone.country,
            None if phone is None else phone.e164[-2:],
            None if email is None else email.domain_class,
        )
        cell = known.get(key)
        if cell is None:
            told = {"name": initial, "phone": mask_phone(phone), "email": mask_email(email)}
            cell = known[key] = escaped_json(document(told))
        cells.append(cell)
    return cells


def _initials(names: Sequence[str | None]) -> Sequence[str | None]:
    known = {name: mask_name(name) for name in set(names)}
    return [known[name] for name in names]


def _consents(lot: Lot, given: Sequence[datetime | None], answers: Sequence[Mapping[str, Any]]) -> Cells:
    channels = list(lot.consent_channels)
    known: dict[tuple[str, datetime | None], str] = {}
    cells = []
    for given_at, answer in zip(given, answers, strict=True):
        key = (answer["consent"], given_at)
        cell = known.get(key)
        if cell is None:
            told = {"basis": key[0], "at": given_at, "channels": channels}
            cell = known[key] = escaped_json(document(told))
        cells.append(cell)
    return cells


def _contact_kinds(answers: Sequence[Mapping[str, Any]]) -> Cells:
    known: dict[tuple[str, ...], str] = {}
    cells = []
    for answer in answers:
        key = tuple(answer["reach"])
        cell = known.get(key)
        if cell is None:
            kinds = dict.fromkeys(_KINDS.get(name, name) for name in key)
            cell = known[key] = "{" + ",".join(kinds) + "}"
        cells.append(cell)
    return cells
