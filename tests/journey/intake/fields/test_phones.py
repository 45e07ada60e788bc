"""A seller may write numbers as people do; the exchange keeps one form and says what is wrong with the rest."""

from __future__ import annotations

import csv
import os
import random
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import Phone, PhoneKind, Problem, is_fictional, normalize_phones
from marketplace.journey.intake.fields import phones as phones_module
from marketplace.journey.intake.fields.phone_engines import (
    DISPUTED_CALLING_CODES,
    PROVEN_RELEASES,
    compiled_is_available,
    read_with_compiled,
    read_with_reference,
)
from marketplace.journey.intake.fields.problems import Unreadable
from tests.shared_data import shared


def one(text: str | None, country: str | None = None) -> tuple[Phone | None, Problem | None]:
    column = normalize_phones([text], country)
    return column.values[0], column.problems.get(0)


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("8 (916) 123-45-67", "RU", "+79161234567"),
        ("79161234567", "RU", "+79161234567"),
        ("79161234567.0", "RU", "+79161234567"),
        ("p:+27825550101", "RU", "+27825550101"),
        ("'+79161234567", None, "+79161234567"),
        ("79161234567", None, "+79161234567"),
        ("tel: +44 20 8366 1177", "RU", "+442083661177"),
        ("00442083661177", "US", "+442083661177"),
        ("00442083661177", None, "+442083661177"),
        ("８ ９１６ １２３ ４５ ６７", "RU", "+79161234567"),
        ("+7 903 123-45-67, +7 495 123-45-67", "RU", "+79031234567"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("01.23.45.67.00", "FR", "+33123456700"),
        ("\u202a+48 601 234 567\u202c", None, "+48601234567"),
    ],
)
def test_a_number_is_read_however_it_is_written(written: str, country: str | None, e164: str) -> None:
    phone, problem = one(written, country)
    assert phone is not None
    assert (phone.e164, phone.valid, problem) == (e164, True, None)


@pytest.mark.parametrize("written", ["", None, "-", "n/a", "null", "Select", "не указано", "  "])
def test_a_field_left_untouched_is_missing_and_not_wrong(written: str | None) -> None:
    assert one(written, "PL") == (None, None)


@pytest.mark.parametrize(
    ("written", "country", "problem"),
    [
        ("7.9161234567E+10", "RU", Problem.PHONE_DAMAGED),
        ("call me", "RU", Problem.PHONE_UNREADABLE),
        ("12345", "PL", Problem.PHONE_TOO_SHORT),
        ("+48 601 234 567 890", "PL", Problem.PHONE_TOO_LONG),
        ("8 916 123 45 67", None, Problem.PHONE_COUNTRY_UNKNOWN),
        ("+999 123 456 789", "PL", Problem.PHONE_COUNTRY_UNKNOWN),
        ("+1 123 456 7890", "US", Problem.PHONE_NOT_ASSIGNED),
        ("<test lead: dummy data for phone_number>", "US", Problem.TEST_DATA),
        ("p:<test lead: dummy data for phone_number>", "US", Problem.TEST_DATA),
    ],
)
def test_what_is_wrong_with_a_number_is_said(written: str, country: str | None, problem: Problem) -> None:
    phone, found = one(written, country)
    assert found is problem
    assert phone is None or not phone.valid


def test_kind_country_and_extension_are_known() -> None:
    assert one("+48 601 234 567")[0] == Phone("+48601234567", "PL", PhoneKind.MOBILE, True, None, None)
    tolled, _ = one("+80012345678")
    assert tolled is not None
    assert (tolled.country, tolled.kind) == (None, PhoneKind.TOLL_FREE)
    desk, _ = one("+1 212 736 5000 x508")
    assert desk is not None
    assert desk.extension == "508"


@pytest.mark.parametrize(
    ("written", "fictional"), [("+12125550123", True), ("+447700900123", True), ("+12125551123", False)]
)
def test_numbers_of_films_are_told_apart(written: str, fictional: bool) -> None:
    phone, _ = one(written)
    assert phone is not None
    assert is_fictional(phone) is fictional


def test_each_row_is_read_under_its_own_country() -> None:
    context = phones_module.FieldContext(default_country="PL", row_countries=["RU", None])
    column = phones_module.normalize_phone_column(["8 916 123 45 67", "601 234 567"], context)
    assert [phone and phone.e164 for phone in column.values] == ["+79161234567", "+48601234567"]


@given(st.text(max_size=40), st.sampled_from([None, "US", "RU", "PL", "BR"]))
def test_no_text_breaks_the_reader_and_reading_twice_changes_nothing(text: str, country: str | None) -> None:
    phone, problem = one(text, country)
    assert phone is None or (phone.problem == problem and re.fullmatch(r"\+\d{1,20}", phone.e164))
    if phone is not None and phone.valid:
        again, _ = one(phone.e164, country)
        assert again == phone._replace(extension=None)


def test_example_numbers_of_every_country_are_read_as_the_reference_does() -> None:
    with shared("phone-vectors/example_numbers.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        for text, country in (
            (row["e164"], None),
            (row["international"], None),
            (row["national"], row["region"]),
        ):
            expected = phonenumbers.parse(text, country)
            phone, _ = one(text, country)
            assert phone is not None
            assert phone.e164 == phonenumbers.format_number(expected, phonenumbers.PhoneNumberFormat.E164)
            assert phone.valid is phonenumbers.is_valid_number(expected)
        if row["is_valid"] == "1":
            phone, _ = one(row["e164"])
            assert phone is not None
            region = row["region_actual"] if row["region_actual"] != "001" else None
            kind = {"uan": "company_wide"}.get(row["type_actual"].lower(), row["type_actual"].lower())
            assert (phone.country, phone.kind.value) == (region, kind)
    assert rows


def test_invalid_numbers_are_never_valid() -> None:
    with shared("phone-vectors/invalid_numbers.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            phone, problem = one(row["e164"])
            assert problem is not None
            assert phone is None or not phone.valid


def test_the_library_authors_own_strings_are_read_as_they_say() -> None:
    """Where the reference finds a valid number we find the same; elsewhere a second reading may still find one."""
    with shared("phone-vectors/parse_vectors.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    same = 0
    for row in rows:
        phone, _ = one(row["input"], row["default_region"] or None)
        if row["is_valid"] == "1":
            assert phone is not None, row["input"]
            assert phone.e164 == row["e164"], row["input"]
            assert phone.valid
            same += 1
    assert same


def test_the_compiled_reader_is_only_trusted_with_the_releases_it_was_compared_with() -> None:
    if not compiled_is_available():
        pytest.skip(f"the releases {PROVEN_RELEASES} of the two libraries are not both installed")
    assert read_with_compiled("+48601234567", None) == read_with_reference("+48601234567", None)
    code = min(DISPUTED_CALLING_CODES)
    assert read_with_compiled(f"+{code}721234567", None) is None
    assert read_with_compiled("+79300123456", None) is None


def test_without_the_compiled_reader_everything_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = list(_generated(3_000, seed=2))
    fast = [one(text, country) for country, text in numbers]
    monkeypatch.setattr("marketplace.journey.intake.fields.phone_engines._COMPILED", None)
    assert fast == [one(text, country) for country, text in numbers]


def test_the_two_readers_agree_wherever_the_compiled_one_is_used() -> None:
    """All countries of the plan; set EXCHANGE_PARITY_NUMBERS for a longer run."""
    if not compiled_is_available():
        pytest.skip("the compiled reader is not in use in this installation")
    compared = 0
    for country, text in _generated(int(os.environ.get("EXCHANGE_PARITY_NUMBERS", "12000")), seed=11):
        compiled = read_with_compiled(text, country)
        if compiled is not None:
            assert compiled == read_with_reference(text, country), text
            compared += 1
        else:
            try:
                number = read_with_reference(text, country)
            except Unreadable:
                continue
            # What the compiled reader leaves to the reference are the disputed numbers only.
            assert number.e164.startswith(("+7930", "+345", "+49154", "+61496", "+91796")) or any(
                number.e164.startswith(f"+{code}") for code in DISPUTED_CALLING_CODES
            )
    assert compared > 1_000


def _generated(count: int, seed: int) -> list[tuple[str, str]]:
    """Plausible, damaged and random numbers of every country, each in one of the ways in which people write."""
    chance = random.Random(seed)
    countries = sorted(phonenumbers.SUPPORTED_REGIONS)
    return [_one_generated(chance, countries[row % len(countries)]) for row in range(count)]


def _one_generated(chance: random.Random, country: str) -> tuple[str, str]:
    code = phonenumbers.country_code_for_region(country)
    example = phonenumbers.example_number_for_type(
        country, chance.choice((0, 1, 1, 2, 3, 6))
    ) or phonenumbers.example_number(country)
    digits = str(example.national_number)
    kept = chance.randint(1, len(digits)) if chance.random() < 0.8 else 0
    length = len(digits) if chance.random() < 0.85 else chance.randint(4, 13)
    digits = (digits[:kept] + "".join(chance.choice("0123456789") for _ in range(length)))[:length]
    national = (phonenumbers.ndd_prefix_for_region(country, True) or "") + digits
    spelled = [
        f"+{code}{digits}",
        f"{code}{digits}",
        national,
        f"+{code} ({digits[:3]}) {digits[3:6]}-{digits[6:]}",
    ]
    return country, chance.choice(spelled)
