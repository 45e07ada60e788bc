"""From judged rows to leads: what is shown, what is sealed, and the digests that find it again.

All is done column by column: what is the same in many rows is made once, and a row costs little more than its
seal.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Any, Final

import orjson

from ... import draws
from ...kernel import crypto, ids
from . import vault
from .copying import binary, escaped_json
from .documents import objects
from .fields import SEED_POINTS, NormalTable
from .lots import Lot, NewLeads, Picked, picked
from .plain_values import plain
from .shown import SHOWN_COLUMNS, own_open_fields, shown_cells

LEAD_COLUMNS: Final = (
    *("id", "batch_id", "offer_id", "seller_id", "vertical_id", "row_no", "received_at"),
    *SHOWN_COLUMNS,
    *("key_id", "leaf", "wrapped_key", "sealed", "phone_search", "email_search"),
)
#: Standard fields that are shown in clear, in columns of their own; all others are sealed.
_SHOWN: Final = frozenset(
    {"country", "region", "source", "campaign", "ad_group", "audience", "created_at", "test", "last_touch_at"}
)
_NUMBER: Final = attrgetter("e164")
_INDEX_FORM: Final = attrgetter("index_form")
#: How a contact is written for comparison: two rows that share one are of the same person.
_CONTACTS: Final[Mapping[str, tuple[str, Callable[[Any], str]]]] = {
    "phone": ("phone:", _NUMBER),
    "phone_2": ("phone:", _NUMBER),
    "email": ("email:", _INDEX_FORM),
    "messenger": ("account:", _INDEX_FORM),
    "social": ("account:", _INDEX_FORM),
}
_SEALED_CELLS: Final = b"%b\t\\\\x%b\t\\\\x%b\t\\\\x%b\t%b\t%b\n"

_Texts = Sequence[str | None]


def assemble(
    lot: Lot,
    table: NormalTable,
    numbers: Sequence[int],
    raw: Mapping[str, Sequence[str | None]],
    places: Sequence[int],
    answers: Sequence[Mapping[str, Any]],
) -> NewLeads:
    """Make leads of the rows at *places* of a chunk; *numbers* are their row numbers, *raw* their cells."""
    rows, told = Picked(table.columns, places), picked(answers, places)
    row_numbers, lead_ids = picked(numbers, places), ids.new_ids(len(places))
    contacts = {
        name: [None if value is None else form(value) for value in rows[name]]
        for name, (_, form) in _CONTACTS.items()
        if name in rows
    }
    contents = _contents(lot, rows, Picked(raw, places))
    heads = _heads(lot, lead_ids, row_numbers, shown_cells(lot, rows, told))
    tails = _tails(lead_ids, contents, contacts)
    phones = [contacts[name] for name in ("phone", "phone_2") if name in contacts]
    return NewLeads(
        places=places,
        row_numbers=row_numbers,
        lead_ids=lead_ids,
        lines=[head.encode("utf-8", "replace") + tail for head, tail in zip(heads, tails, strict=True)],
        report_lines=_report_lines(lead_ids, told),
        claims=_claims(contacts, len(places)),
        phones=_present(phones, len(places)),
        emails=contacts.get("email") or (None,) * len(places),
    )


def _contents(lot: Lot, rows: Picked, raw: Picked) -> list[bytes]:
    """What is sealed: every personal value in normal form, and the row as it came."""
    shown = {*_SHOWN, *SEED_POINTS, *own_open_fields(lot, rows)}
    values = objects([(n, plain(rows[n])) for n in rows.names if n not in shown], rows.row_count)
    cells = objects([(name, raw[name]) for name in raw.names], raw.row_count)
    return [f'{{"values":{own},"row":{row}}}'.encode() for own, row in zip(values, cells, strict=True)]


def _heads(
    lot: Lot, lead_ids: Sequence[bytes], row_numbers: Sequence[int], shown: Sequence[Sequence[str]]
) -> list[str]:
    """The cells that hold no bytes, each with the tab behind it."""
    parents = "\t".join(of.hex for of in (lot.batch_id, lot.offer_id, lot.seller_id, lot.vertical_id))
    received = lot.received_at.isoformat()
    numbered = (
        f"{lead_id.hex()}\t{parents}\t{row_no}\t{received}"
        for lead_id, row_no in zip(lead_ids, row_numbers, strict=True)
    )
    return list(map("\t".join, zip(numbered, *shown, repeat(""), strict=False)))


def _tails(
    lead_ids: Sequence[bytes], contents: Sequence[bytes], contacts: Mapping[str, _Texts]
) -> list[bytes]:
    """The cells of the leaf, the seal and the digests by which the owner finds a contact."""
    sealed = crypto.keys().seal_all(contents, bound_to=[vault.lead_binding(lead_id) for lead_id in lead_ids])
    salt_of = vault.leaf_salter()
    leaves = (
        draws.leaf(salt_of(lead_id), content) for lead_id, content in zip(lead_ids, contents, strict=True)
    )
    columns = zip(
        repeat(sealed.key_id.encode()),
        map(hexlify, leaves),
        map(hexlify, sealed.wrapped_keys),
        map(hexlify, sealed.ciphertexts),
        _search_cells(vault.SEARCH_PHONE, contacts.get("phone"), len(lead_ids)),
        _search_cells(vault.SEARCH_EMAIL, contacts.get("email"), len(lead_ids)),
        strict=False,
    )
    return [_SEALED_CELLS % row for row in columns]


def _search_cells(purpose: str, contacts: _Texts | None, rows: int) -> Sequence[bytes]:
    digests = (None,) * rows if contacts is None else _digests(purpose, "", contacts)
    return [binary(digest).encode() for digest in digests]


def _digests(purpose: str, prefix: str, contacts: _Texts) -> list[bytes | None]:
    digest = vault.digester(purpose)
    return [
        None if contact is None else digest(f"{prefix}{contact}".encode("utf-8", "replace"))
        for contact in contacts
    ]


def _claims(contacts: Mapping[str, _Texts], rows: int) -> list[tuple[bytes, ...]]:
    """The digests of each row's contacts, each once."""
    columns = [_digests(vault.DEDUPE, _CONTACTS[name][0], column) for name, column in contacts.items()]
    return _present(columns, rows)


def _present(columns: Sequence[Sequence[Any]], rows: int) -> list[tuple[Any, ...]]:
    """The values that each row has, each once."""
    if not columns:
        return [()] * rows
    return [tuple(dict.fromkeys(filter(None, row))) for row in zip(*columns, strict=True)]


def _report_lines(lead_ids: Sequence[bytes], answers: Sequence[Mapping[str, Any]]) -> list[bytes]:
    # Rows of which the same is told share one answer.
    known = {id(answer): answer for answer in answers}
    cells = {
        identity: b"\t" + escaped_json(orjson.dumps(answer).decode()).encode() + b"\n"
        for identity, answer in known.items()
    }
    return [hexlify(lead_id) + cells[id(answer)] for lead_id, answer in zip(lead_ids, answers, strict=True)]
