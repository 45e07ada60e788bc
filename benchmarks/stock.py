"""A stocked market for the buying and searching arms: parties by the product's own doors, leads by SQL."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import psycopg

from marketplace import identity, ledger
from marketplace.kernel.database import in_transaction
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

from .installation import Market

CURRENCY: Final = "EUR"
#: Dear enough that no wallet is emptied, cheap enough that sums stay far from any limit.
_WALLET_MINOR: Final = 500_000_000_00
_SELLERS: Final = 20
_MANY: Final = 200_000


@dataclass(frozen=True)
class Party:
    """An organization and its owner's key."""

    id: UUID
    key: str


@dataclass(frozen=True)
class Parties:
    """Who trades."""

    sellers: tuple[Party, ...]
    buyers: tuple[Party, ...]


def open_market(market: Market, *, buyers: int, sellers: int = _SELLERS) -> Parties:
    """Sign parties up, approve them, and fill the buyers' wallets."""
    with market.app.app_context():
        in_transaction(
            lambda: identity.establish_operator(
                name="Operator",
                country="DE",
                currency=CURRENCY,
                admin_name="Admin",
                admin_email="admin@operator.example",
            )
        )
        selling = tuple(_party(f"Seller {number}", sells=True) for number in range(sellers))
        buying = tuple(_party(f"Buyer {number}", sells=False) for number in range(buyers))
        for buyer in buying:
            in_transaction(partial(_fill_wallet, buyer.id))
    return Parties(selling, buying)


def _party(name: str, *, sells: bool) -> Party:
    def sign_up() -> Party:
        made = identity.sign_up(
            name=name,
            sells=sells,
            buys=not sells,
            country="DE",
            currency=CURRENCY,
            time_zone="UTC",
            owner_name="Owner",
            owner_email=f"owner@{name.lower().replace(' ', '-')}.example",
        )
        identity.decide(
            actor=None, organization_id=made.organization.id, state=identity.OrganizationState.APPROVED
        )
        return Party(made.organization.id, made.new_key.secret)

    return in_transaction(sign_up)


def _fill_wallet(buyer_id: UUID) -> None:
    # One posting has an upper limit, so a rich wallet takes several.
    for _ in range(5):
        ledger.post(
            ledger.credit_wallet(new_id(), buyer_id=buyer_id, amount=Money(_WALLET_MINOR // 5, CURRENCY))
        )


def stock(market: Market, parties: Parties, *, listings: int) -> None:
    """Put leads up for sale, exclusive ones, numbered from 1: `listing_id(n)` names them.

    Half of them lie in one vertical and the rest in six, as markets are. Foreign keys are not checked and
    roll-ups are made at the end: this is filling, not a load.
    """
    with market.superuser() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL synchronous_commit = off")
        rebuilt = _drop_indexes(connection) if listings > _MANY else []
        sellers = [seller.id for seller in parties.sellers]
        connection.execute(_OFFERS, {"sellers": sellers, "currency": CURRENCY})
        connection.execute(_LEADS, {"rows": listings})
        connection.execute(_REPORTS)
        connection.execute(_LISTINGS)
        for definition in rebuilt:
            connection.execute(definition.encode())
        connection.execute(_ROLL_UP)
    market.settle_down()


def listing_id(number: int) -> UUID:
    """The id of the listing *number*; ids rise with the numbers, as ids made in turn do."""
    return UUID(int=(0x01900000000070008000 << 48) | number)


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid IN ('listings'::regclass, 'leads'::regclass) AND NOT indisunique"
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in rows]


_OFFERS = """
    WITH made AS (
        INSERT INTO offers (seller_id, vertical_id, name, price_minor, currency, max_sales, channel, source, country,
                            consent_text, consent_source, consent_channels, state)
        SELECT s.id, v.id, 'Offer of ' || v.code, 500, %(currency)s, 1, 'net', 'search', 'DE',
               'I agree to be called.', 'https://forms.example/', '{phone,email}', 'open'
          FROM unnest(%(sellers)s::uuid[]) AS s (id), verticals AS v
        RETURNING id, seller_id, vertical_id
    )
    INSERT INTO batches (offer_id, seller_id, vertical_id, state, commitment, file_bytes, file_digest,
                         recognition_key_id, recognition_wrapped_key, recognition_sealed, received_at, read_at)
    SELECT id, seller_id, vertical_id, 'read', sha256(id::text::bytea), 1, substring(sha256(id::text::bytea) FOR 16),
           'bench', ''::bytea, ''::bytea, clock.now(), clock.now() FROM made
"""

# The sealed record is as long as one of the product's; what is inside is never opened here.
_LEADS = """
    WITH numbered AS (
        SELECT b.*, row_number() OVER (PARTITION BY v.code ORDER BY b.seller_id) - 1 AS of_vertical, v.place
          FROM batches AS b
          JOIN (SELECT id, code, row_number() OVER (ORDER BY code) - 1 AS place FROM verticals) AS v
            ON v.id = b.vertical_id
    )
    INSERT INTO leads (id, batch_id, offer_id, seller_id, vertical_id, row_no, received_at, lead_at, attributes,
                       country, region, points, temperature, phone_country, phone_kind, email_class, contact_kinds,
                       masked, consent, source, campaign, leaf, key_id, wrapped_key, sealed, phone_search, email_search)
    SELECT ('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, b.id, b.offer_id, b.seller_id,
           b.vertical_id, n, (SELECT clock.now()), (SELECT clock.now()) - (n %% 1296000) * interval '1 second',
           jsonb_build_object('age', 20 + n %% 50, 'timeframe', (ARRAY['now', 'month', 'later'])[1 + n %% 3]),
           (ARRAY['DE', 'DE', 'DE', 'PL', 'US'])[1 + get_byte(h.leaf, 0) %% 5],
           'Region ' || get_byte(h.leaf, 1) %% 16, p.points,
           CASE WHEN p.points >= 40 THEN 'hot' WHEN p.points >= 15 THEN 'warm' ELSE 'cold' END,
           'DE', 'mobile', 'business', '{phone,email}',
           '{"name": "A.", "email": "business", "phone": "DE ··42"}',
           '{"basis": "row", "channels": ["phone", "email"], "at": "2026-01-01T00:00:00Z"}', 'search',
           'campaign-' || n %% 20, h.leaf, 'first', h.leaf || h.leaf,
           h.leaf || h.leaf || h.leaf || h.leaf || h.leaf || h.leaf,
           substring(h.leaf FOR 16), substring(h.leaf FROM 17)
      FROM generate_series(1, %(rows)s::bigint) AS n
     CROSS JOIN LATERAL (SELECT sha256(n::text::bytea) AS leaf) AS h
     CROSS JOIN LATERAL (SELECT get_byte(h.leaf, 2) %% 60 AS points) AS p
      JOIN numbered AS b
        ON b.place = CASE WHEN n %% 2 = 0 THEN 0 ELSE 1 + n / 2 %% (SELECT count(*) - 1 FROM verticals) END
       AND b.of_vertical = n / 16 %% (SELECT count(DISTINCT seller_id) FROM batches)
     ORDER BY n
"""
_REPORTS = """
    INSERT INTO lead_reports (lead_id, verdict, answers)
    SELECT id, 'pass', '{"phone": "mobile", "email": "business", "reach": ["phone", "email"], "consent": "row"}'
      FROM leads ORDER BY id
"""
_LISTINGS = """
    INSERT INTO listings (id, lead_id, batch_id, offer_id, seller_id, vertical_id, price_minor, currency, max_sales,
                          verified, channel, country, region, temperature, points, attributes, lead_at, expires_at)
    SELECT ('01900000-0000-7000-8000-' || right(d.id::text, 12))::uuid, d.id, d.batch_id, d.offer_id, d.seller_id,
           d.vertical_id, 300 + d.row_no * 17 % 900, o.currency, 1, d.row_no % 10 = 0, o.channel, d.country, d.region,
           d.temperature, d.points, d.attributes, d.lead_at, (SELECT clock.now()) + interval '30 days'
      FROM leads AS d JOIN offers AS o ON o.id = d.offer_id ORDER BY d.id
"""
_ROLL_UP = """
    INSERT INTO listing_facets (vertical_id, country, region, temperature, currency, price_band, live)
    SELECT vertical_id, coalesce(country, ''), coalesce(region, ''), temperature, currency, price_band(price_minor),
           count(*)
      FROM listings WHERE state = 'live' GROUP BY 1, 2, 3, 4, 5, 6
"""
