"""The faults of a row, each rule by itself; a rule yields row, code and column."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from marketplace.journey.intake.fields import (
    FieldType,
    NormalTable,
    Problem,
    is_fictional,
)

from .consent import ConsentFindings
from .demands import JudgeContext, column_of
from .reach import CONTACTS, Reach
from .reasons import Refused

#: How far a clock elsewhere may run ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=10)

_TEST_DOMAINS = frozenset({"example.com", "example.net", "example.org", "test.com"})
_TEST_MAILBOXES = (
    "test@",
    "test1@",
    "testing@",
    "tester@",
    "testtest@",
    "test.test@",
    "testlead@",
    "test.lead@",
)
_TEST_NAMES = frozenset(
    {"test", "test test", "testing", "test lead", "lead test", "test user", "test name", "тест", "тест тест"}
)
_DATED = frozenset({"created_at", "consent_at"})

#: Row, code of the refusal, column.
Fault: TypeAlias = tuple[int, str, str | None]


def find_test_data(table: NormalTable) -> Iterator[Fault]:
    """Values that a person never gave: dummies of advertising platforms, test mailboxes, test names."""
    for name, problems in table.problems.items():
        for row, problem in problems.items():
            if problem is Problem.TEST_DATA:
                yield row, problem, name
    yield from (
        (row, Problem.TEST_DATA, "test") for row, told in enumerate(table.columns.get("test", ())) if told
    )
    emails = table.columns.get("email", ())
    domains = {email.domain for email in emails if email is not None}
    dummies = {domain for domain in domains if domain in _TEST_DOMAINS or domain.endswith(".example")}
    for row, email in enumerate(emails):
        if email is not None and (email.domain in dummies or email.index_form.startswith(_TEST_MAILBOXES)):
            yield row, Problem.TEST_DATA, "email"
    yield from _test_names(table)


def _test_names(table: NormalTable) -> Iterator[Fault]:
    """Rows whose whole name is a dummy; "Test" alone is also a surname, so that both names have to be one."""
    full, first, last = (
        column_of(table.columns, name, table.row_count) for name in ("full_name", "first_name", "last_name")
    )
    dummies = {text for text in {*full, *first} if text and text.casefold() in _TEST_NAMES}
    if not dummies:
        return
    for row in range(table.row_count):
        if full[row] in dummies:
            yield row, Problem.TEST_DATA, "full_name"
        elif first[row] in dummies and last[row] and last[row].casefold() in _TEST_NAMES:
            yield row, Problem.TEST_DATA, "first_name"


def find_countries_not_held(
    countries: Sequence[frozenset[str]], columns: Mapping[str, Sequence[Any]], context: JudgeContext
) -> Iterator[Fault]:
    """People of countries that this installation may not hold."""
    held = context.held_countries
    if held is None:
        return
    stated = columns.get("country")
    for row, own in enumerate(countries):
        if not own <= held:
            told = stated is not None and stated[row] is not None and stated[row] not in held
            yield row, Refused.COUNTRY_NOT_HELD, "country" if told or "phone" not in columns else "phone"


def find_unreachable(table: NormalTable, reaches: Sequence[Reach]) -> Iterator[Fault]:
    """Rows that reach nobody, with what is wrong with their contacts first, since that is the way out."""
    unreachable = [row for row, reach in enumerate(reaches) if not reach.channels]
    for row in unreachable:
        for name in CONTACTS:
            problem = table.problems.get(name, {}).get(row)
            if problem is not None and problem is not Problem.TEST_DATA:
                yield row, problem, name
        code = reaches[row].code or Refused.UNREACHABLE
        yield row, code, reaches[row].column


def find_refused_contacts(table: NormalTable, context: JudgeContext) -> Iterator[Fault]:
    """Contacts that read well and are refused by policy."""
    if context.refuse_fictional_phone:
        for name in ("phone", "phone_2"):
            for row, phone in enumerate(table.columns.get(name, ())):
                if phone is not None and is_fictional(phone):
                    yield row, Refused.PHONE_FICTIONAL, name


def find_required(table: NormalTable, context: JudgeContext) -> Iterator[Fault]:
    """Required fields that are empty."""
    for name in sorted(context.required_fields):
        column = column_of(table.columns, name, table.row_count)
        problems = table.problems.get(name, {})
        for row, value in enumerate(column):
            if value is None and row not in problems:
                yield row, Refused.REQUIRED_MISSING, name


def find_unreadable(table: NormalTable, context: JudgeContext) -> Iterator[Fault]:
    """Unreadable values of the fields that are required or that buyers choose by; others are only noted.

    A word that is none of an optional field's choices is no fault either: the lead is listed without it.
    """
    strict = context.required_fields | context.own_fields.keys() | _DATED
    for name in sorted(table.problems.keys() & strict):
        for row, problem in table.problems[name].items():
            unlisted = problem is Problem.CHOICE_UNKNOWN and name not in context.required_fields
            if problem is not Problem.TEST_DATA and not unlisted:
                yield row, problem, name


def find_negative_amounts(table: NormalTable, context: JudgeContext) -> Iterator[Fault]:
    """Amounts of money below zero in the fields of the vertical."""
    for name, described in context.own_fields.items():
        if described.type is FieldType.MONEY:
            for row, amount in enumerate(table.columns.get(name, ())):
                if amount is not None and amount.amount < 0:
                    yield row, Refused.NEGATIVE_AMOUNT, name


def find_times(columns: Mapping[str, Sequence[Any]], context: JudgeContext) -> Iterator[Fault]:
    """Times that have not come yet, and leads that are too old."""
    latest = context.now + CLOCK_TOLERANCE
    oldest = context.now - context.max_age if context.max_age is not None else None
    for row, created_at in enumerate(columns.get("created_at", ())):
        if created_at is None:
            continue
        if created_at > latest:
            yield row, Refused.CREATED_IN_FUTURE, "created_at"
        elif oldest is not None and created_at < oldest:
            yield row, Refused.LEAD_TOO_OLD, "created_at"
    for row, consent_at in enumerate(columns.get("consent_at", ())):
        if consent_at is not None and consent_at > latest:
            yield row, Refused.CONSENT_IN_FUTURE, "consent_at"


def find_ages(table: NormalTable, context: JudgeContext) -> Iterator[Fault]:
    """People below the lowest age of the vertical, and people whose age nobody told."""
    least = context.minimum_age_years
    if least is None:
        return
    born = column_of(table.columns, "birth_date", table.row_count)
    ages = column_of(table.columns, "age", table.row_count)
    latest_birth = _years_before(context.now.date(), least)
    for row, (birth_date, age) in enumerate(zip(born, ages, strict=True)):
        if birth_date is not None and birth_date > latest_birth:
            yield row, Refused.UNDER_AGE, "birth_date"
        elif age is not None and age < least:
            yield row, Refused.UNDER_AGE, "age"
        elif birth_date is None and age is None:
            yield row, Refused.AGE_UNKNOWN, "birth_date"


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        # Born on 29 February: of age from 1 March, so on 28 February only those born by 28 February are.
        return day.replace(year=day.year - years, day=28)


def find_consent_faults(table: NormalTable, consent: ConsentFindings) -> Iterator[Fault]:
    """Evidence of consent that is missing or unreadable."""
    for row, evidence in consent.missing:
        problem = table.problems.get(evidence, {}).get(row)
        name = evidence.value
        code = problem or Refused(f"{name if name.startswith('consent_') else 'consent_' + name}_missing")
        yield row, code, name
