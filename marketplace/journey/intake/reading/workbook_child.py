"""Opens one XLSX file in a process of its own, under limits, and writes its cells down as plain text.

Run as a script by `workbooks`; it imports nothing of the product, so that little is at stake here.
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import stat
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any, NoReturn

_XML_WORDS = (b"<!DOCTYPE", b"<!ENTITY")
_NEEDLES = tuple(
    word.decode().encode(encoding) for word in _XML_WORDS for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_BLOCK_BYTES = 1 << 20
_OVERLAP = 32
_SHEETS_LOOKED_AT = 20


class Refused(Exception):
    """The workbook is refused; carries a code and facts that the parent puts into its sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def limit_self(memory_bytes: int, seconds: int, text_bytes: int) -> None:
    """Give up memory, time and disk beyond the limits before the file is touched."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (text_bytes, text_bytes))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def check_package(path: str, limits: dict[str, int]) -> None:
    """Look at the directory of the ZIP before anything is unpacked, then at each XML part."""
    try:
        with zipfile.ZipFile(path) as package:
            _check_directory(package.infolist(), limits)
            _check_kind(package)
            for part in package.infolist():
                _check_part(package, part)
    except zipfile.BadZipFile as error:
        raise Refused("workbook_damaged") from error
    except (NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise Refused("workbook_damaged") from error


def _check_directory(parts: list[zipfile.ZipInfo], limits: dict[str, int]) -> None:
    if len(parts) > limits["parts"]:
        raise Refused("workbook_too_large", detail=f"more than {limits['parts']} parts")
    for part in parts:
        if part.flag_bits & 0x1:
            raise Refused("password_protected")
        if stat.S_ISLNK(part.external_attr >> 16):
            raise Refused("archive_link")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > limits["unpacked_bytes"]:
        raise Refused("workbook_too_large", detail=f"more than {limits['unpacked_bytes']} bytes")
    # A small workbook may well be repetitive; the ratio tells only where it multiplies work.
    if unpacked > _BLOCK_BYTES and unpacked > limits["ratio"] * max(packed, 1):
        raise Refused("workbook_too_large", detail=f"more than {limits['ratio']} times its packed size")


def _check_kind(package: zipfile.ZipFile) -> None:
    names = {name.lstrip("/").lower() for name in package.namelist()}
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise Refused("binary_workbook")
    if "mimetype" in names:
        kind = package.read("mimetype")[:80] if package.getinfo("mimetype").file_size < 200 else b""
        raise Refused("opendocument" if b"spreadsheet" in kind else "not_a_table", what="an office document")
    if names & {"word/document.xml", "ppt/presentation.xml"}:
        raise Refused("not_a_table", what="an office document")
    raise Refused("archive")


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read one part through: its true size, no archive inside, no declared entities."""
    size, tail = 0, b""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    with package.open(part) as stream:
        while block := stream.read(_BLOCK_BYTES):
            if size == 0 and block.startswith((b"PK\x03\x04", b"\x1f\x8b")):
                raise Refused("nested_archive")
            size += len(block)
            if size > part.file_size:
                raise Refused("workbook_damaged")
            if is_xml and any(needle in tail + block for needle in _NEEDLES):
                raise Refused("xml_entities")
            tail = block[-_OVERLAP:]


def as_text(value: Any) -> str:
    """A cell as text: dates in ISO form, whole numbers without a fraction, no exponents."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else _decimal(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _decimal(value: float) -> str:
    number = Decimal(repr(value))
    return format(number, "f") if number.is_finite() else str(number)


def write_sheet(sheet: Any, out: IO[str], limits: dict[str, int], rows: int | None) -> None:
    """Write the rows of one sheet as JSON lists of text, from the sheet's first row on."""
    end = sheet.end
    if end is None:
        return
    if rows is None and end[0] + 1 > limits["rows"] + limits["header_rows"]:
        raise Refused("too_many_rows", limit=limits["rows"])
    if end[1] + 1 > limits["columns"] and rows is None:
        raise Refused("too_many_columns", found=end[1] + 1, limit=limits["columns"])
    for row in _rows(sheet, rows):
        out.write(json.dumps([as_text(cell) for cell in row], ensure_ascii=True) + "\n")


def _rows(sheet: Any, rows: int | None) -> Iterator[list[Any]]:
    """The rows with the empty ones above and the empty cells at the left, as the user sees them."""
    if rows is not None:
        yield from sheet.to_python(skip_empty_area=False, nrows=rows)
        return
    # The iterator gives the empty rows above of itself, and leaves out the empty columns.
    empty = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield empty + row


def write_down(task: dict[str, Any], out: IO[str]) -> None:
    """Check the package, then write the sheets that *task* asks for."""
    limits: dict[str, int] = task["limits"]
    check_package(task["path"], limits)
    # Loaded only now: the checks above must not pay for it.
    import python_calamine  # noqa: PLC0415  # see above

    try:
        workbook = python_calamine.CalamineWorkbook.from_path(task["path"])
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        wanted = [task["sheet"]] if task["sheet"] is not None else names[:_SHEETS_LOOKED_AT]
        for name in wanted:
            sheet = workbook.get_sheet_by_name(name)
            width = 0 if sheet.end is None else sheet.end[1] + 1
            out.write(json.dumps({"sheet": name, "sheets": names, "width": width}) + "\n")
            write_sheet(sheet, out, limits, task["sample_rows"])
    except python_calamine.PasswordError as error:
        raise Refused("password_protected") from error
    except (python_calamine.CalamineError, ValueError, OverflowError) as error:
        raise Refused("workbook_damaged") from error


def main() -> NoReturn:
    """Read the task from standard input; the last line written says how it ended."""
    task = json.load(sys.stdin)
    limits = task["limits"]
    limit_self(limits["memory_bytes"], limits["seconds"], limits["text_bytes"])
    ending: dict[str, object] = {"done": True}
    with open(task["out"], "w", encoding="ascii") as out:
        try:
            write_down(task, out)
        except Refused as refused:
            ending = {"refused": refused.code, "facts": refused.facts}
        except MemoryError:
            ending = {"refused": "workbook_too_large", "facts": {"detail": "it needs too much memory"}}
        out.write(json.dumps(ending) + "\n")
    # The parsers' memory is not worth tidying up.
    os._exit(0)


if __name__ == "__main__":
    main()
