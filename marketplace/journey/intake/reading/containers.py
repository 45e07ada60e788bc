"""Telling by the first bytes what a file is, whatever its name says."""

from __future__ import annotations

from .errors import refusal

ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = (
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x04\x22\x4d\x18",
)
_OTHER = {
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF87a": "a picture",
    b"GIF89a": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"RIFF": "a picture or a recording",
    b"{\\rtf": "a text document",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3\x00": "a database",
    b"PAR1": "a Parquet file",
}
_MARKUP = ("<!doctype", "<html", "<?xml", "<head", "<body", "<table", "<svg")


def refuse_other_formats(head: bytes) -> None:
    """Raise `UnreadableFile` if *head* begins a known format that is no table of leads."""
    if head.startswith(_ARCHIVES):
        raise refusal("archive")
    if head.startswith(_EMPTY_ZIP):
        raise refusal("workbook_damaged")
    for magic, what in _OTHER.items():
        if head.startswith(magic):
            raise refusal("not_a_table", what=what)
    if head[257:262] == b"ustar":
        raise refusal("archive")


def is_ole(head: bytes) -> bool:
    """Whether the file is an OLE compound file: an old workbook or one with a password."""
    return head.startswith(_OLE_MAGIC)


def refuse_ole(content: bytes) -> None:
    """Raise the refusal for an OLE compound file, told apart by the names in its directory."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise refusal("password_protected")
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise refusal("old_excel")
    raise refusal("not_a_table", what="an office document")


def refuse_markup(text: str) -> None:
    """Raise `UnreadableFile` if *text* begins as a web page or an XML document."""
    if text.lstrip("\ufeff \t\r\n")[:16].lower().startswith(_MARKUP):
        raise refusal("not_a_table", what="a web page or an XML document")
