"""Batches as their sellers and the operator follow them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import orjson
from flask import Response, current_app, stream_with_context
from flask_smorest import Blueprint

from ..access import Actor, Permission
from ..http import current_actor, endpoint, path_id
from ..kernel.database import in_transaction
from . import queries, schemas
from .listeners import LISTEN_SECONDS, PLACES
from .queries import BatchStory
from .rules import SETTLED

blueprint = Blueprint("reports", __name__, url_prefix="/v1", description="Where things are")

_P = Permission
_LOOK_EVERY_SECONDS: Final = 0.5
_COME_AGAIN = b"retry: 2000\n\n"


@endpoint(
    blueprint,
    "/batches",
    "GET",
    permission=_P.BATCHES_READ,
    query=schemas.BatchesQuery,
    answer=schemas.BatchStoriesOut,
)
def list_batches(query: dict[str, Any]) -> Any:
    """Your batches, newest first, with how far each has come; the operator sees all."""
    return queries.stories(current_actor(), query["offer_id"], query["limit"], query["cursor"])


@endpoint(blueprint, "/batches/<batch_id>", "GET", permission=_P.BATCHES_READ, answer=schemas.BatchStoryOut)
def read_batch(batch_id: str) -> Any:
    """One batch: its status, progress and counts, and what its columns were taken for."""
    return queries.story(current_actor(), path_id("bat", batch_id))


@endpoint(
    blueprint,
    "/batches/<batch_id>/events",
    "GET",
    permission=_P.BATCHES_READ,
    answer=None,
    transactional=False,
    refusals={429: "Too many follow at once; come again as Retry-After says, or ask for the batch itself."},
)
def follow_batch(batch_id: str) -> Any:
    """Progress as server-sent events until the rows are judged; ends after 20 seconds, to be asked again."""
    actor, identifier = current_actor(), path_id("bat", batch_id)
    first = in_transaction(lambda: queries.story(actor, identifier))
    give_back = PLACES.take(actor.organization_id, current_app.config["EXCHANGE"].web_threads)
    answer = Response(
        stream_with_context(_until_left(_steps(actor, identifier, first), give_back)),
        content_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )
    # Closed before its first event, the stream itself never begins and ends nothing.
    answer.call_on_close(give_back)
    return answer


def _until_left(steps: Iterator[bytes], give_back: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from steps
    finally:
        give_back()


def _steps(actor: Actor, batch_id: UUID, story: BatchStory) -> Iterator[bytes]:
    until = time.monotonic() + LISTEN_SECONDS
    shape, told = schemas.StepOut(), b""
    yield _COME_AGAIN
    while True:
        step: bytes = orjson.dumps(shape.dump(story))
        if step != told:
            yield b"event: progress\ndata: " + step + b"\n\n"
            told = step
        if story.stage in SETTLED:
            yield b"event: end\ndata: {}\n\n"
            return
        if time.monotonic() > until:
            return
        time.sleep(_LOOK_EVERY_SECONDS)
        story = in_transaction(lambda: queries.story(actor, batch_id))
