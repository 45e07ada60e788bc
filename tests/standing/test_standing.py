"""What is remembered of a seller, and from when on a seller is no longer new."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace import standing
from marketplace.kernel import clock, ids
from marketplace.kernel.database import in_transaction
from marketplace.standing import Fact

pytestmark = pytest.mark.usefixtures("context")


def remember(seller_id: ids.UUID, fact: Fact, count: int = 1) -> None:
    def write() -> None:
        for _ in range(count):
            standing.remember(organization_id=seller_id, fact=fact, subject_id=ids.new_id())

    in_transaction(write)


def is_new(seller_id: ids.UUID) -> bool:
    return in_transaction(lambda: standing.is_new_seller(seller_id))


def test_five_accepted_batches_make_a_seller_known() -> None:
    seller = ids.new_id()
    assert is_new(seller)
    remember(seller, Fact.BATCH_ACCEPTED, 4)
    assert is_new(seller)
    remember(seller, Fact.BATCH_ACCEPTED)
    assert not is_new(seller)


def test_one_rejected_batch_makes_a_seller_new_again() -> None:
    seller = ids.new_id()
    remember(seller, Fact.BATCH_ACCEPTED, 20)
    remember(seller, Fact.BATCH_REJECTED)
    assert is_new(seller)


def test_the_same_fact_counts_once_however_often_it_is_said() -> None:
    seller, batch = ids.new_id(), ids.new_id()
    for _ in range(9):
        in_transaction(
            lambda: standing.remember(organization_id=seller, fact=Fact.BATCH_ACCEPTED, subject_id=batch)
        )
    assert in_transaction(lambda: standing.record_of(seller)).accepted_batches == 1


def test_after_180_days_a_rejection_is_forgotten_and_so_are_merits(app: Flask) -> None:
    seller = ids.new_id()
    remember(seller, Fact.BATCH_REJECTED)
    in_transaction(lambda: clock.advance(90 * 86_400))
    remember(seller, Fact.BATCH_ACCEPTED, 5)
    assert is_new(seller)
    in_transaction(lambda: clock.advance(91 * 86_400))
    assert not is_new(seller)
    in_transaction(lambda: clock.advance(91 * 86_400))
    assert is_new(seller)


def test_many_sellers_are_told_apart_in_one_question() -> None:
    known, new = ids.new_id(), ids.new_id()
    remember(known, Fact.BATCH_ACCEPTED, 5)
    assert in_transaction(lambda: standing.new_sellers([known, new])) == {new}
