"""Opening the uploaded bytes: plain or gzip, from an offset, and never more than the limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal, cast

from .errors import refusal

Compression = Literal["none", "gzip"]
OpenStream = Callable[[], BinaryIO]

GZIP_MAGIC = b"\x1f\x8b"
_BLOCK_BYTES = 1 << 20


class Unpacked:
    """The bytes of a file after unpacking, read in order and counted against *limit*."""

    def __init__(self, stream: BinaryIO, compression: Compression, limit: int) -> None:
        self._raw = stream
        self._stream = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if compression == "gzip" else stream
        self._packed = compression == "gzip"
        self._limit = limit
        self.position = 0

    def read(self, count: int) -> bytes:
        """Up to *count* bytes, fewer only at the end. Raises `UnreadableFile` past the limit."""
        parts: list[bytes] = []
        missing = count
        while missing:
            part = self._read_some(missing)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self.position += len(data)
        if self.position > self._limit:
            raise refusal("file_too_large", limit=self._limit)
        return data

    def skip_to(self, offset: int) -> None:
        """Move forward to *offset*: by seeking where the file allows it, else by reading."""
        if not self._packed and _seekable(self._raw):
            self._raw.seek(offset - self.position, 1)
            self.position = offset
            return
        while self.position < offset:
            if not self.read(min(_BLOCK_BYTES, offset - self.position)):
                # The last record may end one line break behind the last byte.
                return

    def blocks(self) -> Iterator[bytes]:
        """The rest in blocks."""
        while block := self.read(_BLOCK_BYTES):
            yield block

    def _read_some(self, count: int) -> bytes:
        try:
            return self._stream.read(count)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise refusal("gzip_damaged") from error


def _seekable(stream: BinaryIO) -> bool:
    probe = getattr(stream, "seekable", None)
    return bool(probe and probe())


@contextmanager
def unpacked(open_stream: OpenStream, compression: Compression, limit: int) -> Iterator[Unpacked]:
    """The unpacked bytes of a file from its beginning; closed afterwards."""
    stream = open_stream()
    try:
        yield Unpacked(stream, compression, limit)
    finally:
        stream.close()
