"""Every refusal has a sentence that a seller understands, and the published page tells the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.journey.intake.fields import Problem
from marketplace.journey.validation.reasons import SENTENCES, Refused, refusals_page, sentence

CODES = [*Problem, *Refused]


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_one_sentence_with_a_way_out(code: str) -> None:
    told = sentence(code, "phone")
    assert told[0].isupper()
    assert told.endswith(".")
    assert "{" not in told
    assert len(told) < 220


def test_the_table_has_no_code_that_nobody_uses_and_none_twice() -> None:
    assert set(SENTENCES) == set(CODES)
    assert len(set(map(str, CODES))) == len(CODES)


def test_the_published_page_is_the_table() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "refusals.md"
    assert page.read_text(encoding="utf-8") == refusals_page()
