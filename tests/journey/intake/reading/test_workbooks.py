"""Workbooks are opened in a child process: what a spreadsheet shows comes out, what is a bomb stays in."""

from __future__ import annotations

import datetime
import gzip
import io
import stat
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
import xlsxwriter

from marketplace.journey.intake.reading import Limits, UnreadableFile

from .files import broken_of, read_all, rows_of


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book)
    book.close()
    return out.getvalue()


def table(
    book: xlsxwriter.Workbook, rows: list[list[object]], name: str = "Leads", first_row: int = 0
) -> None:
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows, start=first_row):
        sheet.write_row(number, 0, row)


MOMENT = datetime.datetime.fromisoformat("2026-01-02T03:04:00")
LEADS: list[list[object]] = [
    ["name", "phone", "age"],
    ["Анна", 79161234567, 31],
    ["Bob", 4917012345678, 40.5],
]


def test_numbers_dates_and_letters_come_as_a_spreadsheet_shows_them() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Leads")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["name", "phone", "rate", "born", "created", "test"])
        sheet.write_row(1, 0, ["Анна", 79161234567, 0.00001])
        sheet.write_datetime(1, 3, datetime.date(1990, 5, 1), day)
        sheet.write_datetime(1, 4, MOMENT, minute)
        sheet.write_boolean(1, 5, True)

    recognition, chunks = read_all(workbook(fill))
    assert (recognition.format, recognition.sheet) == ("xlsx", "Leads")
    row = rows_of(chunks)[0][1]
    assert row[:3] == ("Анна", "79161234567", "0.00001")
    assert row[3] is not None and row[3].startswith("1990-05-01")
    assert row[4:] == ("2026-01-02T03:04:00", "TRUE")


def test_the_first_sheet_that_is_a_table_is_taken_and_named() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        table(book, [["About this file"]], "Notes")
        table(book, LEADS, "Leads", first_row=2)
        table(book, LEADS, "More")

    recognition, chunks = read_all(workbook(fill))
    assert rows_of(chunks)[0] == (0, ("Анна", "79161234567", "31"))
    assert (recognition.sheet, recognition.sheets) == ("Leads", ("Notes", "Leads", "More"))
    assert recognition.rows_above == 3
    assert len(rows_of(chunks)) == 2


def test_a_table_that_does_not_begin_in_the_corner_is_read() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Leads")
        for number, row in enumerate(LEADS, start=4):
            sheet.write_row(number, 2, row)

    recognition, chunks = read_all(workbook(fill))
    assert recognition.columns[2:] == ("name", "phone", "age")
    assert recognition.rows_above == 5
    assert [cells[2] for _, cells in rows_of(chunks)] == ["Анна", "Bob"]


def test_a_packed_workbook_is_read_and_reading_on_gives_the_same() -> None:
    rows = [LEADS[0], *[[f"n{i}", 79160000000 + i, i] for i in range(50)]]
    data = gzip.compress(workbook(lambda book: table(book, rows)))
    _, through = read_all(data, chunk_rows=20)
    assert [chunk.first_row for chunk in through] == [0, 20, 40]
    _, rest = read_all(data, chunk_rows=20, start=through[0].checkpoint)
    assert rest == through[1:]


def test_blank_rows_are_counted_and_overlong_values_refused_alone() -> None:
    rows = [LEADS[0], ["A", 1, 2], [], ["x" * 9_000, 3, 4], ["B", 5, 6]]
    _, chunks = read_all(workbook(lambda book: table(book, rows)))
    assert [number for number, _ in rows_of(chunks)] == [0, 3]
    assert broken_of(chunks) == {2: "field_too_long"}


def _repacked(
    data: bytes, change: Callable[[str, bytes], bytes | None], add: dict[str, bytes] | None = None
) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            content = change(part.filename, source.read(part))
            if content is not None:
                target.writestr(part.filename, content)
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def plain() -> bytes:
    return workbook(lambda book: table(book, LEADS))


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_all(data, limits=limits)
    return caught.value.reason


def _same(_: str, content: bytes) -> bytes:
    return content


def test_a_small_workbook_that_unpacks_to_hundreds_of_megabytes_is_refused_at_once(plain: bytes) -> None:
    """A sheet of some 400 MB, many times the limit, packed into about 1 MB."""
    row = b'<row><c t="n"><v>1</v></c></row>' * 32768
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    parts, size, crc = [packer.compress(head)], len(head), zlib.crc32(head)
    for _ in range(400):
        parts.append(packer.compress(row))
        size += len(row)
        crc = zlib.crc32(row, crc)
    parts.append(packer.flush())
    stream = b"".join(parts)
    bomb = _with_raw_part(plain, "xl/worksheets/sheet1.xml", stream, size, crc)
    assert len(bomb) < 2_500_000
    assert size > 400_000_000
    begun = time.monotonic()
    assert refused(bomb) == "workbook_too_large"
    assert time.monotonic() - begun < 30
    # A directory that lies about the size does not help: the part itself is read and counted.
    lying = _with_raw_part(plain, "xl/worksheets/sheet1.xml", stream, 1_000, crc)
    assert refused(lying) in {"workbook_damaged", "workbook_too_large"}


def _with_raw_part(data: bytes, name: str, stream: bytes, size: int, crc: int) -> bytes:
    """Replace one part by an already deflated stream, with a size of our choice in the directory."""
    stored = _repacked(data, lambda part, content: None if part == name else content)
    out = io.BytesIO(stored)
    with zipfile.ZipFile(out, "a") as target:
        info = zipfile.ZipInfo(name)
        target.writestr(info, stream)
        written = target.getinfo(name)
        written.compress_type, written.file_size, written.CRC = zipfile.ZIP_DEFLATED, size, crc
    raw = bytearray(out.getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as check:
        at = check.getinfo(name).header_offset
    raw[at + 8 : at + 10] = (8).to_bytes(2, "little")
    return bytes(raw)


def test_too_many_parts_and_too_high_a_ratio_are_refused(plain: bytes) -> None:
    many = _repacked(plain, _same, {f"xl/media/{i}.bin": b"x" for i in range(1_001)})
    assert refused(many) == "workbook_too_large"
    dense = _repacked(plain, _same, {"xl/media/zero.bin": bytes(40_000_000)})
    assert refused(dense) == "workbook_too_large"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused_in_any_part(plain: bytes, encoding: str) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    evil = _repacked(plain, lambda name, c: laughs.encode(encoding) if name == "xl/sharedStrings.xml" else c)
    assert refused(evil) == "xml_entities"
    reads_files = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
    evil = _repacked(plain, _same, {"customXml/item1.xml": reads_files.encode(encoding)})
    assert refused(evil) == "xml_entities"


def test_archives_and_links_inside_are_refused(plain: bytes) -> None:
    assert refused(_repacked(plain, _same, {"xl/embeddings/more.bin": plain})) == "nested_archive"
    link = zipfile.ZipInfo("xl/media/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO(plain)
    with zipfile.ZipFile(out, "a") as target:
        target.writestr(link, "/etc/passwd")
    assert refused(out.getvalue()) == "archive_link"


def test_rows_columns_and_bytes_beyond_the_limits_are_refused(plain: bytes) -> None:
    assert refused(plain, Limits(workbook_file_bytes=1_000)) == "file_too_large"
    long = workbook(lambda book: table(book, [LEADS[0], *[["n", i, i] for i in range(30)]]))
    assert refused(long, Limits(workbook_rows=20)) == "too_many_rows"
    wide = workbook(lambda book: table(book, [[f"c{i}" for i in range(101)], [f"v{i}" for i in range(101)]]))
    assert refused(wide) == "too_many_columns"


def test_one_cell_at_the_far_corner_does_not_take_all_memory() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        table(book, LEADS)
        sheet = book.get_worksheet_by_name("Leads")
        assert sheet is not None
        sheet.write_string(1_048_575, 16_383, "x")

    assert refused(workbook(fill)) in {
        "workbook_too_large",
        "too_many_rows",
        "too_many_columns",
        "workbook_damaged",
    }


def test_a_child_that_needs_too_much_memory_is_refused(plain: bytes) -> None:
    row = "<row>" + '<c t="inlineStr"><is><t>x</t></is></c>' * 60 + "</row>"
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{row * 20_000}</sheetData></worksheet>"
    ).encode()
    large = _repacked(plain, lambda name, c: sheet if name.endswith("sheet1.xml") else c)
    assert (
        refused(large, Limits(workbook_ratio=10_000, workbook_memory_bytes=64 << 20)) == "workbook_too_large"
    )


def test_a_workbook_without_a_table_is_refused() -> None:
    assert refused(workbook(lambda book: table(book, [["hello"], ["world"]]))) in {"no_sheet", "not_a_table"}
    assert refused(workbook(lambda book: table(book, []))) == "no_sheet"
