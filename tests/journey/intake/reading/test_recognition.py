"""A seller sends what his program exports, and it is recognized or refused with a reason he can act on."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from marketplace.journey.intake.reading import FILE_REFUSALS, Limits, Recognition, UnreadableFile, recognize

from .files import opened, read_all, rows_of

TABLE = "Имя;Телефон;Город\nАнна;+7 916 123-45-67;Москва\nИван;+7 916 765-43-21;Санкт-Петербург\nОльга;+7 495 111-22-33;Тверь\n"
EUROPE = "Imię,Telefon,Miasto\nŁukasz,+48 601 234 567,Łódź\nŚwiętosława,+48 602 345 678,Gdańsk\nŻaneta,+48 603 456 789,Wrocław\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r"]
)
def test_a_russian_file_is_read_in_any_encoding_its_programs_write(encoding: str) -> None:
    recognition, chunks = read_all((TABLE * 1).encode(encoding))
    assert recognition.columns == ("Имя", "Телефон", "Город")
    assert recognition.dialect is not None and recognition.dialect.delimiter == ";"
    assert [cells[0] for _, cells in rows_of(chunks)] == ["Анна", "Иван", "Ольга"]


@pytest.mark.parametrize("encoding", ["cp1250", "utf-8"])
def test_a_polish_file_keeps_its_letters(encoding: str) -> None:
    _, chunks = read_all(EUROPE.encode(encoding))
    assert [cells[2] for _, cells in rows_of(chunks)] == ["Łódź", "Gdańsk", "Wrocław"]


def test_letters_beyond_ascii_far_behind_the_start_are_still_recognized() -> None:
    plain = "name,phone\n" + "Anna,+49 170 1234567\n" * 80_000
    data = (plain + "Jürgen Müller,+49 170 7654321\nJörg Weiß,+49 170 7654322\n" * 10).encode("cp1252")
    recognition, chunks = read_all(data)
    assert recognition.encoding == "cp1252"
    assert rows_of(chunks)[-1][1][0] == "Jörg Weiß"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_usual_delimiter_and_line_end_is_found(delimiter: str, line_end: str) -> None:
    lines = [
        ["name", "email", "note"],
        ["Anna", "a@x.example", "calls, please"],
        ["Bob", "b@x.example", "no"],
    ]
    text = line_end.join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    _, chunks = read_all(text.encode())
    assert [cells for _, cells in rows_of(chunks)] == [tuple(line) for line in lines[1:]]


def test_a_title_and_blank_rows_above_the_header_are_skipped() -> None:
    data = b"Leads of March,,\n,,\nname,email,phone\nAnna,a@x.example,+4917012345\n"
    recognition, chunks = read_all(data)
    assert recognition.columns == ("name", "email", "phone")
    assert recognition.rows_above == 3
    assert rows_of(chunks) == [(0, ("Anna", "a@x.example", "+4917012345"))]


def test_the_separator_line_of_excel_is_obeyed() -> None:
    recognition, chunks = read_all(b"sep=;\r\nname;price\r\nAnna;1,5\r\nBob;2,5\r\n")
    assert recognition.columns == ("name", "price")
    assert rows_of(chunks)[0][1] == ("Anna", "1,5")


def test_headers_that_repeat_or_are_blank_get_names_of_their_own() -> None:
    recognition, _ = read_all(b"Name,Email,Name,\nAnna,a@x.example,A.,\n")
    assert recognition.columns == ("Name", "Email", "Name (2)", "column 4")
    assert recognition.headers == ("Name", "Email", "Name", "")


def test_json_lines_are_recognized_and_numbers_keep_their_digits() -> None:
    lines = [
        {"phone": 79161234567, "rate": 1.10, "tags": ["a", "b"], "ok": True},
        {"phone": None, "name": "Анна"},
    ]
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    recognition, chunks = read_all(data)
    assert recognition.format == "jsonl"
    assert rows_of(chunks)[0][1] == ("79161234567", "1.1", '["a","b"]', "true", None)
    assert rows_of(chunks)[1][1] == (None, None, None, None, "Анна")


def test_a_packed_file_is_read_as_the_file_in_it() -> None:
    recognition, chunks = read_all(gzip.compress(TABLE.encode()))
    assert recognition.compression == "gzip"
    assert len(rows_of(chunks)) == 3


def test_a_recognition_can_be_kept_and_used_later() -> None:
    recognition, _ = read_all(TABLE.encode("utf-16"))
    assert Recognition.from_json(json.loads(json.dumps(recognition.to_json()))) == recognition


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600

REFUSED = {
    "an empty file": (b"", "empty_file"),
    "blank lines only": (b"\n\r\n  \n", "empty_file"),
    "an empty packed file": (gzip.compress(b""), "empty_file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "not_a_table"),
    "a PDF": (b"%PDF-1.7\n%abc", "not_a_table"),
    "a web page": (b"<!DOCTYPE html><html><body>hello</body></html>", "not_a_table"),
    "a letter": (
        b"Dear all,\nwe met on Monday, as you know.\nIt was fine\nand so on, and so on, and on.\n" * 3,
        "not_a_table",
    ),
    "an archive": (_zip("leads.csv"), "archive"),
    "a bzip2 archive": (b"BZh91AY&SY" + b"\x00" * 40, "archive"),
    "a document": (_zip("word/document.xml"), "not_a_table"),
    "a binary workbook": (_zip("xl/workbook.bin"), "binary_workbook"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "nested_archive"),
    "gzip cut short": (gzip.compress(TABLE.encode() * 50)[:60], "gzip_damaged"),
    "an old workbook": (OLE + "Workbook".encode("utf-16-le"), "old_excel"),
    "a workbook with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
    "a broken workbook": (b"PK\x03\x04" + b"\x00" * 50, "workbook_damaged"),
    "NUL bytes": (b"name,email\x00\x00\nAnna,a@x.example\n", "nul_bytes"),
    "leads without a header": (
        b"Anna,a@x.example,+49 170 1234567\nBob,b@x.example,+49 170 1234568\n",
        "no_header",
    ),
    "numbers without a header": (b"1,2,3\n4,5,6\n", "no_header"),
    "a header alone": (b"name,email,phone\n", "no_rows"),
    "a JSON document": (b'[\n {"a": 1},\n {"a": 2}\n]', "json_document"),
    "a damaged JSON line": (b'{"a": 1, "b": }\n{"a": 2}\n', "json_damaged"),
    "a header with an open quote": (b'"name,email\nAnna,a@x.example\n', "quote_never_closed"),
    "too many columns": (
        b",".join(b"c%d" % i for i in range(501)) + b"\n" + b"," * 500 + b"\n",
        "too_many_columns",
    ),
    "a name without end": (b"name," + b"x" * 400 + b"\nAnna,1\n", "header_too_long"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_table_of_leads_is_refused_with_the_way_out(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_all(data)
    assert caught.value.reason == reason
    assert caught.value.facts == {"reason": reason}
    assert caught.value.detail.endswith(".") and "{" not in caught.value.detail


def test_a_file_too_large_is_refused_before_and_while_it_is_read() -> None:
    small = Limits(file_bytes=1_000)
    with pytest.raises(UnreadableFile, match="larger than 1000 bytes"):
        recognize(opened(b""), "leads.csv", small, size_bytes=1_001)
    with pytest.raises(UnreadableFile) as caught:
        recognize(opened(gzip.compress(b"name,email\n" + b"a,b\n" * 1_000)), "leads.csv.gz", small)
    assert caught.value.reason == "file_too_large"


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(b"name,email\n" + b"Anna,a@x.example\n" * 500_000)
    with pytest.raises(UnreadableFile) as caught:
        read_all(bomb, limits=Limits(file_bytes=3_000_000))
    assert caught.value.reason == "file_too_large"


def test_every_refusal_says_what_to_do() -> None:
    for reason, sentence in FILE_REFUSALS.items():
        assert len(sentence.split(". ")) >= 2, reason
