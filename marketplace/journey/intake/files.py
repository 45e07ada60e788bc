"""The uploaded file as a stream over its sealed parts, one part in memory at a time."""

from __future__ import annotations

import io
from uuid import UUID

from sqlalchemy import Engine, select

from ...kernel import crypto
from ...kernel.crypto import Sealed
from .models import BatchFilePart
from .reading import OpenStream
from .rules import PART_BYTES


def part_binding(batch_id: UUID, part: int) -> bytes:
    """What the ciphertext of a part is bound to."""
    return b"file|" + batch_id.bytes + part.to_bytes(4, "big")


class PartsStream(io.RawIOBase):
    """Reads a batch's file; opens a connection of its own for each part, so any thread may use it."""

    def __init__(self, engine: Engine, batch_id: UUID, size: int) -> None:
        super().__init__()
        self._engine = engine
        self._batch_id = batch_id
        self._size = size
        self._position = 0
        self._loaded: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always: reading goes on from a checkpoint without what lies before."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to *offset* from the beginning, the present position or the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """The present position."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base takes any writable buffer
        """Fill *buffer* from the present part; fewer bytes only at the end of a part."""
        if self._position >= self._size:
            return 0
        number, offset = divmod(self._position, PART_BYTES)
        data = self._part(number)[offset : offset + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _part(self, number: int) -> bytes:
        if self._loaded[0] != number:
            self._loaded = (-1, b"")
            self._loaded = (number, self._load(number))
        return self._loaded[1]

    def _load(self, number: int) -> bytes:
        found = select(BatchFilePart.key_id, BatchFilePart.wrapped_key, BatchFilePart.sealed).where(
            BatchFilePart.batch_id == self._batch_id, BatchFilePart.part == number
        )
        with self._engine.connect() as connection:
            row = connection.execute(found).one()
        sealed = Sealed(row.key_id, row.wrapped_key, row.sealed)
        return crypto.keys().unseal(sealed, bound_to=part_binding(self._batch_id, number))


def opener(engine: Engine, batch_id: UUID, size: int) -> OpenStream:
    """A function that opens the file from its beginning, as reading wants it."""
    return lambda: io.BufferedReader(PartsStream(engine, batch_id, size), buffer_size=1 << 20)
