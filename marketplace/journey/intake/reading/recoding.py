"""Recoding UTF-16 and UTF-32 into UTF-8 on the way, since their bytes cannot be searched directly."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator


def recoded_blocks(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The blocks in UTF-8; halves of characters become U+FFFD, which is as long in the file."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        if text := decoder.decode(block):
            yield text.encode("utf-8")
    if text := decoder.decode(b"", True):
        yield text.encode("utf-8")


def recoded_length(encoding: str) -> Callable[[bytes], int]:
    """How many bytes of the file some recoded bytes stand for."""

    def measure(data: bytes) -> int:
        if data.isascii():
            return len(data) * (2 if "16" in encoding else 4)
        return len(data.decode("utf-8", errors="replace").encode(encoding))

    return measure
