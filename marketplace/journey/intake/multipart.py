"""The file of a request: its body, or the one file of a form, never held whole in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from .errors import UnreadableForm, UploadCut, UploadTooLarge
from .rules import MAX_FILE_NAME

_BLOCK_BYTES = 1 << 18
_MOST_PARTS = 20


@dataclass
class IncomingFile:
    """The bytes of a file as they come in, and its name once that is known."""

    blocks: Iterator[bytes]
    name: str | None = None


def incoming_file(request: Request) -> IncomingFile:
    """The file that *request* carries, as a stream. Reading raises UploadCut, UnreadableForm, UploadTooLarge."""
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    name = clean_name(request.args.get("name"))
    if kind != "multipart/form-data":
        return IncomingFile(_body(request), name)
    boundary = options.get("boundary")
    if not boundary:
        raise UnreadableForm("The form names no boundary.")
    incoming = IncomingFile(iter(()), name)
    incoming.blocks = _only_file(request, boundary.encode("ascii", "replace"), incoming)
    return incoming


def clean_name(name: str | None) -> str | None:
    """A file name without folders and control characters, cut to 255 letters."""
    if not name:
        return None
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable())[:MAX_FILE_NAME].strip()
    return kept or None


def _body(request: Request) -> Iterator[bytes]:
    count = 0
    try:
        while block := request.stream.read(_BLOCK_BYTES):
            count += len(block)
            yield block
    except ClientDisconnected:
        raise UploadCut from None
    except RequestEntityTooLarge:
        raise UploadTooLarge from None
    # Some servers end the stream quietly where the connection was cut.
    if request.content_length is not None and count < request.content_length:
        raise UploadCut


def _only_file(request: Request, boundary: bytes, incoming: IncomingFile) -> Iterator[bytes]:
    decoder = MultipartDecoder(boundary, max_form_memory_size=1 << 20, max_parts=_MOST_PARTS)
    body = _body(request)
    files, in_file, ended = 0, False, False
    try:
        while not ended:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                decoder.receive_data(next(body, None))
            elif isinstance(event, File):
                files += 1
                if files > 1:
                    raise UnreadableForm
                in_file = True
                incoming.name = incoming.name or clean_name(event.filename)
            elif isinstance(event, Field):
                in_file = False
            elif isinstance(event, Data) and in_file:
                yield event.data
            ended = isinstance(event, Epilogue)
    except ValueError:
        raise UnreadableForm from None
    if files != 1:
        raise UnreadableForm
