"""How many listings are live by region, temperature and price, from a roll-up that is exact at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from ...kernel import locks
from ...kernel.database import db

#: Changes taken into the roll-up in one transaction.
CHANGES_AT_ONCE = 50_000


@dataclass(frozen=True)
class FacetFilter:
    """What is counted; each facet leaves its own filter out, so that the other choices keep their numbers."""

    vertical_id: UUID
    currency: str | None = None
    countries: Sequence[str] = ()
    regions: Sequence[str] = ()
    temperatures: Sequence[str] = ()


@dataclass(frozen=True)
class Count:
    """So many live listings with one value, or in one price band of a currency."""

    facet: str
    value: str
    currency: str
    live: int


# Roll-up and changes are read in one statement: one snapshot, so the sum is exact.
_COUNTS = text("""
    WITH cells AS (
        SELECT country, region, temperature, currency, price_band, sum(live) AS live,
               cardinality(CAST(:countries AS text[])) = 0 OR country = ANY (:countries) AS country_fits,
               cardinality(CAST(:regions AS text[])) = 0 OR region = ANY (:regions) AS region_fits,
               cardinality(CAST(:temperatures AS text[])) = 0 OR temperature = ANY (:temperatures)
                   AS temperature_fits
          FROM (SELECT country, region, temperature, currency, price_band, live
                  FROM listing_facets WHERE vertical_id = :vertical
                 UNION ALL
                SELECT country, region, temperature, currency, price_band, live
                  FROM listing_facet_changes WHERE vertical_id = :vertical) AS counted
         WHERE CAST(:currency AS text) IS NULL OR currency = :currency
         GROUP BY country, region, temperature, currency, price_band
    )
    SELECT 'country' AS facet, country AS value, '' AS currency, sum(live)::bigint AS live
      FROM cells WHERE region_fits AND temperature_fits GROUP BY country
     UNION ALL
    SELECT 'region', region, '', sum(live)::bigint
      FROM cells WHERE country_fits AND temperature_fits GROUP BY region
     UNION ALL
    SELECT 'temperature', temperature, '', sum(live)::bigint
      FROM cells WHERE country_fits AND region_fits GROUP BY temperature
     UNION ALL
    SELECT 'price', price_band::text, currency, sum(live)::bigint
      FROM cells WHERE country_fits AND region_fits AND temperature_fits GROUP BY price_band, currency
     UNION ALL
    SELECT 'total', '', '', coalesce(sum(live), 0)::bigint
      FROM cells WHERE country_fits AND region_fits AND temperature_fits
""")


def counts(asked: FacetFilter) -> list[Count]:
    """The counts of all facets; values that nothing has are left out."""
    rows = db.session.execute(
        _COUNTS,
        {
            "vertical": asked.vertical_id,
            "currency": asked.currency,
            "countries": list(asked.countries),
            "regions": list(asked.regions),
            "temperatures": list(asked.temperatures),
        },
    )
    return [Count(*row) for row in rows if row.live or row.facet == "total"]


_COMPACT = text("""
    WITH taken AS (
        DELETE FROM listing_facet_changes
         WHERE id IN (SELECT id FROM listing_facet_changes ORDER BY id LIMIT :slice)
        RETURNING vertical_id, country, region, temperature, currency, price_band, live
    ), written AS (
        INSERT INTO listing_facets (vertical_id, country, region, temperature, currency, price_band, live)
        SELECT vertical_id, country, region, temperature, currency, price_band, sum(live)
          FROM taken GROUP BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (vertical_id, country, region, temperature, currency, price_band)
        DO UPDATE SET live = listing_facets.live + excluded.live
    )
    SELECT count(*) FROM taken
""")


def compact() -> int:
    """Take a slice of changes into the roll-up; returns how many. Readers see the same sums all the time."""
    if not locks.try_hold("listings.compact_facets"):
        return 0
    return int(db.session.execute(_COMPACT, {"slice": CHANGES_AT_ONCE}).scalar_one())
