"""Finding out which letters the bytes of a file stand for."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from .errors import refusal

WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In all of these a byte below 0x40 is that ASCII character and nothing else, so that line breaks,
# quotes and separators can be looked for without decoding.
_CANDIDATES = [
    *("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "cp1250", "iso8859_2", "cp852"),
    *("cp1252", "iso8859_15", "cp850", "mac_roman", "cp1254", "iso8859_9", "cp1253", "iso8859_7", "cp1255"),
    *("cp1256", "cp1257", "cp1258", "cp874"),
]
_EAST_ASIAN = ["gb18030", "big5", "cp932", "euc_jp", "cp949"]
# With so few letters beyond ASCII only what today's spreadsheet programs write is likely.
_USUAL = ["cp1252", "cp1251", "cp1250", "cp1254"]
_FEW_BYTES = 8
# A few bytes make a character of some East Asian encoding by chance.
_LEAST_EAST_ASIAN_BYTES = 40
_DETECT_BYTES = 48 * 1024
_WIDE_SHARE = 0.3


def split_bom(head: bytes) -> tuple[str | None, int]:
    """The encoding that a byte order mark names and the mark's length, or None and 0."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return None, 0


def detect(sample: bytes, *, complete: bool) -> str:
    """The Python name of the encoding of *sample*, which begins behind a byte order mark if any.

    *complete* says that the sample is the whole file; else its last character may be cut in two.
    Raises `UnreadableFile` (`nul_bytes`, `encoding_unknown`).
    """
    if b"\x00" in sample and (wide := _wide_without_mark(sample)):
        return wide
    if _is_utf8(sample, complete=complete):
        _refuse_nul_bytes(sample)
        return "utf-8"
    _refuse_nul_bytes(sample)
    telling = _telling_lines(sample)
    foreign = sum(byte > 0x7F for byte in telling)
    candidates = _CANDIDATES + (_EAST_ASIAN if foreign >= _LEAST_EAST_ASIAN_BYTES else [])
    candidates = _USUAL if foreign <= _FEW_BYTES else candidates
    best = from_bytes(telling, cp_isolation=candidates, enable_fallback=False).best()
    if best is None and foreign <= _FEW_BYTES:
        return _first_fitting(telling)
    if best is None:
        raise refusal("encoding_unknown")
    return _most_usual(telling, codecs.lookup(best.encoding).name)


def _first_fitting(telling: bytes) -> str:
    for name in _USUAL:
        try:
            telling.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    raise refusal("encoding_unknown")


def _most_usual(telling: bytes, found: str) -> str:
    """Of encodings that read these bytes alike the most usual one, for what stands further on."""
    text = telling.decode(found)
    for name in _USUAL:
        if telling.decode(name, errors="replace") == text:
            return name
    return found


def _refuse_nul_bytes(sample: bytes) -> None:
    # A single NUL spoils its own row only; many of them mean that this is no text at all.
    if sample.count(0) > 1 + len(sample) // 2000 or 0 in sample[:64]:
        raise refusal("nul_bytes")


def _wide_without_mark(sample: bytes) -> str | None:
    """UTF-16 without a mark shows as NULs at every other place in texts with ASCII separators."""
    half = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if max(even, odd) < _WIDE_SHARE and not _has_wide_line_breaks(sample):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = sample[: len(sample) // 2 * 2].decode(name)
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else name


def _has_wide_line_breaks(sample: bytes) -> bool:
    breaks = sample.count(b"\n\x00") + sample.count(b"\x00\n")
    return breaks > 0 and breaks >= sample.count(b"\n")


def _is_utf8(sample: bytes, *, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample, complete)
    except UnicodeDecodeError as error:
        # One damaged byte in an otherwise sound UTF-8 file breaks its own row only.
        return _mostly_utf8(sample[: error.start] + sample[error.end :])
    return True


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="replace")
    foreign = text.count("\ufffd")
    letters = sum(character > "\x7f" for character in text[: 256 * 1024]) - foreign
    return letters > 20 * foreign


def _telling_lines(sample: bytes) -> bytes:
    """The header and those lines that have letters beyond ASCII: the rest tells nothing."""
    separator = b"\n" if b"\n" in sample else b"\r"
    lines = sample.split(separator)
    telling = [line for line in lines if not line.isascii()]
    return separator.join(telling)[:_DETECT_BYTES]
