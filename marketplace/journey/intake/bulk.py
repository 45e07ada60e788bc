"""Writing the rows of a chunk set by set: claims looked up and taken, leads and refusals copied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text

from ...kernel import locks
from ...kernel.crypto import DIGEST_LENGTH
from ...kernel.database import db
from . import vault
from .assembling import LEAD_COLUMNS
from .copying import binary, copy_lines, escaped
from .lots import NewLeads, picked

_REFUSAL_COLUMNS: Final = (
    *("batch_id", "row_no", "code", "column_name", "detail", "key_id", "wrapped_key", "sealed"),
)
_CLAIM_COLUMNS: Final = ("digest", "vertical_id", "seller_id", "lead_id", "seen_at")


class NewRefusal(NamedTuple):
    """A row that is not taken, and the row as it came."""

    row_no: int
    code: str
    column_name: str | None
    detail: str
    row: dict[str, str | None]


def hold_claims(*, vertical_id: UUID, seller_id: UUID) -> None:
    """Let one transaction at a time decide what is a duplicate among a seller's leads of a vertical."""
    locks.hold(f"claims:{vertical_id}:{seller_id}")


def claims_seen(*, vertical_id: UUID, seller_id: UUID, digests: Sequence[bytes]) -> dict[bytes, datetime]:
    """When the seller showed these contacts last; those never shown are left out."""
    found = db.session.execute(
        # All digests go as one value, cut up there: an array costs the driver more than the look-up. The planner
        # takes it for a short array and uses the index, however many leads there are.
        text(
            "SELECT digest, seen_at FROM lead_claims WHERE digest = ANY(ARRAY("
            "SELECT substring(CAST(:digests AS bytea) FROM place FOR :length)"
            " FROM generate_series(1, CAST(:bytes AS integer), :length) AS place))"
            " AND vertical_id = :vertical AND seller_id = :seller"
        ),
        {
            "digests": b"".join(digests),
            "bytes": len(digests) * DIGEST_LENGTH,
            "length": DIGEST_LENGTH,
            "vertical": vertical_id,
            "seller": seller_id,
        },
    )
    return {bytes(row.digest): row.seen_at for row in found}


def take_claims(
    *,
    vertical_id: UUID,
    seller_id: UUID,
    seen_at: datetime,
    new: Sequence[tuple[bytes, bytes]],
    stale: Sequence[tuple[bytes, bytes]],
) -> None:
    """Claim contacts for leads, as (digest, lead id): new ones are written, *stale* ones taken over."""
    cells = f"{vertical_id.hex}\t{seller_id.hex}"
    told = seen_at.isoformat()
    # In order of the index: neighbours are written together.
    lines = (
        f"{binary(digest)}\t{cells}\t{lead_id.hex()}\t{told}\n".encode() for digest, lead_id in sorted(new)
    )
    copy_lines("lead_claims", _CLAIM_COLUMNS, lines)
    if stale:
        db.session.execute(
            text(
                "UPDATE lead_claims SET lead_id = taken.lead_id, seen_at = :seen_at"
                " FROM unnest(CAST(:digests AS bytea[]), CAST(:leads AS uuid[])) AS taken (digest, lead_id)"
                " WHERE lead_claims.digest = taken.digest AND vertical_id = :vertical AND seller_id = :seller"
            ),
            {
                "digests": [digest for digest, _ in stale],
                "leads": [UUID(bytes=lead_id) for _, lead_id in stale],
                "seen_at": seen_at,
                "vertical": vertical_id,
                "seller": seller_id,
            },
        )


def copy_leads(leads: NewLeads, kept: Sequence[int]) -> None:
    """Write those of *leads* that stand at the places *kept*."""
    copy_lines("leads", LEAD_COLUMNS, picked(leads.lines, kept))


def copy_refusals(batch_id: UUID, refusals: Sequence[NewRefusal]) -> None:
    """Write refused rows, each sealed as it came."""
    copy_lines("refusals", _REFUSAL_COLUMNS, (_line(batch_id, refusal) for refusal in refusals))


def _line(batch_id: UUID, refusal: NewRefusal) -> bytes:
    sealed = vault.seal_row(batch_id, refusal.row_no, refusal.row)
    cells = (
        batch_id.hex,
        str(refusal.row_no),
        refusal.code,
        escaped(refusal.column_name),
        escaped(refusal.detail),
        sealed.key_id,
        binary(sealed.wrapped_key),
        binary(sealed.ciphertext),
    )
    return ("\t".join(cells) + "\n").encode("utf-8", "replace")
