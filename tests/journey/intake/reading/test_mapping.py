"""Columns are recognized by their names in many languages, by slips of the pen, and by what stands in them."""

from __future__ import annotations

import json

import pytest

from marketplace.journey.intake.reading import (
    STANDARD_FIELDS,
    FieldDescription,
    UnknownMapping,
    apply_mapping,
    normalize_header,
    propose_mapping,
)
from tests.shared_data import shared

from .files import read_all


def fields_of(headers: list[str], rows: list[list[str | None]] | None = None) -> dict[str, str | None]:
    mapping = propose_mapping(headers, STANDARD_FIELDS, rows or [])
    return {entry.column: entry.field for entry in mapping.columns}


@pytest.mark.parametrize(
    ("phone", "email", "first", "last", "city"),
    [
        ("Phone Number", "E-Mail Address", "First Name", "Last Name", "City"),
        ("phone_number", "email_address", "firstName", "LastName", "city"),
        ("Телефон", "Электронная почта", "Имя", "Фамилия", "Город"),
        ("Numer telefonu", "Adres e-mail", "Imię", "Nazwisko", "Miejscowość"),
        ("Telefonnummer", "E-Mail-Adresse", "Vorname", "Nachname", "Ort"),
        ("Teléfono móvil", "Correo electrónico", "Nombre", "Apellidos", "Ciudad"),
        ("Téléphone", "Adresse e-mail", "Prénom", "Nom", "Ville"),
        ("Telemóvel", "Correio eletrónico", "Primeiro nome", "Sobrenome", "Cidade"),
        ("شماره تلفن", "ایمیل", "نام", "نام خانوادگی", "شهر"),
        ("Telefon numarası", "E-posta", "Ad", "Soyad", "Şehir"),
    ],
)
def test_headers_are_known_in_many_languages(
    phone: str, email: str, first: str, last: str, city: str
) -> None:
    assert fields_of([phone, email, first, last, city]) == {
        phone: "phone",
        email: "email",
        first: "first_name",
        last: "last_name",
        city: "city",
    }


def test_a_name_in_one_column_is_the_whole_name() -> None:
    assert fields_of(["Имя", "Телефон"])["Имя"] == "full_name"
    assert fields_of(["Nom", "Téléphone"])["Nom"] == "full_name"
    assert fields_of(["Nom", "Prénom"]) == {"Nom": "last_name", "Prénom": "first_name"}


def test_slips_are_forgiven_and_said_to_be_less_sure() -> None:
    mapping = propose_mapping(["Nmae", "Emial", "Phne", "Compny", "Statu"])
    assert [entry.field for entry in mapping.columns] == ["full_name", "email", "phone", "company", None]
    assert all(0.7 < entry.confidence < 1 for entry in mapping.columns[:4])
    assert {entry.reason for entry in mapping.columns[:4]} == {"similar_header"}


@pytest.mark.parametrize(
    "header",
    [
        "Do Not Email",
        "Email Status",
        "Lead Number",
        "Country Code",
        "File name",
        "User name",
        "Lead Owner",
        "Rate",
    ],
)
def test_headers_that_only_look_alike_are_left_alone(header: str) -> None:
    assert fields_of([header])[header] is None


def test_content_speaks_where_a_header_says_nothing_or_the_wrong_thing() -> None:
    rows: list[list[str | None]] = [
        ["a@x.example", "+49 170 1234567", "+49 170 7654321"],
        ["b@x.example", "0170 123456", None],
    ]
    assert fields_of(["Field 1", "Field 2", "Field 3"], rows) == {
        "Field 1": "email",
        "Field 2": "phone",
        "Field 3": None,
    }
    assert (
        fields_of(["☎ Contact", "Mail"], [["555-6001", "a@x.example"], ["555-6002", None]])["☎ Contact"]
        == "phone"
    )


def test_a_second_telephone_becomes_phone_2_and_a_third_stays_extra() -> None:
    assert list(fields_of(["Phone", "Mobile", "Tel"]).values()) == ["phone", "phone_2", None]
    assert list(fields_of(["Email", "Email (2)"]).values()) == ["email", None]


def test_the_uploaders_choice_goes_before_everything() -> None:
    mapping = propose_mapping(["Email", "Work", "Phone"], explicit={"Work": "email", 2: None})
    assert [entry.field for entry in mapping.columns] == [None, "email", None]


@pytest.mark.parametrize(
    "explicit", [{"Fax": "phone"}, {5: "phone"}, {"Phone": "fax"}, {"Phone": "phone", "Tel": "phone"}]
)
def test_an_impossible_choice_is_refused(explicit: dict[str | int, str | None]) -> None:
    with pytest.raises(UnknownMapping):
        propose_mapping(["Phone", "Tel"], explicit=explicit)


def test_a_verticals_own_fields_are_found_by_their_words() -> None:
    own = FieldDescription("loan_amount_minor", "text", ("loan amount", "сумма кредита"))
    assert (
        propose_mapping(["Сумма кредита"], [*STANDARD_FIELDS, own]).field_of("Сумма кредита")
        == "loan_amount_minor"
    )


def test_marks_of_exporters_are_taken_off_mapped_values_only() -> None:
    data = b"id,phone_number,zip_code,note\nl:1,p:+14155550101,z:94107,c: later\nl:2,p:+14155550102,z:94108,p: 5\n"
    recognition, chunks = read_all(data)
    mapping = propose_mapping(recognition.columns, STANDARD_FIELDS, recognition.sample)
    fields, extra = apply_mapping(mapping, chunks[0])
    assert fields == {"phone": ["+14155550101", "+14155550102"], "postal_code": ["94107", "94108"]}
    assert extra == {"id": ["l:1", "l:2"], "note": ["c: later", "p: 5"]}


def test_headers_are_compared_without_case_accents_and_signs() -> None:
    assert normalize_header(" ☎ Téléphone_Mobile: ") == "telephone mobile"
    assert normalize_header("ЁЛКА") == "елка"


def test_the_exports_of_the_large_platforms_are_mapped() -> None:
    kinds = json.loads(shared("lead-export-formats/headers.json").read_text())
    meta = fields_of(list(kinds["meta_full"]))
    wanted = {"email": "email", "full_name": "full_name", "phone_number": "phone", "zip_code": "postal_code"}
    assert wanted.items() <= meta.items()
    assert {
        "created_time": "created_at",
        "campaign_name": "campaign",
        "adset_name": "ad_group",
    }.items() <= meta.items()
    tiktok = fields_of(kinds["tiktok_leads"])
    assert {
        "Name": "full_name",
        "Email": "email",
        "Phone number": "phone",
        "is_test": "is_test",
    }.items() <= tiktok.items()
    bitrix = fields_of(kinds["bitrix24_ru_leads_export"])
    assert {
        "Имя": "first_name",
        "Фамилия": "last_name",
        "Название компании": "company",
    }.items() <= bitrix.items()
    assert {
        "Почтовый индекс": "postal_code",
        "Страна": "country",
        "Источник": "source",
    }.items() <= bitrix.items()
    assert bitrix["Отчество"] is None and "phone" in bitrix.values() and "email" in bitrix.values()
