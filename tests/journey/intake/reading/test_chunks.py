"""Rows come in chunks of even size; a broken row is found by its number and breaks no other."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.journey.intake.reading import Checkpoint, Limits, UnreadableFile, read_chunks, recognize

from .files import broken_of, opened, read_all, rows_of

HEADER = ["name", "email", "note"]
LETTERS = {
    "utf-8": "aZ9 ,;|\t\"'\n\r\\éЖ中😀=+@",
    "utf-16": "aZ9 ,;|\t\"'\n\r\\éЖ中😀",
    "utf-16-le": "aZ9 ,;|\t\"'\n\r\\éЖ",
    "cp1251": "aZ9 ,;|\"'\nЖяё№",
    "koi8-r": "aZ9 ,;|\"'\nЖяё",
    "cp1250": "aZ9 ,;|\"'\nłŁśż",
    "cp1252": "aZ9 ,;|\"'\nüéßñ",
}


def written(rows: list[list[str]], delimiter: str, line_end: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)
    return out.getvalue()


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, list[list[str]], str, str, str]:
    """A file as a program would write it: its bytes, its rows, delimiter, line end and encoding."""
    encoding = draw(st.sampled_from(sorted(LETTERS)))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    letters = LETTERS[encoding]
    if delimiter not in letters:
        letters += delimiter
    if quoting == csv.QUOTE_MINIMAL:
        # The writer quotes only the line breaks that it writes itself.
        letters = "".join(c for c in letters if c not in "\r\n" or c in line_end)
    cell = st.text(alphabet=letters, max_size=12)
    rows = draw(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=12))
    return (
        written([HEADER, *rows], delimiter, line_end, quoting).encode(encoding),
        rows,
        delimiter,
        line_end,
        encoding,
    )


def _expected(rows: list[list[str]], delimiter: str) -> list[tuple[str | None, ...]]:
    blank = set(" \t\r\n")
    return [tuple(cell or None for cell in row) for row in rows if set("".join(row)) - blank]


def _told(data: bytes, delimiter: str, line_end: str, encoding: str):  # type: ignore[no-untyped-def]
    """The recognition of the file with the dialect it was truly written in."""
    from marketplace.journey.intake.reading import Dialect, Recognition
    from marketplace.journey.intake.reading.recoding import recoded_length

    wide = {"utf-16": "utf-16-le"}.get(encoding, encoding)
    mark = 2 if encoding == "utf-16" else 0
    header = written([HEADER], delimiter, line_end, csv.QUOTE_ALL)
    text = data[mark:].decode(wide)
    header = next(
        h for h in (header, written([HEADER], delimiter, line_end, csv.QUOTE_MINIMAL)) if text.startswith(h)
    )
    size = recoded_length(wide)(header.encode()) if "16" in wide else len(header.encode(wide))
    dialect = Dialect(delimiter, line_end="\r" if line_end == "\r" else "\n")
    return Recognition("csv", "none", tuple(HEADER), tuple(HEADER), wide, bool(mark), dialect, 1, mark + size)


@settings(max_examples=250, deadline=None)
@given(tables())
def test_any_table_that_a_program_writes_is_read_back_the_same(
    table: tuple[bytes, list[list[str]], str, str, str],
) -> None:
    data, rows, delimiter, line_end, encoding = table
    chunks = list(read_chunks(opened(data), _told(data, delimiter, line_end, encoding)))
    assert broken_of(chunks) == {}
    kept = [cells for _, cells in rows_of(chunks) if set("".join(c or "" for c in cells)) - set(" \t\r\n")]
    assert kept == _expected(rows, delimiter)


@settings(max_examples=120, deadline=None)
@given(tables(), st.integers(1, 5), st.booleans())
def test_reading_on_from_any_checkpoint_gives_the_same_rows_with_the_same_numbers(
    table: tuple[bytes, list[list[str]], str, str, str], chunk_rows: int, packed: bool
) -> None:
    import dataclasses

    data, _, delimiter, line_end, encoding = table
    recognition = _told(data, delimiter, line_end, encoding)
    if packed:
        data, recognition = gzip.compress(data), dataclasses.replace(recognition, compression="gzip")
    through = list(read_chunks(opened(data), recognition, chunk_rows=chunk_rows))
    for place, chunk in enumerate(through):
        kept = Checkpoint.from_json(json.loads(json.dumps(chunk.checkpoint.to_json())))
        rest = list(read_chunks(opened(data), recognition, chunk_rows=chunk_rows, start=kept))
        assert rest == through[place + 1 :]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet='ab,"\n\r;', max_size=14), min_size=1, max_size=12), st.integers(1, 6))
def test_however_damaged_a_file_is_resuming_never_changes_what_is_read(
    lines: list[str], chunk_rows: int
) -> None:
    from marketplace.journey.intake.reading import Dialect, Recognition

    data = ("x,y\n" + "\n".join(lines)).encode()
    recognition = Recognition("csv", "none", ("x", "y"), ("x", "y"), dialect=Dialect(","), data_offset=4)
    whole = list(read_chunks(opened(data), recognition))
    through = list(read_chunks(opened(data), recognition, chunk_rows=chunk_rows))
    assert rows_of(through) == rows_of(whole)
    assert broken_of(through) == broken_of(whole)
    for place, chunk in enumerate(through):
        rest = list(read_chunks(opened(data), recognition, chunk_rows=chunk_rows, start=chunk.checkpoint))
        assert rest == through[place + 1 :]


def test_line_breaks_inside_of_quotes_belong_to_the_value() -> None:
    _, chunks = read_all(b'name,address\nAnna,"Main St 1\nApt 4B"\nBob,"Oak Ave\r\n2"\n')
    assert rows_of(chunks) == [(0, ("Anna", "Main St 1\nApt 4B")), (1, ("Bob", "Oak Ave\r\n2"))]


def test_a_broken_row_is_named_by_number_and_its_neighbours_are_read() -> None:
    lines = [
        "name,email,phone",
        "A,a@x.example,1111111",
        "B,b@x.example",
        "C,c@x.example,1,2",
        "D,d@x.example,2222222",
    ]
    _, chunks = read_all("\n".join(lines).encode())
    assert broken_of(chunks) == {1: "too_few_cells", 2: "too_many_cells"}
    assert [number for number, _ in rows_of(chunks)] == [0, 3]
    broken = chunks[0].broken[0]
    assert broken.raw == "B,b@x.example" and "2 cells" in broken.detail and "b@x" not in repr(broken)


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    lines = [f"n{i},e{i}@x.example,{i:07d}" for i in range(50)]
    lines[20] = '"n20,e20@x.example,0000020'
    _, chunks = read_all(("name,email,phone\n" + "\n".join(lines)).encode())
    assert broken_of(chunks) == {20: "quote_never_closed"}
    assert len(rows_of(chunks)) == 49


def test_a_lost_separator_does_not_move_values_into_wrong_columns() -> None:
    rows = 'name,note,city\nAnna,"tall, kind",Bonn\nBob"short, calm",Köln\nEva,"old, wise",Trier\n'
    _, chunks = read_all(rows.encode())
    assert broken_of(chunks) == {1: "stray_quote"}


def test_marks_of_inches_in_unquoted_values_are_kept() -> None:
    _, chunks = read_all(b'name,item,city\nAnna,5" pipe,Bonn\nBob,John "Jo" Doe,Trier\n')
    assert [cells[1] for _, cells in rows_of(chunks)] == ['5" pipe', 'John "Jo" Doe']


def test_blank_rows_are_counted_and_left_out() -> None:
    _, chunks = read_all(b"name,email,phone\n,,\nA,a@x.example,1111111\n\nB,b@x.example,2222222\n")
    assert [number for number, _ in rows_of(chunks)] == [1, 3]
    assert broken_of(chunks) == {}


def test_bytes_that_are_no_letters_break_their_row_only() -> None:
    good = "".join(f"Jürgen {i},j{i}@x.example\n" for i in range(200)).encode()
    _, chunks = read_all(b"name,email\n" + good + b"J\xfcrgen,j@x.example\nEva\x00,e@x.example\n" + good)
    assert broken_of(chunks) == {200: "bad_encoding", 201: "nul_byte"}
    assert len(rows_of(chunks)) == 400


def test_a_value_or_row_that_is_too_long_is_refused_alone() -> None:
    small = Limits(field_bytes=200, record_bytes=2_000)
    data = (
        b"name,email\nA,a@x.example\n"
        + b"x" * 300
        + b",b@x.example\n"
        + b"y" * 5_000
        + b",c@x.example\nD,d@x.example\n"
    )
    _, chunks = read_all(data, limits=small)
    assert broken_of(chunks) == {1: "field_too_long", 2: "row_too_long"}
    assert chunks[0].broken[0].column == "name"
    assert [number for number, _ in rows_of(chunks)] == [0, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_endless_line_is_passed_over_and_reading_goes_on_behind_it(encoding: str) -> None:
    small = Limits(record_bytes=2_000)
    lines = ["name,email", "A,a@x.example", "é" * 3_000_000, "B,b@x.example", "C,c@x.example"]
    data = "\n".join(lines).encode(encoding)
    recognition = recognize(opened(data[:60]), "leads.csv", small)
    through = list(read_chunks(opened(data), recognition, limits=small, chunk_rows=2))
    assert broken_of(through) == {1: "row_too_long"}
    assert [cells[0] for _, cells in rows_of(through)] == ["A", "B", "C"]
    again = list(
        read_chunks(opened(data), recognition, limits=small, chunk_rows=2, start=through[0].checkpoint)
    )
    assert again == through[1:]


def test_more_rows_than_allowed_are_refused() -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_all(b"name,email\n" + b"A,a@x.example\n" * 11, limits=Limits(rows=10))
    assert caught.value.reason == "too_many_rows"


def test_chunks_have_even_size_and_the_last_one_says_so() -> None:
    data = b"name,email\n" + b"".join(b"n%d,e%d@x.example\n" % (i, i) for i in range(95))
    _, chunks = read_all(data, chunk_rows=30)
    assert [(chunk.first_row, len(chunk.numbers), chunk.is_last) for chunk in chunks] == [
        (0, 30, False),
        (30, 30, False),
        (60, 30, False),
        (90, 5, True),
    ]


def test_reading_can_begin_at_a_row() -> None:
    data = b"name,email\n" + b"".join(b"n%d,e%d@x.example\n" % (i, i) for i in range(95))
    recognition = recognize(opened(data))
    chunks = list(read_chunks(opened(data), recognition, first_row=45, chunk_rows=30))
    assert [number for number, _ in rows_of(chunks)] == list(range(45, 95))


def test_json_lines_with_a_damaged_line_and_a_new_key_are_read_around_them() -> None:
    lines = ['{"name": "A"}', "oops", '{"name": "B", "phone": "123"}', '["x"]', '{"name": "C\\u0000"}']
    recognition, _ = read_all((lines[0] + "\n").encode())
    chunks = list(read_chunks(opened("\n".join(lines).encode()), recognition))
    assert broken_of(chunks) == {1: "not_an_object", 3: "not_an_object", 4: "nul_byte"}
    assert chunks[0].columns == {"name": ["A", "B"], "phone": [None, "123"]}


def test_memory_does_not_grow_with_the_file() -> None:
    import tracemalloc

    row = b"Anna Schmidt,anna@x.example,+49 170 1234567,Berlin\n"

    def peak(count: int) -> int:
        data = b"name,email,phone,city\n" + row * count
        recognition = recognize(opened(data))
        tracemalloc.start()
        for _ in read_chunks(opened(data), recognition, chunk_rows=2_000):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest - len(data)

    assert peak(100_000) <= peak(20_000) + 3_000_000


def test_rows_that_the_fast_reader_gives_up_on_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import polars as pl

    from marketplace.journey.intake.reading import cells

    data = b'name,note\nAnna,"a, ""b"""\n' + b"Bob,x\n" * 20
    expected = rows_of(read_all(data)[1])

    def fails(*_: object, **__: object) -> object:
        raise pl.exceptions.ComputeError("no")

    monkeypatch.setattr(cells.pl, "read_csv", fails)
    assert rows_of(read_all(data)[1]) == expected
    assert expected[0] == (0, ("Anna", 'a, "b"'))
