"""Looks for corruption: the standing invariants of the books, in SQL, slice by slice.

Each slice is one statement and so sees one state of the books, also while others post.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from ..kernel.database import db

#: Transfers or accounts looked at by one statement.
SLICE = 100_000
#: How many findings of one slice are told; the first ones are enough to stop and look.
TOLD = 20


class Invariant(StrEnum):
    """What must hold."""

    PAIRED = "I1"
    COUNTERS = "I2"
    BALANCED = "I3"
    LIMITS = "I4"
    CHAIN = "I5"
    ASSETS = "R4"


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant: *subject* names the transfer, account or currency, *detail* says what is wrong."""

    invariant: Invariant
    subject: str
    detail: str


_LAST_TRANSFER = "SELECT coalesce(max(id), 0) FROM ledger.transfer"
_LAST_ACCOUNT = """
    SELECT greatest((SELECT max(id) FROM ledger.account), (SELECT max(account_id) FROM ledger.entry), 0)
"""

# Entries are found by their transfer; each transfer must have one of each side, and nothing else.
_PAIRED = """
    WITH e AS (
        SELECT transfer_id,
               count(*) FILTER (WHERE side = 'D') AS d_count, count(*) FILTER (WHERE side = 'C') AS c_count,
               min(account_id) FILTER (WHERE side = 'D') AS debited,
               min(account_id) FILTER (WHERE side = 'C') AS credited,
               min(amount) AS least, max(amount) AS most
          FROM ledger.entry WHERE transfer_id BETWEEN :low AND :high GROUP BY transfer_id
    )
    SELECT 'transfer ' || coalesce(t.id, e.transfer_id),
           CASE WHEN t.id IS NULL THEN 'entries without a transfer'
                ELSE 'its entries are not one debit and one credit of its amount' END
      FROM (SELECT * FROM ledger.transfer WHERE id BETWEEN :low AND :high) AS t
      FULL JOIN e ON e.transfer_id = t.id
     WHERE t.id IS NULL OR (e.d_count, e.c_count, e.debited, e.credited, e.least, e.most)
           IS DISTINCT FROM (1::bigint, 1::bigint, t.debit_account, t.credit_account, t.amount, t.amount)
     LIMIT :told
"""

_STRAY = """
    SELECT 'transfer ' || transfer_id, 'entries without a transfer' FROM ledger.entry
     WHERE transfer_id > (SELECT coalesce(max(id), 0) FROM ledger.transfer)
        OR transfer_id < (SELECT coalesce(min(id), 1) FROM ledger.transfer)
     LIMIT :told
"""

_COUNTERS = """
    WITH e AS (
        SELECT account_id, count(*) AS entries, max(account_version) AS last,
               coalesce(sum(amount) FILTER (WHERE side = 'D'), 0) AS debits,
               coalesce(sum(amount) FILTER (WHERE side = 'C'), 0) AS credits
          FROM ledger.entry WHERE account_id BETWEEN :low AND :high GROUP BY account_id
    )
    SELECT 'account ' || coalesce(a.id, e.account_id), 'its counters are not the sums of its entries'
      FROM (SELECT * FROM ledger.account WHERE id BETWEEN :low AND :high) AS a
      FULL JOIN e ON e.account_id = a.id
     WHERE a.id IS NULL
        OR (a.debits, a.credits, a.version, a.version) IS DISTINCT FROM
           (coalesce(e.debits, 0), coalesce(e.credits, 0), coalesce(e.entries, 0), coalesce(e.last, 0))
     LIMIT :told
"""

_CHAIN = """
    SELECT 'account ' || account_id, 'its history breaks at version ' || account_version FROM (
        SELECT account_id, account_version, side, amount, debits_after, credits_after,
               lag(account_version, 1, 0::bigint) OVER story AS version_before,
               lag(debits_after, 1, 0::bigint) OVER story AS debits_before,
               lag(credits_after, 1, 0::bigint) OVER story AS credits_before
          FROM ledger.entry WHERE account_id BETWEEN :low AND :high
        WINDOW story AS (PARTITION BY account_id ORDER BY account_version)) AS step
     WHERE account_version <> version_before + 1
        OR debits_after <> debits_before + CASE side WHEN 'D' THEN amount ELSE 0 END
        OR credits_after <> credits_before + CASE side WHEN 'C' THEN amount ELSE 0 END
     LIMIT :told
"""

# The limits of an account are those of its kind, and no state in its history passed them.
_LIMITS = """
    SELECT 'account ' || a.id, 'it passes its limit, or its limit is not that of its kind'
      FROM ledger.account AS a LEFT JOIN ledger.account_kind AS k ON k.kind = a.kind
     WHERE a.id BETWEEN :low AND :high
       AND (k.kind IS NULL OR k.debits_must_not_exceed_credits <> a.debits_must_not_exceed_credits
            OR k.credits_must_not_exceed_debits <> a.credits_must_not_exceed_debits
            OR k.debits_must_not_exceed_credits AND a.debits > a.credits
            OR k.credits_must_not_exceed_debits AND a.credits > a.debits
            OR a.closed AND a.debits <> a.credits
            OR EXISTS (SELECT FROM ledger.entry AS e WHERE e.account_id = a.id
                        AND (k.debits_must_not_exceed_credits AND e.debits_after > e.credits_after
                             OR k.credits_must_not_exceed_debits AND e.credits_after > e.debits_after)))
     LIMIT :told
"""

_BALANCED = """
    WITH a AS (SELECT currency, sum(debits) AS debits, sum(credits) AS credits FROM ledger.account GROUP BY currency),
         t AS (SELECT currency, sum(amount) AS moved FROM ledger.transfer GROUP BY currency)
    SELECT 'currency ' || coalesce(a.currency, t.currency),
           format('debits %s, credits %s, transfers %s', coalesce(a.debits, 0), coalesce(a.credits, 0),
                  coalesce(t.moved, 0))
      FROM a FULL JOIN t ON t.currency = a.currency
     WHERE coalesce(a.debits, 0) <> coalesce(a.credits, 0) OR coalesce(a.debits, 0) <> coalesce(t.moved, 0)
"""

_ASSETS = """
    SELECT 'currency ' || currency, format('owed and earned %s, owned and spent %s', owed, owned) FROM (
        SELECT a.currency,
               sum(CASE WHEN k.side IN ('liability', 'revenue') THEN a.credits - a.debits ELSE 0 END) AS owed,
               sum(CASE WHEN k.side IN ('asset', 'expense') THEN a.debits - a.credits ELSE 0 END) AS owned
          FROM ledger.account AS a JOIN ledger.account_kind AS k ON k.kind = a.kind
         GROUP BY a.currency) AS sides
     WHERE owed <> owned
"""


def verify(*, after_transfer_id: int = 0, slice_rows: int = SLICE) -> list[Finding]:
    """Check I1 to I5 and R4 (owed and earned = owned and spent, per currency); empty when all hold.

    *after_transfer_id* skips older transfers in I1, for a frequent run; everything else is looked at in full.
    """
    return list(_findings(after_transfer_id, slice_rows))


def _findings(after_transfer_id: int, slice_rows: int) -> Iterator[Finding]:
    for low, high in _slices(_LAST_TRANSFER, after_transfer_id + 1, slice_rows):
        yield from _look(Invariant.PAIRED, _PAIRED, low=low, high=high, told=TOLD)
    yield from _look(Invariant.PAIRED, _STRAY, told=TOLD)
    for low, high in _slices(_LAST_ACCOUNT, 1, slice_rows):
        for invariant, statement in (
            (Invariant.COUNTERS, _COUNTERS),
            (Invariant.LIMITS, _LIMITS),
            (Invariant.CHAIN, _CHAIN),
        ):
            yield from _look(invariant, statement, low=low, high=high, told=TOLD)
    yield from _look(Invariant.BALANCED, _BALANCED)
    yield from _look(Invariant.ASSETS, _ASSETS)


def _slices(last_id: str, first: int, slice_rows: int) -> Iterator[tuple[int, int]]:
    last = db.session.execute(text(last_id)).scalar_one()
    for low in range(first, int(last) + 1, slice_rows):
        yield low, low + slice_rows - 1


def _look(invariant: Invariant, statement: str, **values: int) -> list[Finding]:
    rows = db.session.execute(text(statement), values)
    return [Finding(invariant, str(subject), str(detail)) for subject, detail in rows]
