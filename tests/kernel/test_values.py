"""Money, ids and cursors keep their word for every input."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import ids, money, paging
from marketplace.kernel.errors import InvalidInput


@given(st.integers(0, money.MAX_AMOUNT_MINOR), st.integers(0, 10_000))
def test_a_share_and_its_rest_are_the_whole(amount: int, rate_bps: int) -> None:
    share = money.share_floor(amount, rate_bps)
    assert 0 <= share <= amount
    assert share * 10_000 <= amount * rate_bps < (share + 1) * 10_000


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_money_is_whole_minor_units(amount: object) -> None:
    with pytest.raises(ValueError):
        money.Money(amount, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (2000, "EUR", "20.00 EUR"),
        (2000, "JPY", "2000 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (-5, "EUR", "-0.05 EUR"),
    ],
)
def test_money_is_written_with_its_own_decimals(amount: int, currency: str, written: str) -> None:
    assert money.readable(money.Money(amount, currency)) == written


@given(st.uuids())
def test_a_public_id_leads_back(identifier: UUID) -> None:
    assert ids.parse("pur", ids.public("pur", identifier)) == identifier
    assert ids.parse("off", ids.public("pur", identifier)) is None


@given(st.uuids(), st.uuids())
def test_public_ids_sort_as_ids_do(one: UUID, other: UUID) -> None:
    assert (one < other) == (ids.public("x", one) < ids.public("x", other))


@given(st.text(max_size=60))
def test_any_text_is_an_id_or_not_but_never_a_fault(text: str) -> None:
    parsed = ids.parse("pur", text)
    assert parsed is None or ids.public("pur", parsed) == text


def test_ids_sort_by_creation() -> None:
    made = [ids.new_id() for _ in range(1000)]
    assert [i.int >> 80 for i in made] == sorted(i.int >> 80 for i in made)
    assert all(i.version == 7 for i in made)


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), min_size=1, max_size=4))
def test_a_cursor_leads_back(values: list[str | None]) -> None:
    assert paging.decode_cursor(paging.encode_cursor(values), len(values)) == values


@given(st.text(max_size=80))
def test_a_foreign_cursor_is_refused_with_its_name(cursor: str) -> None:
    if cursor == paging.encode_cursor(["a", "b"]):
        return
    with pytest.raises(InvalidInput) as refused:
        paging.decode_cursor(cursor, 2)
    assert refused.value.problems[0].pointer == "/cursor"
