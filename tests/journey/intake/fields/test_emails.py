"""An e-mail address is judged by its form alone, and a buyer learns its class before buying."""

from __future__ import annotations

import csv
import json

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import assume, given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import DomainClass, Email, Problem, normalize_emails
from marketplace.journey.intake.fields.email_domains import FREE_PROVIDERS, ROLE_NAMES, is_disposable
from marketplace.journey.intake.fields.emails import _PLAIN, _SPECIAL
from tests.shared_data import shared


def one(text: str | None) -> tuple[Email | None, Problem | None]:
    column = normalize_emails([text])
    return column.values[0], column.problems.get(0)


@pytest.mark.parametrize(
    ("written", "address", "index_form"),
    [
        ("Ivan.Petrov@Gmail.COM", "Ivan.Petrov@gmail.com", "ivan.petrov@gmail.com"),
        (" jane@acme.com ", "jane@acme.com", "jane@acme.com"),
        ("Jane Doe <jane@acme.com>", "jane@acme.com", "jane@acme.com"),
        ("mailto:jane@acme.com?subject=hello", "jane@acme.com", "jane@acme.com"),
        ("jane@acme.com; office@acme.com", "jane@acme.com", "jane@acme.com"),
        ("a@пример.рф", "a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai"),
        ("jose\u0301@acme.com", "jos\u00e9@acme.com", "jos\u00e9@acme.com"),
    ],
)
def test_an_address_is_read_into_one_form(written: str, address: str, index_form: str) -> None:
    email, problem = one(written)
    assert email is not None
    assert (email.address, email.index_form, problem) == (address, index_form, None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("ivan@gmail,com", Problem.EMAIL_UNREADABLE),
        ("ivan gmail.com", Problem.EMAIL_UNREADABLE),
        ("a@b..com", Problem.EMAIL_UNREADABLE),
        ('"quoted name"@acme.com', Problem.EMAIL_UNREADABLE),
        ("a@[127.0.0.1]", Problem.EMAIL_UNREADABLE),
        ("a@home.test", Problem.EMAIL_SPECIAL_DOMAIN),
        ("A@printer.Local", Problem.EMAIL_SPECIAL_DOMAIN),
        ("<test lead: dummy data for email>", Problem.TEST_DATA),
        ("\u212aate@gmail.com\u0000", None),
    ],
)
def test_what_is_no_address_is_refused(written: str, problem: Problem | None) -> None:
    email, found = one(written)
    assert found is problem
    assert (email is None) is (problem is not None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ivan@gmail.com", DomainClass.FREE),
        ("ivan@acme.com", DomainClass.BUSINESS),
        ("Info@acme.com", DomainClass.ROLE),
        ("sales+poland@acme.com", DomainClass.ROLE),
        ("biuro@wp.pl", DomainClass.ROLE),
        ("informatics@acme.com", DomainClass.BUSINESS),
        ("ivan@mailinator.com", DomainClass.DISPOSABLE),
        ("info@sub.mailinator.com", DomainClass.DISPOSABLE),
    ],
)
def test_the_class_of_an_address(written: str, expected: DomainClass) -> None:
    email, _ = one(written)
    assert email is not None
    assert email.domain_class is expected


def test_no_provider_of_ordinary_mailboxes_is_taken_for_a_throw_away_one() -> None:
    for domain in FREE_PROVIDERS:
        email, _ = one(f"ivan@{domain}")
        assert email is not None
        assert email.domain_class is DomainClass.FREE


@given(st.from_regex(r"[A-Za-z0-9_%+.\-]{1,12}@[A-Za-z0-9.\-]{1,16}\.[a-z]{2,9}", fullmatch=True))
def test_the_fast_expression_takes_nothing_that_the_reference_refuses(text: str) -> None:
    assume(_PLAIN.fullmatch(text.lower()))
    email, problem = one(text)
    try:
        reference = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        assert problem is not None
    else:
        assert email is not None
        assert email.address == f"{reference.local_part}@{reference.ascii_domain}"
        assert text.rpartition(".")[2] not in _SPECIAL


@given(st.one_of(st.text(max_size=60), st.emails()))
def test_no_text_breaks_the_reader_and_reading_twice_changes_nothing(text: str) -> None:
    email, problem = one(text)
    assert email is None or problem is None
    if email is not None:
        assert one(email.address)[0] == email


def test_the_vectors_of_a_well_known_validator_are_answered_by_the_stated_policy() -> None:
    """Valid and reachable forms pass, apart from a bare top-level domain; white space around is forgiven;
    quoted names, bare IP addresses, comments and folding are refused: nobody types them into a form."""
    with shared("email-vectors/isemail_tests.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        address = json.loads(f'"{row["address_json_escaped"]}"')
        accepted = one(address)[0] is not None
        bare_top_level = "." not in address.rpartition("@")[2]
        trimmed = address.strip() != address
        if trimmed:
            assert accepted is (one(address.strip())[0] is not None), row["id"]
        else:
            expected = row["verdict"] in ("valid", "valid_dns_warn") and not bare_top_level
            assert accepted is expected, row["id"]
    assert len(rows) > 100


def test_most_known_throw_away_domains_are_recognized() -> None:
    lines = shared("email-domains/disposable_cc0.txt").read_text(encoding="utf-8").split()
    recognized = sum(map(is_disposable, lines))
    assert recognized / len(lines) > 0.99


def test_free_providers_and_roles_are_mostly_those_of_public_lists() -> None:
    free = set(shared("email-domains/free_providers_clean.txt").read_text(encoding="utf-8").split())
    roles = set(shared("email-domains/role_localparts.txt").read_text(encoding="utf-8").split())
    assert len(FREE_PROVIDERS & free) / len(FREE_PROVIDERS) > 0.7
    assert len(ROLE_NAMES & roles) / len(ROLE_NAMES) > 0.5
