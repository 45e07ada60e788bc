"""A search finds exactly what fits, in order, page by page; facets count exactly what is live."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from marketplace.journey.listings.rules import band_end, price_band
from marketplace.kernel import ids
from marketplace.kernel.database import db
from tests.journey.conftest import Party
from tests.journey.trade import run

ROWS = 240
REGIONS = ["north", "south", "east", None]
PLANS = ["basic", "family", "gold"]

_FILL = text("""
    WITH lead AS (
        INSERT INTO leads (batch_id, offer_id, seller_id, vertical_id, row_no, received_at, lead_at, attributes,
                           country, region, points, temperature, contact_kinds, masked, consent, leaf, key_id)
        SELECT b.id, b.offer_id, b.seller_id, b.vertical_id, :row, clock.now(),
               clock.now() - make_interval(hours => :age_hours), CAST(:attributes AS jsonb), :country, :region,
               :points, :temperature, '{phone}', '{"name": "A."}', '{}', sha256('x'), 'test'
          FROM batches AS b WHERE b.id = :batch
        RETURNING *
    )
    INSERT INTO listings (lead_id, batch_id, offer_id, seller_id, vertical_id, price_minor, currency, max_sales,
                          verified, channel, country, region, temperature, points, attributes, lead_at, expires_at)
    SELECT id, batch_id, offer_id, seller_id, vertical_id, :price, :currency, :max_sales, :verified, :channel,
           country, region, temperature, points, attributes, lead_at, clock.now() + interval '30 days'
      FROM lead RETURNING id
""")


@pytest.fixture(scope="module")
def market(
    app: Flask, operator: Party, sign_up: Callable[..., Party], make_offer: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    """A vertical of its own with 240 listings, and the same rows as plain Python values."""
    code = f"v{uuid.uuid4().hex[:12]}"
    made = operator.post(
        "/v1/verticals",
        {
            "code": code,
            "name": "Test",
            "commission_bps": 1000,
            "fields": [
                {"name": "income", "label": "Income", "type": "integer"},
                {"name": "owner", "label": "Owner", "type": "boolean"},
                {"name": "plan", "label": "Plan", "type": "choice", "choices": {p: [p] for p in PLANS}},
                {"name": "born", "label": "Born", "type": "date"},
                {
                    "name": "secret",
                    "label": "Secret",
                    "type": "integer",
                    "personal": True,
                    "filterable": False,
                },
            ],
        },
    )
    assert made.status_code == 201, made.json
    seller = sign_up(sells=True, buys=True)
    offer = make_offer(seller, vertical=code)
    rows = [row_of(number) for number in range(ROWS)]

    def fill() -> None:
        batch = db.session.execute(
            text(
                "INSERT INTO batches (offer_id, seller_id, vertical_id, commitment)"
                " SELECT id, seller_id, vertical_id, sha256('s') FROM offers WHERE id = :offer RETURNING id"
            ),
            {"offer": ids.parse("off", offer["id"])},
        ).scalar_one()
        for number, row in enumerate(rows):
            import json

            values = {**row, "attributes": json.dumps(row["attributes"]), "row": number, "batch": batch}
            row["id"] = ids.public("lst", db.session.execute(_FILL, values).scalar_one())

    run(app, fill)
    return {"code": code, "seller": seller, "rows": rows, "buyer": sign_up(buys=True)}


def row_of(number: int) -> dict[str, Any]:
    """One row; different numbers give well mixed values."""
    mixed = (number * 2_654_435_761) % (1 << 32)

    def pick(words: list[Any], salt: int) -> Any:
        return words[(mixed >> salt) % len(words)]

    attributes: dict[str, Any] = {"income": (mixed >> 7) % 5_000, "owner": bool(mixed >> 9 & 1)}
    if number % 5:
        attributes["plan"] = pick(PLANS, 11)
    if number % 3:
        attributes["born"] = f"19{50 + (mixed >> 5) % 50}-0{1 + (mixed >> 3) % 9}-15"
    return {
        "attributes": attributes,
        "country": pick(["PL", "DE"], 2),
        "region": pick(REGIONS, 4),
        "points": (mixed >> 6) % 12,
        "temperature": pick(["cold", "warm", "hot"], 8),
        "price": 100 + (mixed >> 10) % 3_000,
        "currency": pick(["EUR", "EUR", "PLN"], 12),
        "max_sales": 1 + (mixed >> 14) % 3,
        "verified": not mixed >> 16 & 3,
        "channel": pick(["spear", "seed", "net"], 18),
        "age_hours": 1 + (mixed >> 13) % 700,
    }


def fits(row: dict[str, Any], asked: dict[str, Any]) -> bool:
    """The same search, naively."""
    attributes = row["attributes"]
    tests = {
        "country": lambda v: row["country"] in v,
        "region": lambda v: row["region"] in v,
        "temperature": lambda v: row["temperature"] in v,
        "channel": lambda v: row["channel"] in v,
        "points_min": lambda v: row["points"] >= v,
        "price_min": lambda v: row["price"] >= v,
        "price_max": lambda v: row["price"] <= v,
        "currency": lambda v: row["currency"] == v,
        "max_age_days": lambda v: row["age_hours"] < v * 24,
        "verified": lambda v: row["verified"] == (v == "true"),
        "exclusive": lambda v: (row["max_sales"] == 1) == (v == "true"),
        "attribute.income": lambda v: str(attributes["income"]) in v,
        "attribute.income_min": lambda v: attributes["income"] >= v,
        "attribute.income_max": lambda v: attributes["income"] <= v,
        "attribute.owner": lambda v: attributes["owner"] == (v == "true"),
        "attribute.plan": lambda v: attributes.get("plan") in v,
        "attribute.born_min": lambda v: attributes.get("born", "") >= v,
        "attribute.born_max": lambda v: "born" in attributes and attributes["born"] <= v,
    }
    return all(tests[name](value) for name, value in asked.items())


def some(words: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)


_SAY = st.sampled_from(["true", "false"])
SEARCHES = st.fixed_dictionaries(
    {"currency": st.sampled_from(["EUR", "PLN"])},
    optional={
        "country": some(["PL", "DE", "LV"]),
        "region": some(["north", "south", "east", "nowhere"]),
        "temperature": some(["cold", "warm", "hot"]),
        "channel": some(["spear", "seed", "net"]),
        "points_min": st.integers(0, 13),
        "price_min": st.integers(0, 3_200),
        "price_max": st.integers(0, 3_200),
        "max_age_days": st.integers(0, 31),
        "verified": _SAY,
        "exclusive": _SAY,
        "attribute.income": some([str(row_of(number)["attributes"]["income"]) for number in range(9)]),
        "attribute.income_min": st.integers(-1, 5_100),
        "attribute.income_max": st.integers(-1, 5_100),
        "attribute.owner": _SAY,
        "attribute.plan": some(PLANS),
        "attribute.born_min": st.dates(min_value=__import__("datetime").date(1949, 1, 1)).map(str),
        "attribute.born_max": st.dates(min_value=__import__("datetime").date(1949, 1, 1)).map(str),
    },
)
_KEYS = {
    "score": lambda row: (-row["points"],),
    "price": lambda row: (row["price"],),
    "newest": lambda row: (row["age_hours"],),
}


def pages(party: Party, query: dict[str, Any]) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = party.get("/v1/listings", query_string={**query, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.json
        rows += answer.json["data"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=SEARCHES, sort=st.sampled_from(sorted(_KEYS)), limit=st.integers(7, 200))
def test_a_search_finds_exactly_what_fits_in_the_order_asked_for(
    market: dict[str, Any], asked: dict[str, Any], sort: str, limit: int
) -> None:
    query = {"vertical": market["code"], "sort": sort, "limit": limit, "count": "true", **asked}
    found = pages(market["buyer"], query)
    wanted = {row["id"]: row for row in market["rows"] if fits(row, asked)}
    assert {row["id"] for row in found} == set(wanted) and len(found) == len(wanted)
    keys = [_KEYS[sort](wanted[row["id"]]) for row in found]
    assert keys == sorted(keys)
    first = market["buyer"].get("/v1/listings", query_string=query).json
    assert first["total"] == {"count": len(wanted), "exact": True}


def test_nobody_is_offered_his_own_leads(market: dict[str, Any], operator: Party) -> None:
    query = {"vertical": market["code"], "limit": 200}
    assert pages(market["seller"], query) == []
    all_of_them = pages(operator, {"own": "true", "vertical": market["code"], "limit": 100})
    assert {row["id"] for row in all_of_them} == {row["id"] for row in market["rows"]}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"regoin": "north"}, "/regoin"),
        ({"attribute.shoe_size": "44"}, "/attribute.shoe_size"),
        ({"attribute.secret": "1"}, "/attribute.secret"),
        ({"attribute.plan": "platinum"}, "/attribute.plan"),
        ({"attribute.plan_min": "basic"}, "/attribute.plan_min"),
        ({"attribute.income_min": "much"}, "/attribute.income_min"),
        ({"attribute.income": "1e999999999"}, "/attribute.income"),
        ({"attribute.born_min": "yesterday"}, "/attribute.born_min"),
        ({"sort": "price"}, "/currency"),
        ({"price_max": "10"}, "/currency"),
        ({"vertical": "no_such"}, "/vertical"),
        ({"vertical": ""}, "/vertical"),
        ({"cursor": "AAAA"}, "/cursor"),
        ({"limit": "201"}, "/limit"),
        ({"temperature": "boiling"}, "/temperature/0"),
        ({"region": "\x00"}, "/region"),
        ({"attribute.born\x00": "1"}, "/attribute.born"),
        ({"attribute.owner": "\x00"}, "/attribute.owner"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_its_name(
    market: dict[str, Any], query: dict[str, str], pointer: str
) -> None:
    answer = market["buyer"].get("/v1/listings", query_string={"vertical": market["code"], **query})
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["pointer"].startswith(pointer), answer.json


def test_a_cursor_of_another_order_is_refused(market: dict[str, Any]) -> None:
    page = market["buyer"].get("/v1/listings", query_string={"vertical": market["code"], "limit": 5}).json
    answer = market["buyer"].get(
        "/v1/listings",
        query_string={"vertical": market["code"], "sort": "newest", "cursor": page["next_cursor"]},
    )
    assert answer.status_code == 422 and answer.json["errors"][0]["code"] == "bad_cursor"


def test_facets_count_exactly_what_is_live_also_after_changes_and_compaction(
    app: Flask, market: dict[str, Any]
) -> None:
    from marketplace.journey.listings import facets

    buyer, seller, rows = market["buyer"], market["seller"], market["rows"]
    live = list(rows)

    def check() -> None:
        shown = buyer.get("/v1/listings/facets", query_string={"vertical": market["code"]}).json
        assert shown["total"] == len(live)
        for name in ("country", "region", "temperature"):
            counted = {row["value"]: row["count"] for row in shown[name]}
            assert counted == Counter(row[name] for row in live)
        bands = {(row["from"]["amount"], row["from"]["currency"]): row["count"] for row in shown["price"]}
        assert bands == Counter((price_band(row["price"]), row["currency"]) for row in live)
        for row in shown["price"]:
            assert row["below"]["amount"] == band_end(row["from"]["amount"])

    check()
    run(app, facets.compact)
    check()
    for _ in range(9):
        gone = live.pop(3)
        assert seller.post(f"/v1/listings/{gone['id']}/withdraw").status_code == 200
    check()
    run(app, facets.compact)
    check()
    query = {"vertical": market["code"], "region": "north", "temperature": ["hot", "cold"]}
    shown = buyer.get("/v1/listings/facets", query_string=query).json
    assert shown["total"] == sum(
        row["region"] == "north" and row["temperature"] in ("hot", "cold") for row in live
    )
    # A facet leaves its own filter out: the other regions keep their numbers.
    assert {row["value"]: row["count"] for row in shown["region"]} == Counter(
        row["region"] for row in live if row["temperature"] in ("hot", "cold")
    )
    market["rows"][:] = live


@given(price=st.integers(1, 10**12))
def test_price_bands_touch_and_hold_their_prices(price: int) -> None:
    band = price_band(price)
    assert band <= price < band_end(band)
    assert price_band(band) == band and price_band(band_end(band)) == band_end(band)


def test_what_was_bought_is_marked_and_stays_visible(app: Flask, market: dict[str, Any]) -> None:
    buyer, row = market["buyer"], market["rows"][0]
    bought = ids.parse("lst", row["id"])

    def allocate() -> None:
        db.session.execute(
            text(
                "INSERT INTO allocations (listing_id, buyer_id, purchase_id) VALUES (:listing, :buyer, :purchase)"
            ),
            {"listing": bought, "buyer": buyer.organization_id, "purchase": ids.new_id()},
        )

    run(app, allocate)
    assert buyer.get(f"/v1/listings/{row['id']}").json["bought"] is True
    found = {one["id"]: one["bought"] for one in pages(buyer, {"vertical": market["code"], "limit": 200})}
    assert [name for name, is_bought in found.items() if is_bought] == [row["id"]]
