"""Whatever a seller's file says in the columns that buyers see before they pay, no contact is among it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import (
    STANDARD_FIELDS,
    Field,
    FieldContext,
    FieldType,
    normalize_table,
)
from marketplace.kernel import ids
from marketplace.kernel.database import in_transaction
from tests.journey import checks
from tests.journey.batches import open_batch, recently, send, validate_due
from tests.journey.conftest import Party
from tests.journey.trade import buy, fund
from tests.work import work_off

SHOWN = ("region", "source", "campaign", "ad_group", "audience")
_SEPARATORS = st.sampled_from(["", " ", "-", ".", " / ", ")(", "\u00a0", "\u200b", "_", "–", "·", "\n"])


@st.composite
def phones(draw: st.DrawFn) -> str:
    digits = draw(st.lists(st.sampled_from("0123456789"), min_size=7, max_size=15))
    return draw(st.sampled_from(["", "+", "00"])) + "".join(digit + draw(_SEPARATORS) for digit in digits)


_EMAILS = st.from_regex(r"[a-z0-9._%+]{1,12}@[a-z0-9]{1,10}\.[a-z]{2,4}", fullmatch=True)
_LINKS = st.sampled_from(["https://t.me/anna", "wa.me/48512770000", "www.anna.pl", "T.ME/anna", "tel:112"])
_AROUND = st.text(max_size=20)


@given(_AROUND, st.one_of(phones(), _EMAILS, _LINKS), _AROUND, st.sampled_from([*SHOWN, "branch"]))
def test_no_text_with_a_contact_is_shown(before: str, contact: str, after: str, name: str) -> None:
    fields = {**STANDARD_FIELDS, "branch": Field("branch", FieldType.REGION)}
    table = normalize_table({name: [f"{before} {contact} {after}", "Bavaria"]}, fields, FieldContext())
    assert table.columns[name] == [None, "Bavaria"]
    assert table.problems[name].keys() == {0}


@given(st.sampled_from(SHOWN), st.text(max_size=300))
def test_what_is_shown_is_short_and_holds_no_address(name: str, text: str) -> None:
    shown = normalize_table({name: [text]}, STANDARD_FIELDS, FieldContext()).columns[name][0]
    assert shown is None or (len(shown) <= 100 and "@" not in shown and not re.search(r"\d{7}", shown))


def test_usual_words_stay() -> None:
    for text in (
        "mazowieckie",
        "PL-14",
        "Île-de-France",
        "google",
        "facebook.com",
        "Spring 2026 / 30+",
        "a/b test",
    ):
        shown = normalize_table({"campaign": [text]}, STANDARD_FIELDS, FieldContext()).columns["campaign"]
        assert shown == [text]


def test_a_contact_in_an_open_column_reaches_no_buyer_before_the_sale(
    app: Flask,
    seller: Party,
    buyer: Party,
    operator: Party,
    make_offer: Callable[..., dict[str, Any]],
) -> None:
    mark = uuid.uuid4().hex[:8]
    evil = f"call +48 512 770 000 anna.{mark}@x.pl"
    header = "full_name,phone,email,created_at,region,source,campaign,ad_group,audience"
    base = 500_000_000 + uuid.uuid4().int % 9_000_000
    rows = [
        f"Jan Nowak,+48{base + row},p{mark}{row}@gmail.com,{recently()}" + f",{evil}" * 5 for row in range(12)
    ]
    # A vertical of its own: a search there finds these leads and no other test's.
    vertical = f"v{uuid.uuid4().hex[:12]}"
    made = operator.post(
        "/v1/verticals", {"code": vertical, "name": "Shown", "commission_bps": 1000, "fields": []}
    )
    assert made.status_code == 201, made.json
    batch = open_batch(seller, make_offer(seller, vertical=vertical))
    assert send(seller, batch, "\n".join([header, *rows])).status_code == 202
    validate_due(app)
    assert seller.get(f"/v1/batches/{batch['id']}").json["counts"]["accepted"] == 12
    work_off(app, only=checks.DRAW)
    checks.check_clean(app, batch["id"], checks.hire(app, operator))
    work_off(app, only=checks.LIST)
    fund(operator, buyer, 10_000)
    offered = buyer.get("/v1/listings", query_string={"vertical": vertical}).json["data"]
    assert {row["batch_id"] for row in offered} == {batch["id"]}
    bought = buy(buyer, offered[0]["id"])
    answers = [
        buyer.get("/v1/listings", query_string={"vertical": vertical}),
        buyer.get("/v1/listings/facets", query_string={"vertical": vertical}),
        buyer.get("/v1/purchases", query_string={"limit": 200}),
        buyer.get(f"/v1/purchases/{bought}/evidence"),
        seller.post("/v1/leads/search", {"phone": f"+48{base}"}, key=None),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.json
        assert mark not in answer.text and "512 770" not in answer.text and "48512770" not in answer.text
    # What the seller sent is not lost: who bought the lead reads the row as it came.
    contact = buyer.get(f"/v1/purchases/{bought}/contact")
    assert contact.status_code == 200 and evil in contact.text
    assert _answers(app, batch["id"]) == [sorted(SHOWN)] * 12


def _answers(app: Flask, batch: str) -> list[list[str]]:
    from sqlalchemy import select

    from marketplace.journey.intake import Lead
    from marketplace.journey.validation.models import LeadReport
    from marketplace.kernel.database import db

    found = select(LeadReport.answers).join(Lead, Lead.id == LeadReport.lead_id)
    found = found.where(Lead.batch_id == ids.parse("bat", batch))
    with app.app_context():
        return [
            sorted(row["unreadable"])
            for row in in_transaction(lambda: db.session.execute(found).scalars().all())
        ]
