"""A worker process: consumes queues and performs what it is told of in a pool of children."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import billiard.pool
from celery.platforms import SecurityWarning

from config import Settings

from .app import build
from .registry import Registry


def run(settings: Settings, registry: Registry, *, queue_names: Sequence[str], processes: int) -> int:
    """Run a worker until SIGTERM (finishes what is under way); returns its exit code."""
    # It warns root of pickled messages; ours are JSON and nothing else is accepted.
    warnings.simplefilter("ignore", SecurityWarning)
    # At a stop a child waits until its last result was read, by default for 30 s, and in one stop of
    # three nobody reads it. Results say nothing here: the row was finished in the database.
    billiard.pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10
    celery = build(settings, registry, app=registry.create_app(settings))
    worker = celery.Worker(
        queues=list(queue_names),
        concurrency=processes,
        pool="prefork",
        optimization="fair",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
