"""Dates, numbers, money, places, accounts and traces, each as export tools of many countries write them."""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import (
    Account,
    Field,
    FieldContext,
    FieldType,
    Problem,
    infer_day_first,
    normalize_amounts,
    normalize_column,
    normalize_dates,
    normalize_decimals,
    normalize_integers,
    normalize_ips,
    normalize_moments,
    normalize_postal_codes,
    normalize_table,
)
from marketplace.kernel.money import Money
from tests.shared_data import shared

PLAIN = FieldContext()
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(text: str | None, kind: FieldType, context: FieldContext = PLAIN) -> object:
    """The value that a single cell is read into, or its problem."""
    column = normalize_column([text], kind, context)
    return column.problems.get(0, column.values[0])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-08-30T07:41:00+0200", datetime(2026, 8, 30, 5, 41, tzinfo=UTC)),
        ("2026-08-30 07:41:00 UTC", datetime(2026, 8, 30, 7, 41, tzinfo=UTC)),
        ("30.08.2026 07:41", datetime(2026, 8, 30, 7, 41, tzinfo=UTC)),
        ("08/30/2026 7:41 PM", datetime(2026, 8, 30, 19, 41, tzinfo=UTC)),
        ("8/30/2026 12:05 a.m.", datetime(2026, 8, 30, 0, 5, tzinfo=UTC)),
        ("Sunday, August 30, 2026 at 7:41 PM", datetime(2026, 8, 30, 19, 41, tzinfo=UTC)),
        ("30 августа 2026 г.", datetime(2026, 8, 30, tzinfo=UTC)),
        ("3 marca 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("30-Aug-26", datetime(2026, 8, 30, tzinfo=UTC)),
        ("1788000000", datetime(2026, 8, 29, 10, 40, tzinfo=UTC)),
        ("1788000000000", datetime(2026, 8, 29, 10, 40, tzinfo=UTC)),
        ("2026-02-30", Problem.DATE_IMPOSSIBLE),
        ("31/31/2026", Problem.DATE_IMPOSSIBLE),
        ("30.08.2026 25:00", Problem.DATE_IMPOSSIBLE),
        ("03/04/2026", Problem.DATE_AMBIGUOUS),
        ("0001-01-01T00:00:00+05:00", Problem.DATE_OUT_OF_RANGE),
        ("yesterday", Problem.DATE_UNREADABLE),
        ("45123", Problem.DATE_UNREADABLE),
    ],
)
def test_a_moment_is_read_into_utc_or_refused(written: str, expected: object) -> None:
    assert read(written, FieldType.MOMENT) == expected


def test_one_clear_date_settles_the_order_of_day_and_month_for_the_column() -> None:
    day_first = normalize_dates(["03/04/2026", "25/04/2026"], PLAIN)
    assert day_first.values == [date(2026, 4, 3), date(2026, 4, 25)]
    month_first = normalize_dates(["03/04/2026", "04/25/2026"], PLAIN)
    assert month_first.values == [date(2026, 3, 4), date(2026, 4, 25)]


def test_a_column_that_contradicts_itself_is_not_guessed() -> None:
    column = normalize_dates(["03/04/2026", "25/04/2026", "04/25/2026"], FieldContext(default_country="US"))
    assert column.problems == {0: Problem.DATE_AMBIGUOUS}
    assert infer_day_first(["25/04/2026", "04/25/2026"]) is None


def test_without_a_clear_date_the_country_decides_and_an_answer_given_by_the_caller_wins() -> None:
    texts = ["03/04/2026"]
    assert normalize_dates(texts, FieldContext(default_country="US")).values == [date(2026, 3, 4)]
    assert normalize_dates(texts, FieldContext(default_country="GB")).values == [date(2026, 4, 3)]
    assert normalize_dates(texts, FieldContext(default_country="US", day_first=True)).values == [
        date(2026, 4, 3)
    ]


def test_a_time_without_a_zone_is_the_offers_own() -> None:
    column = normalize_moments(["30.08.2026 12:00"], FieldContext(time_zone=ZoneInfo("Europe/Moscow")))
    assert column.values == [datetime(2026, 8, 30, 9, tzinfo=UTC)]


def test_a_birthday_in_two_digits_is_in_the_past() -> None:
    column = normalize_dates(["01.02.55", "01.02.05"], FieldContext(now=NOW))
    assert column.values == [date(1955, 2, 1), date(2005, 2, 1)]


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_reads_the_same_in_every_clear_spelling(day: date) -> None:
    for shape in ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y", "%b %d, %Y", "%Y%m%d"):
        assert read(day.strftime(shape).zfill(8), FieldType.DATE) == day


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1 234,56", Decimal("1234.56")),
        ("1.234,56", Decimal("1234.56")),
        ("1,234.56", Decimal("1234.56")),
        ("1'234", Decimal(1234)),
        ("12,34,567", Decimal(1234567)),
        (",5", Decimal("0.5")),
        ("٣٤", Decimal(34)),
        ("-3", Decimal(-3)),
        ("1,234", Problem.NUMBER_AMBIGUOUS),
        ("1,2,3", Problem.NUMBER_UNREADABLE),
        ("25-34", Problem.NUMBER_UNREADABLE),
        ("9" * 30, Problem.NUMBER_TOO_LARGE),
    ],
)
def test_a_number_is_read_with_any_countrys_separators(written: str, expected: object) -> None:
    assert read(written, FieldType.DECIMAL) == expected


def test_the_column_tells_what_a_lone_group_of_three_means() -> None:
    assert normalize_decimals(["1,234", "7.50"], PLAIN).values == [Decimal(1234), Decimal("7.50")]
    assert normalize_decimals(["1,234", "7,50"], PLAIN).values == [Decimal("1.234"), Decimal("7.50")]
    assert normalize_integers(["1,234", "1.234", "12"], PLAIN).values == [1234, 1234, 12]
    assert normalize_integers(["1.5"], PLAIN).problems == {0: Problem.NUMBER_NOT_WHOLE}


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", " ", "\u00a0", "'", ""]))
def test_whole_numbers_survive_any_grouping(number: int, sign: str) -> None:
    assert read(f"{number:,}".replace(",", sign), FieldType.INTEGER) == number


@pytest.mark.parametrize(
    ("written", "currency", "expected"),
    [
        ("2000", "RUB", Money(200_000, "RUB")),
        ("2 000 ₽", "RUB", Money(200_000, "RUB")),
        ("2000,50 руб.", "RUB", Money(200_050, "RUB")),
        ("$1,234.50", "USD", Money(123_450, "USD")),
        ("$1,234.50", "CAD", Money(123_450, "CAD")),
        ("1.234,50 €", "EUR", Money(123_450, "EUR")),
        ("100 USD", None, Money(10_000, "USD")),
        ("2000", "JPY", Money(2_000, "JPY")),
        ("-5", "EUR", Money(-500, "EUR")),
        ("10 USD", "EUR", Problem.MONEY_OTHER_CURRENCY),
        ("10", None, Problem.MONEY_CURRENCY_UNKNOWN),
        ("1.5", "JPY", Problem.MONEY_TOO_PRECISE),
        ("free", "EUR", Problem.MONEY_UNREADABLE),
        ("19.999", "EUR", Problem.NUMBER_AMBIGUOUS),
    ],
)
def test_money_is_minor_units_of_the_offers_currency(
    written: str, currency: str | None, expected: object
) -> None:
    assert read(written, FieldType.MONEY, FieldContext(currency=currency)) == expected


def test_the_country_settles_a_lone_group_of_three_in_prices() -> None:
    column = normalize_amounts(["2,000"], FieldContext(currency="USD", default_country="US"))
    assert column.values == [Money(200_000, "USD")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("DE", "DE"), ("germany", "DE"), ("Niemcy", "DE"), ("Россия", "RU"), ("РФ", "RU"), ("RUS", "RU"),
        ("USA", "US"), ("UK", "GB"), ("ایران", "IR"), ("Cote d'Ivoire", "CI"), ("NA", "NA"), ("Türkiye", "TR"),
        ("Wakanda", Problem.COUNTRY_UNKNOWN), ("n/a", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_code_or_name(written: str, expected: object) -> None:
    assert read(written, FieldType.COUNTRY) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://t.me/Ivan_Petrov", Account("telegram", "ivan_petrov")),
        ("@ivan_petrov", Account("telegram", "ivan_petrov")),
        ("Telegram @ivan_petrov", Account("telegram", "ivan_petrov")),
        ("wa.me/79161234567", Account("whatsapp", "+79161234567")),
        ("https://api.whatsapp.com/send?phone=79161234567&text=hi", Account("whatsapp", "+79161234567")),
        ("WhatsApp: 8 916 123 45 67", Account("whatsapp", "+79161234567")),
        ("viber://chat?number=%2B79161234567", Account("viber", "+79161234567")),
        ("https://www.instagram.com/some.name/?hl=en", Account("instagram", "some.name")),
        ("vk.com/id12345", Account("vk", "id12345")),
        ("facebook.com/profile.php?id=1000123", Account("facebook", "1000123")),
        ("https://www.linkedin.com/in/jane-doe-123/", Account("linkedin", "jane-doe-123")),
        ("instagram.com/p/Cxyz", Problem.ACCOUNT_NOT_A_PERSON),
        ("vk.com/club123", Problem.ACCOUNT_NOT_A_PERSON),
        ("linkedin.com/company/acme", Problem.ACCOUNT_NOT_A_PERSON),
        ("https://t.me/+AbCdEf", Problem.ACCOUNT_NOT_A_PERSON),
        ("https://my-own-site.com/me", Problem.ACCOUNT_NETWORK_UNKNOWN),
        ("telegram: !!", Problem.ACCOUNT_UNREADABLE),
    ],
)
def test_an_account_is_one_spelling_of_a_person_on_a_network(written: str, expected: object) -> None:
    assert read(written, FieldType.MESSENGER, FieldContext(default_country="RU")) == expected


@pytest.mark.parametrize(
    ("written", "kind", "expected"),
    [
        ("8.8.8.8", FieldType.IP, "8.8.8.8"),
        ("::ffff:8.8.8.8", FieldType.IP, "8.8.8.8"),
        ("192.168.1.7", FieldType.IP, Problem.IP_NOT_PUBLIC),
        ("999.1.1.1", FieldType.IP, Problem.IP_UNREADABLE),
        ("Example.com/Path?x=1", FieldType.URL, "https://example.com/Path?x=1"),
        ("javascript:alert(1)", FieldType.URL, Problem.URL_UNREADABLE),
        ("https://user:password@acme.com/", FieldType.URL, Problem.URL_UNREADABLE),
        (
            "https://cert.trustedform.com/" + "a1" * 20,
            FieldType.CERTIFICATE,
            "https://cert.trustedform.com/" + "a1" * 20,
        ),
        ("https://evil.com/" + "a1" * 20, FieldType.CERTIFICATE, Problem.CERTIFICATE_ISSUER_UNKNOWN),
        ("Null", FieldType.NAME, "Null"),
        ("Анна  Мария", FieldType.NAME, "Анна Мария"),
        ("jane@acme.com", FieldType.NAME, Problem.NAME_UNREADABLE),
        ("123", FieldType.NAME, Problem.NAME_UNREADABLE),
        ("Да", FieldType.BOOLEAN, True),
        ("нет", FieldType.BOOLEAN, False),
        ("maybe", FieldType.BOOLEAN, Problem.BOOLEAN_UNREADABLE),
        ("x" * 3_000, FieldType.TEXT, Problem.TEXT_TOO_LONG),
    ],
)
def test_other_values(written: str, kind: FieldType, expected: object) -> None:
    assert read(written, kind) == expected


@given(st.ip_addresses(v=4))
def test_the_fast_look_at_an_ip_address_agrees_with_the_standard_library(address: object) -> None:
    column = normalize_ips([str(address)])
    assert (column.values[0] is not None) is (address.is_global and not address.is_multicast)  # type: ignore[attr-defined]


def test_a_choice_is_found_by_its_synonyms_without_regard_to_case() -> None:
    context = FieldContext(choices={"own_home": ("Home owner", "собственник"), "none": ()})
    column = normalize_column(
        ["HOME-OWNER", "Собственник", "own home", "none", "tenant"], FieldType.CHOICE, context
    )
    assert column.values == ["own_home", "own_home", "own_home", "none", None]
    assert column.problems == {4: Problem.CHOICE_UNKNOWN}


def test_postal_codes_are_mended_where_spreadsheets_break_them() -> None:
    column = normalize_postal_codes(
        ["2139", "z:94103", "902101234", "abc"], FieldContext(default_country="US")
    )
    assert column.values == ["02139", "94103", "90210-1234", None]
    mixed = normalize_postal_codes(
        ["sw1a1aa", "k1a0b1", "00950"], FieldContext(row_countries=["GB", "CA", "PL"])
    )
    assert mixed.values == ["SW1A 1AA", "K1A 0B1", "00-950"]


def test_example_postal_codes_of_every_country_are_taken() -> None:
    refused = []
    with shared("geo/postal_formats.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for example in filter(None, row["examples"].split(",")):
                if normalize_postal_codes([example], FieldContext(default_country=row["country"])).problems:
                    refused.append((row["country"], example))
    assert refused == []


@given(st.text(max_size=60), st.sampled_from(list(FieldType)))
def test_no_text_breaks_any_type(text: str, kind: FieldType) -> None:
    context = FieldContext(default_country="DE", currency="EUR", choices={"yes": ("y",)}, now=NOW)
    column = normalize_column([text, None, text], kind, context)
    assert len(column.values) == 3
    assert column.values[0] == column.values[2]
    assert column.values[1] is None


@given(
    st.text(max_size=60),
    st.sampled_from([FieldType.NAME, FieldType.TEXT, FieldType.COUNTRY, FieldType.URL, FieldType.IP]),
)
def test_reading_what_was_read_changes_nothing(text: str, kind: FieldType) -> None:
    first = normalize_column([text], kind, PLAIN).values[0]
    if first is not None:
        assert normalize_column([first], kind, PLAIN).values[0] == first
        assert unicodedata.normalize("NFC", first) == first
        assert not re.search(r"[\x00-\x1f]", first)


def test_a_table_reads_each_column_by_its_field_and_phones_under_the_rows_country() -> None:
    own = {"income": Field("income", FieldType.MONEY, currency="EUR")}
    columns = {
        "phone": ["601 234 567", "8 916 123 45 67"],
        "country": ["Poland", "RU"],
        "income": ["10", "x"],
        "odd": ["1", "2"],
    }
    table = normalize_table(columns, own, PLAIN)
    assert [phone.e164 for phone in table.columns["phone"]] == ["+48601234567", "+79161234567"]
    assert table.problems == {"income": {1: Problem.MONEY_UNREADABLE}}
    assert "odd" not in table.columns
    assert table.row_count == 2
