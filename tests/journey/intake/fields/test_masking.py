"""Before a lead is bought its contact shows enough to judge it and never enough to reach it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import (
    mask_email,
    mask_name,
    mask_phone,
    normalize_emails,
    normalize_phones,
)


@given(st.text(min_size=1, max_size=30))
def test_a_masked_name_never_contains_the_name(name: str) -> None:
    masked = mask_name(name)
    assume(any(letter.isalpha() for letter in name))
    assert masked is not None
    assert name.strip() not in masked


@pytest.mark.parametrize(
    ("name", "masked"), [("Anna", "A."), ("иван петров", "И."), ("Ł", "•"), (None, None)]
)
def test_a_name_becomes_its_initial(name: str | None, masked: str | None) -> None:
    assert mask_name(name) == masked


@given(st.integers(500_000_000, 799_999_999))
def test_a_masked_number_shows_its_country_and_two_digits_only(number: int) -> None:
    phone = normalize_phones([f"+48{number}"]).values[0]
    assert phone is not None
    masked = mask_phone(phone)
    assert masked is not None
    assert sum(map(str.isdigit, masked)) == 2
    assert masked.startswith(("PL", "?"))
    assert masked.endswith(str(number)[-2:])


@given(st.emails())
def test_a_masked_address_is_its_class(address: str) -> None:
    email = normalize_emails([address]).values[0]
    assert mask_email(email) in (None, "free", "role", "disposable", "business")


def test_what_is_missing_stays_missing() -> None:
    assert (mask_phone(None), mask_email(None)) == (None, None)
