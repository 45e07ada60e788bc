"""Structured logs: lines of JSON in files, readable on a terminal, and never a value nobody vouched for."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: The keys whose values may be written. A list of what is forbidden would miss the next name of a phone.
ALLOWED_KEYS: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "request_id",
        "places",
        "task",
        "outbox_id",
        "topic",
        "queue",
        "job",
        "error",
        "attempt",
        "retry_in_seconds",
        "seconds",
        "count",
        "status",
        "method",
        "route",
        "code",
        "organization_id",
        "principal_id",
        "subject_id",
        "process",
        "pid",
        "exit_code",
        "signal",
        "restarts",
        "mode",
        "revision",
        "address",
        "exception",
        "library",
        "slot",
        "bytes",
        "rows",
    }
)
_HIDDEN: Final = "[hidden]"
_MAIL: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_LONG_NUMBER: Final = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}")
_OWN: Final = ("marketplace", "workers", "config")


def configure(level: str = "info", *, stream: TextIO | None = None, terminal: bool | None = None) -> None:
    """Set up the logs of this process: to *stream* (standard error), as JSON unless it is a terminal."""
    out = stream or sys.stderr
    readable = out.isatty() if terminal is None else terminal
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _faults_without_values,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library_template, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, keep_allowed, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries speak only when something is wrong: what else they say is not ours to vouch for.
    root.setLevel(logging.WARNING)
    for name in _OWN:
        logging.getLogger(name).setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


@contextmanager
def bound(**facts: object) -> Iterator[None]:
    """Every line written inside carries *facts* (a request id, the name of a task)."""
    with structlog.contextvars.bound_contextvars(**facts):
        yield


def keep_allowed(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Hide the value of every key that is not on the list; the key stays, so that it is missed and added."""
    return {key: value if key in ALLOWED_KEYS else _HIDDEN for key, value in line.items()}


def frames_only(error: BaseException) -> list[str]:
    """Where a fault happened, without what it says: messages of faults hold values, even personal ones."""
    lines = []
    seen: BaseException | None = error
    while seen is not None:
        lines.append(type(seen).__qualname__)
        lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(seen.__traceback__)]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return lines


def _faults_without_values(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line["exception"] = frames_only(error)
    return line


def _library_template(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """A library's message without its arguments, and without what looks like an address or a number."""
    record: logging.LogRecord | None = line.get("_record")
    template = str(record.msg) if record is not None else str(line.get("event", ""))
    line["event"] = _LONG_NUMBER.sub(_HIDDEN, _MAIL.sub(_HIDDEN, template)).strip()
    line["library"] = True
    return line


def log_uncaught() -> None:
    """Faults that end the process are written like all others, without their values."""

    def write(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        if not issubclass(kind, KeyboardInterrupt):
            structlog.get_logger("marketplace").critical("the process ended by a fault", exc_info=error)

    sys.excepthook = write
