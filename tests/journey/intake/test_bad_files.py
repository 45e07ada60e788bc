"""Whatever is sent as a file is read, or refused with a code and a way out; never a fault."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.journey.batches import open_batch, recently, refusals, send, story, validate_due, validated
from tests.journey.conftest import Party

Offers = Callable[..., dict[str, Any]]


def bomb() -> bytes:
    """A small workbook whose one sheet unpacks to 300 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return out.getvalue()


def wide() -> bytes:
    """A table of 10,000 columns."""
    return (",".join(f"c{place}" for place in range(10_000)) + "\n" + ",".join("1" * 10_000)).encode()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 500, "not_a_table"),
        (bomb, "workbook_too_large"),
        (wide, "too_many_columns"),
        (lambda: b"phone,email\n" + b"\x00\x00\x00\x00,\x00\n" * 50, "nul_bytes"),
        (lambda: b"phone,email\n", "no_rows"),
        (lambda: b"   \n \n", "empty_file"),
        (lambda: gzip.compress(gzip.compress(b"phone\n1\n")), "nested_archive"),
        (lambda: b'{"leads": [\n  {"phone": 1}\n]}', None),
        (lambda: b"%PDF-1.7 x", "not_a_table"),
    ],
)
def test_what_is_no_table_of_leads_is_refused_with_a_way_out(
    app: Flask, seller: Party, make_offer: Offers, make: Callable[[], bytes], code: str | None
) -> None:
    batch = open_batch(seller, make_offer(seller))
    assert send(seller, batch, make(), name="leads.csv").status_code == 202
    validate_due(app)
    told = story(seller, batch)
    assert told["status"] == "refused" and len(told["refusal"]["detail"]) > 20
    assert code is None or told["refusal"]["code"] == code
    assert seller.send("PUT", f"/v1/batches/{batch['id']}/mapping", json={"mapping": {}}).status_code == 409


def test_bad_rows_are_refused_one_by_one_and_the_others_stay(
    app: Flask, seller: Party, make_offer: Offers
) -> None:
    header = "full_name,phone,email,created_at,income,loan_amount,purpose"
    good, at = "+48512777{:03d}", recently()
    rows = [
        (f"A B,{good.format(1)},,{at},4000,,purchase", None),
        (f"A B,{good.format(2)},,2026-02-30,4000,,", "date_impossible"),
        (f"A B,{good.format(3)},,{at},-4000,,", "negative_amount"),
        (f"A B,{good.format(4)},,{at},4000 USD,,", "money_other_currency"),
        (f"A B,{good.format(5)},,{at},4000.123,,", None),
        (f"A B,{good.format(6)},,{at},,,holiday", None),
        (f"A B,{good.format(7)},,2099-01-01,,,", "created_in_future"),
        (f"A B,{good.format(8)},,2001-01-01,,,", "lead_too_old"),
        ("A B,,info@company.pl,,,,", "role_email_alone"),
        ("A B,,a@mailinator.com,,,,", "email_disposable"),
        (f"A B,{good.format(10)},,{at},4000", "too_few_cells"),
        (f'A B,{good.format(11)},x"y",{at},1,2,', None),
        (f"A B,{good.format(12)},ola@gmail.com,{at},4000,,", None),
    ]
    batch = validated(app, seller, make_offer(seller), "\n".join([header, *(row for row, _ in rows)]) + "\n")
    found = refusals(seller, batch)
    for number, (row, code) in enumerate(rows):
        if code is not None:
            assert found.get(number) == code, row
    assert 0 not in found and 12 not in found


def test_a_minor_is_refused_where_the_vertical_demands_an_age(
    app: Flask, seller: Party, make_offer: Offers
) -> None:
    content = "phone,age\n+48512888001,17\n+48512888002,18\n+48512888003,\n"
    batch = validated(app, seller, make_offer(seller, vertical="finance"), content)
    assert refusals(seller, batch) == {0: "under_age", 2: "age_unknown"}


def test_without_evidence_of_consent_rows_are_refused(app: Flask, seller: Party, make_offer: Offers) -> None:
    offer = make_offer(seller, consent_text=None, consent_source=None)
    content = "phone,consent_text,consent_at,consent_source\n+48512999001,,,\n"
    content += f"+48512999002,I agree,{recently()},form\n"
    batch = validated(app, seller, offer, content)
    assert refusals(seller, batch) == {0: "consent_at_missing"} or refusals(seller, batch)[0].startswith(
        "consent_"
    )
    assert 1 not in refusals(seller, batch)


def test_a_file_that_breaks_off_in_the_middle_keeps_what_was_read(
    app: Flask, seller: Party, make_offer: Offers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace.journey.validation import jobs

    monkeypatch.setattr(jobs, "chunk_rows", 1_000)
    lines = [f"+4851{number:07d},{number * 7919},{number**3}" for number in range(1_000_000, 1_080_000)]
    packed = gzip.compress(("phone,имя,b\n" + "\n".join(lines)).encode())
    batch = validated(app, seller, make_offer(seller), packed[: len(packed) * 3 // 4])
    told = story(seller, batch)
    assert told["status"] == "validated" and told["counts"]["accepted"] > 1_000
    assert list(refusals(seller, batch).values()) == ["gzip_damaged"]


def test_letters_that_are_no_letters_do_not_stop_a_batch(
    app: Flask, seller: Party, make_offer: Offers
) -> None:
    rows = [
        {"phone": "+48512666001", "email": "a\ud800@gmail.com", "region": "\ud83d", "note": "\u0000x"},
        {"phone": "+48512666002", "email": "b@gmail.com", "region": "a\tb\\n\\", "utm_source": "g\\N\t\n"},
        {"phone": "+48512666003", "email": "c@gmail.com", "first_name": "\ud83d\ude00 Ola", "x\u0000y": 1},
    ]
    content = "\n".join(json.dumps(row) for row in rows)
    batch = validated(app, seller, make_offer(seller), content)
    assert batch["status"] in ("validated", "refused"), batch
    if batch["status"] == "validated":
        assert batch["counts"]["total"] == 3


def test_columns_that_nobody_understands_can_be_named(app: Flask, seller: Party, make_offer: Offers) -> None:
    content = "a1,b2,c3\nx,600111222,y\nx,600111223,y\n"
    offer = make_offer(seller)
    batch = open_batch(seller, offer)
    send(seller, batch, content)
    validate_due(app)
    told = story(seller, batch)
    assert told["refusal"]["code"] == "columns_unknown" and "/mapping" in told["refusal"]["detail"]
    assert [column["column"] for column in told["columns"]] == ["a1", "b2", "c3"]
    path = f"/v1/batches/{batch['id']}/mapping"
    unknown = seller.send("PUT", path, json={"mapping": {"b2": "fone"}})
    assert unknown.status_code == 422 and unknown.json["code"] == "unknown_field"
    twice = seller.send("PUT", path, json={"mapping": {"b2": "phone", "a1": "phone"}})
    assert twice.status_code == 422
    missing = seller.send("PUT", path, json={"mapping": {"nowhere": "phone"}})
    assert missing.status_code == 200
    validate_due(app)
    assert story(seller, batch)["refusal"]["code"] == "mapping_unknown"
    assert (
        seller.send("PUT", path, json={"mapping": {"b2": "phone", "a1": None}}).json["status"] == "received"
    )
    validate_due(app)
    assert story(seller, batch)["counts"] == {"total": 2, "accepted": 2, "refused": 0}
    assert seller.send("PUT", path, json={"mapping": {"b2": "phone"}}).json["code"] == "mapping_not_taken"
    # The same columns are understood from now on.
    again = validated(app, seller, offer, content.replace("600111", "600555"))
    assert again["counts"]["accepted"] == 2


def test_a_mapping_may_come_with_the_batch_or_with_the_file(
    app: Flask, seller: Party, make_offer: Offers
) -> None:
    offer = make_offer(seller)
    first = open_batch(seller, offer, mapping={"q": "phone"})
    send(seller, first, "q,w\n+48512555001,1\n")
    second = open_batch(seller, offer)
    send(seller, second, "e,w\n+48512555002,1\n", mapping=json.dumps({"e": "phone"}))
    third = open_batch(seller, offer)
    for bad in ("[", "[1]", '{"e": 1}', '{"e": "nothing"}'):
        assert send(seller, third, b"e\n1\n", mapping=bad).status_code == 422, bad
    validate_due(app)
    assert story(seller, first)["counts"]["accepted"] == story(seller, second)["counts"]["accepted"] == 1
