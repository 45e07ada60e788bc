"""The decision about each row of a chunk in normal form: accepted, or refused and why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from marketplace.journey.intake.fields import DomainClass, NormalTable

from .consent import PHONE_CHANNELS, ConsentFindings, Evidence, check_consent, required_evidence
from .demands import JudgeContext, column_of
from .faults import (
    Fault,
    find_ages,
    find_consent_faults,
    find_countries_not_held,
    find_negative_amounts,
    find_refused_contacts,
    find_required,
    find_test_data,
    find_times,
    find_unreachable,
    find_unreadable,
)
from .reach import CONTACTS, PERSONAL_KINDS, Person, Reach, judge_reach
from .reasons import sentence

_PLAIN_PERSON = Person(False, None, None, None)


class Refusal(NamedTuple):
    """One fault of one row; *detail* is the sentence for the seller and never holds a value of the row."""

    row: int
    code: str
    column: str | None
    detail: str


class Judgement(NamedTuple):
    """The decisions for a chunk; a row's first refusal decides its code."""

    accepted: list[bool]
    refusals: list[Refusal]
    answers: list[dict[str, Any]]


def judge(table: NormalTable, context: JudgeContext) -> Judgement:
    """Judge every row of *table*; answers hold what was checked, without personal data."""
    columns, rows = table.columns, table.row_count
    reaches = _reaches(columns, rows)
    countries = _countries(columns, rows, context.default_country)
    consent = _consent(columns, rows, countries, context)
    faults: list[Fault] = []
    faults += find_test_data(table)
    faults += find_countries_not_held(countries, columns, context)
    faults += find_unreachable(table, reaches)
    faults += find_refused_contacts(table, context)
    faults += find_required(table, context)
    faults += find_unreadable(table, context)
    faults += find_negative_amounts(table, context)
    faults += find_times(columns, context)
    faults += find_ages(table, context)
    faults += find_consent_faults(table, consent)
    refusals = _told(faults)
    accepted = [True] * rows
    for refusal in refusals:
        accepted[refusal.row] = False
    return Judgement(accepted, refusals, _answers(table, reaches, countries, consent, context))


def _told(faults: Iterable[Fault]) -> list[Refusal]:
    """Refusals by row, each fault once, the earlier rule first."""
    sentences: dict[tuple[str, str | None], str] = {}
    told = []
    for fault in sorted(dict.fromkeys(faults), key=lambda fault: fault[0]):
        row, code, column = fault
        if (code, column) not in sentences:
            sentences[code, column] = sentence(code, column)
        told.append(Refusal(row, code, column, sentences[code, column]))
    return told


def _reaches(columns: Mapping[str, Sequence[Any]], rows: int) -> list[Reach]:
    """The reach of each row; the commonest shapes share one answer."""
    contacts = [column_of(columns, name, rows) for name in CONTACTS]
    people = _people(columns, rows)
    reaches: list[Reach] = []
    known: dict[tuple[bool, bool], Reach] = {}
    for row, (phone, second, email, messenger, social) in enumerate(zip(*contacts, strict=True)):
        person = people[row] if people else _PLAIN_PERSON
        plain_email = email is not None and email.domain_class in (DomainClass.FREE, DomainClass.BUSINESS)
        usual = phone is not None and phone.valid and phone.kind in PERSONAL_KINDS and not phone.extension
        if usual and person.company is None and not (second or messenger or social):
            shared = known.get((True, plain_email))
            if shared is None:
                shared = known[True, plain_email] = Reach(("phone", "email") if plain_email else ("phone",))
            reaches.append(shared)
        else:
            reaches.append(judge_reach((phone, second), email, (messenger, social), person))
    return reaches


def _people(columns: Mapping[str, Sequence[Any]], rows: int) -> list[Person]:
    """Who is named in each row, or nothing where no row names a company, for only then it matters."""
    if not any(columns.get("company", ())):
        return []
    names = zip(
        *(column_of(columns, name, rows) for name in ("full_name", "first_name", "last_name")), strict=True
    )
    offices = zip(
        *(column_of(columns, name, rows) for name in ("company", "position", "authority")), strict=True
    )
    return [Person(any(name), *office) for name, office in zip(names, offices, strict=True)]


def _countries(columns: Mapping[str, Sequence[Any]], rows: int, default: str | None) -> list[frozenset[str]]:
    """All countries that a row points to: the person's and the number's, else the offer's."""
    sets: dict[tuple[str | None, str | None], frozenset[str]] = {}
    stated, phones = column_of(columns, "country", rows), column_of(columns, "phone", rows)
    found = []
    for country, phone in zip(stated, phones, strict=True):
        key = (country, phone.country if phone is not None else None)
        if key not in sets:
            sets[key] = frozenset(code for code in key if code) or frozenset({default} if default else ())
        found.append(sets[key])
    return found


def _consent(
    columns: Mapping[str, Sequence[Any]],
    rows: int,
    countries: Sequence[frozenset[str]],
    context: JudgeContext,
) -> ConsentFindings:
    """Group the rows by what is required of them, and look for it."""
    first, second = column_of(columns, "phone", rows), column_of(columns, "phone_2", rows)
    by_key: dict[tuple[frozenset[str], bool], list[int]] = {}
    for row, (own, phone, other) in enumerate(zip(countries, first, second, strict=True)):
        by_key.setdefault((own, phone is not None or other is not None), []).append(row)
    groups: dict[frozenset[Evidence], list[int]] = {}
    for (own, has_phone), members in by_key.items():
        channels = context.contact_channels if has_phone else context.contact_channels - PHONE_CHANNELS
        required: frozenset[Evidence] = frozenset()
        for country in own or (None,):
            required |= required_evidence(context.consent_rules, context.vertical, country, channels)
        groups.setdefault(required, []).extend(members)
    return check_consent(columns, groups, rows, context.offered_evidence)


def _answers(
    table: NormalTable,
    reaches: Sequence[Reach],
    countries: Sequence[frozenset[str]],
    consent: ConsentFindings,
    context: JudgeContext,
) -> list[dict[str, Any]]:
    rows = table.row_count
    phones, emails, created = (
        column_of(table.columns, name, rows) for name in ("phone", "email", "created_at")
    )
    ages = _ages_hours(created, context.now)
    # Rows of which the same is told share one answer, which nobody changes.
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    answers: list[dict[str, Any]] = []
    for reach, own, phone, email, basis, age_hours in zip(
        reaches, countries, phones, emails, consent.bases, ages, strict=True
    ):
        phone_word = None if phone is None else phone.kind if phone.valid else "invalid"
        email_word = None if email is None else email.domain_class
        key = (reach.channels, own, phone_word, email_word, basis, age_hours)
        answer = known.get(key)
        if answer is None:
            answer = known[key] = {
                "reach": list(reach.channels),
                "countries": sorted(own),
                "phone": None if phone_word is None else str(phone_word),
                "email": None if email_word is None else str(email_word),
                "consent": str(basis),
                "age_hours": age_hours,
            }
        answers.append(answer)
    for name, problems in table.problems.items():
        for row in problems:
            unreadable = answers[row].get("unreadable", ())
            answers[row] = {**answers[row], "unreadable": [*unreadable, name]}
    return answers


def _ages_hours(created: Sequence[datetime | None], now: datetime) -> list[int | None]:
    """How many whole hours ago each lead was left."""
    now_seconds = now.timestamp()
    ages = {
        made: None if made is None else max(0, int(now_seconds - made.timestamp()) // 3600)
        for made in set(created)
    }
    return [ages[made] for made in created]
