"""A row is accepted when it reaches a specific person and keeps the vertical's rules; else the seller reads why."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import Field, FieldContext, FieldType, normalize_table
from marketplace.journey.validation.consent import ConsentRule, Evidence
from marketplace.journey.validation.demands import JudgeContext
from marketplace.journey.validation.rules import Judgement, judge
from tests.shared_data import shared

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFERED = frozenset({Evidence.WORDING, Evidence.TIME, Evidence.SOURCE})
OWN = {
    "income": Field("income", FieldType.MONEY, currency="PLN"),
    "birth_date": Field("birth_date", FieldType.DATE),
}


def judged(rows: list[dict[str, str | None]], **demands: Any) -> Judgement:
    """Read and judge rows of text as they come from a file, under a Polish offer."""
    names = {name for row in rows for name in row}
    columns = {name: [row.get(name) for row in rows] for name in names}
    own = demands.pop("own_fields", OWN)
    country = demands.pop("default_country", "PL")
    table = normalize_table(columns, own, FieldContext(default_country=country, now=NOW))
    settings: dict[str, Any] = {"offered_evidence": OFFERED} | demands
    return judge(table, JudgeContext("mortgage", NOW, own_fields=own, default_country=country, **settings))


def codes(row: dict[str, str | None], **demands: Any) -> list[tuple[str, str | None]]:
    return [(str(refusal.code), refusal.column) for refusal in judged([row], **demands).refusals]


MOBILE = "601 234 567"
SWITCHBOARD = "22 621 12 34"
SPEAKER: dict[str, str | None] = {
    "full_name": "Anna Nowak",
    "company": "Acme",
    "position": "owner",
    "authority": "yes",
}


@pytest.mark.parametrize(
    "row",
    [
        {"phone": MOBILE},
        {"phone_2": MOBILE, "phone": "12"},
        {"phone": SWITCHBOARD},
        {"email": "anna@gmail.com"},
        {"email": "anna@acme.pl", "phone": "12"},
        {"messenger": "@anna_nowak"},
        {"social": "https://www.linkedin.com/in/anna-nowak"},
        {"phone": MOBILE, "company": "Acme"},
        {"phone": SWITCHBOARD} | SPEAKER,
        {"phone": "800 121 212"} | SPEAKER,
        {"email": "info@acme.pl", "phone": MOBILE},
        {"email": "anna@mailinator.com", "phone": MOBILE},
    ],
)
def test_a_lead_is_one_way_to_reach_a_specific_person(row: dict[str, str | None]) -> None:
    assert codes(row) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"city": "Warszawa"}, [("unreachable", None)]),
        ({"phone": "12"}, [("phone_too_short", "phone"), ("unreachable", None)]),
        ({"phone": SWITCHBOARD, "company": "Acme"}, [("switchboard_alone", "phone")]),
        ({"phone": SWITCHBOARD} | SPEAKER | {"authority": "no"}, [("switchboard_alone", "phone")]),
        ({"phone": SWITCHBOARD} | SPEAKER | {"position": None}, [("switchboard_alone", "phone")]),
        ({"phone": "800 121 212"}, [("switchboard_alone", "phone")]),
        ({"phone": "22 621 12 34 ext. 12"}, [("switchboard_alone", "phone")]),
        ({"email": "biuro@acme.pl"}, [("role_email_alone", "email")]),
        ({"email": "anna@mailinator.com"}, [("email_disposable", "email")]),
        (
            {"messenger": "https://t.me/joinchat/AAA"},
            [("account_not_a_person", "messenger"), ("unreachable", None)],
        ),
    ],
)
def test_what_reaches_nobody_is_refused(
    row: dict[str, str | None], expected: list[tuple[str, str | None]]
) -> None:
    assert codes(row) == expected


@pytest.mark.parametrize(
    "row",
    [
        {"phone": MOBILE, "test": "true"},
        {"phone": MOBILE, "full_name": "<test lead: dummy data for full_name>"},
        {"phone": MOBILE, "full_name": "Test Test"},
        {"phone": MOBILE, "first_name": "Test", "last_name": "test"},
        {"phone": MOBILE, "email": "test@meta.com"},
        {"phone": MOBILE, "email": "anna@example.com"},
    ],
)
def test_test_leads_are_told_as_such_first(row: dict[str, str | None]) -> None:
    judgement = judged([row])
    assert judgement.accepted == [False]
    assert judgement.refusals[0].code == "test_data"


def test_a_surname_test_is_a_surname() -> None:
    assert codes({"phone": MOBILE, "first_name": "Glen", "last_name": "Test"}) == []


def test_fictional_numbers_are_refused_only_where_the_offer_says_so() -> None:
    row = {"phone": "+1 212 555 0123"}
    assert codes(row) == []
    assert codes(row, refuse_fictional_phone=True) == [("phone_fictional", "phone")]


def test_required_fields_and_bad_values_of_the_verticals_fields_are_refused() -> None:
    demands = {"required_fields": frozenset({"city", "phone"})}
    assert codes({"email": "anna@gmail.com", "income": "5000"}, **demands) == [
        ("required_missing", "city"),
        ("required_missing", "phone"),
    ]
    assert codes({"phone": "12", "email": "anna@gmail.com", "city": "Łódź"}, **demands) == [
        ("phone_too_short", "phone")
    ]
    assert codes({"phone": MOBILE, "city": "Łódź", "income": "much"}, **demands) == [
        ("money_unreadable", "income")
    ]
    assert codes({"phone": MOBILE, "city": "Łódź", "income": "-1"}, **demands) == [
        ("negative_amount", "income")
    ]


def test_a_bad_value_that_nobody_chooses_by_is_noted_and_not_refused() -> None:
    judgement = judged([{"phone": MOBILE, "page_url": "nonsense here", "email": "broken@"}])
    assert judgement.accepted == [True]
    assert sorted(judgement.answers[0]["unreadable"]) == ["email", "page_url"]


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        (NOW - timedelta(days=29), []),
        (NOW - timedelta(days=31), [("lead_too_old", "created_at")]),
        (NOW + timedelta(minutes=9), []),
        (NOW + timedelta(minutes=11), [("created_in_future", "created_at")]),
    ],
)
def test_the_age_of_a_lead(created_at: datetime, expected: list[tuple[str, str]]) -> None:
    assert (
        codes({"phone": MOBILE, "created_at": created_at.isoformat()}, max_age=timedelta(days=30)) == expected
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"birth_date": "2008-11-22"}, []),
        ({"birth_date": "2008-11-23"}, [("under_age", "birth_date")]),
        ({"birth_date": None}, [("age_unknown", "birth_date")]),
    ],
)
def test_people_under_age_are_refused_where_the_vertical_has_a_lowest_age(
    row: dict[str, str | None], expected: list[tuple[str, str]]
) -> None:
    assert codes({"phone": MOBILE} | row, minimum_age_years=18) == expected


def test_people_of_countries_that_are_not_held_are_refused() -> None:
    held = {"held_countries": frozenset({"PL"})}
    assert codes({"phone": MOBILE}, **held) == []
    assert codes({"phone": "+49 1512 3456789"}, **held) == [("country_not_held", "phone")]
    assert codes({"phone": MOBILE, "country": "Germany"}, **held)[0] == ("country_not_held", "country")


GIVEN: dict[str, str | None] = {
    "consent_text": "I agree to be called", "consent_at": "2026-11-20T10:00:00Z", "consent_source": "landing page",
    "page_url": "https://loans.shop/apply", "ip": "8.8.8.8", "user_agent": "Mozilla/5.0",
    "consent_sellers": "Acme Loans", "certificate": "https://cert.trustedform.com/" + "a1" * 20,
}  # fmt: skip


@pytest.mark.parametrize("missing", ["consent_text", "consent_at", "consent_source"])
def test_consent_needs_wording_time_and_source(missing: str) -> None:
    row = {"phone": MOBILE} | GIVEN
    assert codes(row, offered_evidence=frozenset()) == []
    del row[missing]
    assert codes(row, offered_evidence=frozenset()) == [(f"{missing}_missing", missing)]
    assert codes(row, offered_evidence=OFFERED) == []


def test_consent_that_leans_on_the_offer_is_the_sellers_warranty() -> None:
    judgement = judged([{"phone": MOBILE} | GIVEN, {"phone": MOBILE}])
    assert [answer["consent"] for answer in judgement.answers] == ["row", "seller_warranty"]


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_people_in_the_united_states_who_will_be_phoned_need_every_piece(missing: str) -> None:
    row = {"phone": "+1 212 736 5000"} | GIVEN
    phoned = {"contact_channels": frozenset({"phone"}), "offered_evidence": frozenset()}
    assert codes(row, **phoned) == []
    del row[missing]
    (refusal,) = codes(row, **phoned)
    assert refusal[1] == missing
    assert refusal[0].endswith("_missing")


def test_ip_agent_and_certificate_can_not_be_warranted_and_need_no_phone_no_demand() -> None:
    everything = {"contact_channels": frozenset({"phone", "email"}), "offered_evidence": frozenset(Evidence)}
    found = codes({"phone": "+1 212 736 5000"}, **everything)
    assert sorted(column or "" for _, column in found) == ["certificate", "ip", "user_agent"]
    assert codes({"email": "anna@gmail.com", "country": "US"}, **everything) == []


def test_unreadable_evidence_is_told_by_its_own_code() -> None:
    row = {"phone": "+1 212 736 5000"} | GIVEN | {"ip": "192.168.1.1"}
    assert codes(row, contact_channels=frozenset({"phone"})) == [("ip_not_public", "ip")]


def test_a_verticals_own_consent_rule_outweighs_the_default() -> None:
    rules = (ConsentRule(OFFERED), ConsentRule(OFFERED | {Evidence.IP}, vertical="mortgage"))
    assert codes({"phone": MOBILE}, consent_rules=rules) == [("consent_ip_missing", "ip")]


def test_a_row_with_several_faults_lists_them_all_and_the_first_decides() -> None:
    row = {"email": "test@gmail.com", "created_at": "2027-01-01", "income": "-5"}
    assert [code for code, _ in codes(row)] == ["test_data", "negative_amount", "created_in_future"]


def test_refusals_and_answers_carry_no_personal_data_and_answers_are_plain_json() -> None:
    row = {"phone": "601 23", "email": "anna.nowak@@acme.pl", "full_name": "Anna Nowak <x>", "ip": "10.1.2.3"}
    judgement = judged([row, {"phone": MOBILE, "email": "anna.nowak@acme.pl", "full_name": "Anna Nowak"}])
    told = json.dumps(judgement.answers) + " ".join(map(str, judgement.refusals))
    for secret in ("601", "anna", "nowak", "10.1.2.3", "acme"):
        assert secret not in told.lower()


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["phone", "email", "full_name", "company", "created_at", "income", "test"]),
            st.text(max_size=20),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_file_breaks_the_judge_and_a_row_is_refused_exactly_if_it_has_a_refusal(
    rows: list[dict[str, str | None]],
) -> None:
    judgement = judged(rows, max_age=timedelta(days=1), minimum_age_years=18)
    refused = {refusal.row for refusal in judgement.refusals}
    size = len(judgement.accepted)
    assert judgement.accepted == [row not in refused for row in range(size)]
    assert len(judgement.answers) == size
    assert [refusal.row for refusal in judgement.refusals] == sorted(
        refusal.row for refusal in judgement.refusals
    )


@given(
    st.permutations(
        [{"phone": MOBILE}, {"email": "biuro@acme.pl"}, {"phone": "12"}, {"email": "a@gmail.com"}]
    )
)
def test_the_order_of_rows_changes_no_decision(rows: list[dict[str, str | None]]) -> None:
    accepted = judged(rows).accepted
    assert accepted == ["gmail" in str(row) or MOBILE in str(row) for row in rows]


def test_a_real_file_without_any_contact_is_refused_row_by_row_as_unreachable() -> None:
    with shared("xeducation/Leads.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = {"Country": "country", "City": "city", "Lead Source": "source"}
    columns = {ours: [row[theirs] for row in rows] for theirs, ours in names.items()}
    table = normalize_table(columns, {}, FieldContext(default_country="IN", now=NOW))
    judgement = judge(table, JudgeContext("education", NOW, offered_evidence=OFFERED))
    assert rows
    assert not any(judgement.accepted)
    assert {refusal.code for refusal in judgement.refusals} == {"unreachable"}
    assert len(judgement.refusals) == len(rows)
    assert "Select" not in set(table.columns["city"])
