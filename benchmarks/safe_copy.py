"""The safe limit of intake: COPY of clean, sealed rows into staging, then INSERT … ON CONFLICT, chunk by chunk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from .installation import Market

#: Rows of the file in one chunk: more than the product takes, since larger chunks are quicker to copy.
CHUNK_ROWS = 25_000
_TABLES = {
    "leads": "SELECT d.* FROM leads AS d",
    "lead_claims": "SELECT c.* FROM lead_claims AS c JOIN leads AS d ON d.id = c.lead_id",
    "lead_reports": "SELECT r.* FROM lead_reports AS r JOIN leads AS d ON d.id = r.lead_id",
}
# Who is in the file twice, or was claimed before, may come in any chunk: that is what the conflict is for.
_WRITE = """
    WITH taken AS (
        INSERT INTO lead_claims SELECT * FROM staged_lead_claims ORDER BY digest
        ON CONFLICT (digest, vertical_id, seller_id) DO NOTHING RETURNING lead_id
    )
    INSERT INTO leads SELECT s.* FROM staged_leads AS s WHERE s.id IN (SELECT lead_id FROM taken)
    ON CONFLICT (batch_id, row_no) DO NOTHING
"""
_WRITE_REPORTS = "INSERT INTO lead_reports SELECT * FROM staged_lead_reports ON CONFLICT (lead_id) DO NOTHING"


@dataclass(frozen=True)
class CleanRows:
    """What a run of the product left, chunk by chunk, each table in COPY's binary form."""

    kept: int
    chunks: tuple[dict[str, bytes], ...]


def take_clean_rows(market: Market, batch_id: UUID, row_count: int) -> CleanRows:
    """Read the rows that the product wrote for a batch of *row_count* rows."""
    chunks = []
    with market.superuser() as connection:
        for first in range(0, row_count + 2, CHUNK_ROWS):
            where = f"d.batch_id = '{batch_id}' AND d.row_no >= {first} AND d.row_no < {first + CHUNK_ROWS}"
            chunk = {}
            for table, select in _TABLES.items():
                statement = f"COPY ({select} WHERE {where} ORDER BY d.row_no) TO STDOUT (FORMAT binary)"
                with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                    chunk[table] = b"".join(bytes(block) for block in copy)
            chunks.append(chunk)
        row = connection.execute("SELECT count(*) FROM leads WHERE batch_id = %s", [batch_id]).fetchone()
    return CleanRows(row[0] if row else 0, tuple(chunks))


def write(market: Market, rows: CleanRows) -> float:
    """Write *rows* into a market that has none of them; returns rows per second."""
    with market.as_app() as connection:
        for table in _TABLES:
            connection.execute(f"CREATE TEMPORARY TABLE staged_{table} (LIKE {table})".encode())
        connection.commit()
        begun = time.perf_counter()
        for chunk in rows.chunks:
            for table, content in chunk.items():
                statement = f"COPY staged_{table} FROM STDIN (FORMAT binary)".encode()
                with connection.cursor() as cursor, cursor.copy(statement) as copy:
                    copy.write(content)
            connection.execute(_WRITE)
            connection.execute(_WRITE_REPORTS)
            connection.execute(f"TRUNCATE {', '.join(f'staged_{table}' for table in _TABLES)}".encode())
            connection.commit()
        seconds = time.perf_counter() - begun
        row = connection.execute("SELECT count(*) FROM leads").fetchone()
    if row is None or row[0] != rows.kept:
        raise RuntimeError(f"COPY wrote {row} of {rows.kept} leads")
    return rows.kept / seconds
