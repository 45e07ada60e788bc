"""Refused rows come back as the seller's own table with the reasons beside, and no cell runs as a formula."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.reading import (
    REFUSAL_COLUMNS,
    STANDARD_FIELDS,
    RefusedRow,
    apply_mapping,
    neutralized,
    propose_mapping,
    refused_file,
)

from .files import read_all


def parsed(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_the_columns_are_the_sellers_and_three_more() -> None:
    row = RefusedRow(["Анна", None], "phone_too_short", "phone", "The number has too few digits.")
    data = b"".join(refused_file(["name", "phone"], [row], delimiter=";"))
    assert data.startswith(b"\xef\xbb\xbf")
    assert parsed(data, ";") == [
        ["name", "phone", *REFUSAL_COLUMNS],
        ["Анна", "", "phone_too_short", "phone", "The number has too few digits."],
    ]


def test_a_broken_row_fits_and_a_taken_name_gets_a_number() -> None:
    rows = [RefusedRow(["a,b,c,d"], "too_many_cells", None, "…"), RefusedRow(["1", "2", "3"], "x", None, "…")]
    lines = parsed(b"".join(refused_file(["name", "refusal_code"], rows)))
    assert lines[0] == ["name", "refusal_code", "refusal_code_2", "refusal_column", "refusal_reason"]
    assert lines[1][:2] == ["a,b,c,d", ""] and lines[2][:2] == ["1", "2,3"]


signs = st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠"])
blanks = st.text(alphabet=" \u00a0\u3000\ufeff", max_size=3)


@given(blanks, signs, st.text(max_size=10))
def test_no_cell_begins_as_a_formula(blank: str, sign: str, rest: str) -> None:
    assert neutralized(blank + sign + rest).startswith("'")


@given(
    st.lists(st.lists(st.text(alphabet="=+-@aЖ'\"\n,;\t ", max_size=6), min_size=2, max_size=2), max_size=5)
)
def test_every_cell_of_the_file_is_safe_and_nothing_is_lost(cells: list[list[str]]) -> None:
    rows = [RefusedRow(row, "=code", "@column", "-reason") for row in cells]
    lines = parsed(b"".join(refused_file(["=name", "note"], rows)))
    for line in lines:
        assert not any(
            cell.lstrip(" \u00a0\u3000")[:1] in {"=", "+", "-", "@", "\t"} for cell in line if cell
        )
    assert [[cell.removeprefix("'") for cell in line[:2]] for line in lines[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in cells
    ]


def test_a_corrected_file_can_be_sent_back_as_it_is() -> None:
    row = RefusedRow(["Anna", "+49 170 1234567"], "no_consent", None, "There is no consent.")
    recognition, chunks = read_all(b"".join(refused_file(["name", "phone"], [row])))
    mapping = propose_mapping(recognition.columns, STANDARD_FIELDS, recognition.sample)
    assert apply_mapping(mapping, chunks[0])[0]["phone"] == ["+49 170 1234567"]
