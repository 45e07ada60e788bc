"""The Celery application: it carries the number of a row to a worker, and nothing else."""

from __future__ import annotations

from typing import Any, Final

import structlog
from celery import Celery, signals
from flask import Flask
from sqlalchemy.exc import DBAPIError

from config import Settings
from marketplace.kernel.database import db

from . import heartbeats
from .broker import configuration
from .registry import Registry
from .tasks import Task, perform

HEARTBEAT: Final = "heartbeats.beat"

_log = structlog.get_logger("workers")


def build(settings: Settings, registry: Registry, *, app: Flask | None = None) -> Celery:
    """A Celery application that knows all tasks of *registry*.

    Workers give the web application *app* that jobs run in; whoever only publishes leaves it out.
    """
    celery = Celery("lead-exchange", set_as_current=False)
    celery.conf.update(configuration(settings))
    for task in registry.tasks.values():
        _add(celery, task, app)
    celery.task(_heartbeat(app), name=HEARTBEAT)
    if app is not None:
        _start_children_clean(app)
    return celery


def _add(celery: Celery, task: Task, app: Flask | None) -> None:
    def run(outbox_id: int) -> None:
        if app is None:
            raise RuntimeError("this process publishes tasks and performs none")
        _sign_of_life(app, task.queue)
        perform(task, outbox_id, app=app)

    celery.task(run, name=task.name)


def _heartbeat(app: Flask | None) -> Any:
    def beat(queue: str) -> None:
        if app is None:
            raise RuntimeError("this process publishes tasks and performs none")
        with app.app_context():
            heartbeats.beat(heartbeats.of_queue(queue))

    return beat


def _sign_of_life(app: Flask, queue: str) -> None:
    try:
        with app.app_context():
            heartbeats.beat_now_and_then(heartbeats.of_queue(queue))
    except DBAPIError as error:
        _log.warning("no sign of life, the database did not answer", error=type(error).__name__)


def _start_children_clean(app: Flask) -> None:
    def forget_inherited_connections(**_: object) -> None:
        # Two processes on one inherited connection corrupt it; the parent's must stay open.
        with app.app_context():
            db.engine.dispose(close=False)

    signals.worker_process_init.connect(forget_inherited_connections, weak=False)
