"""Logs show what happened and never a value that nobody vouched for."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel import logs

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("info", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()


def test_a_value_of_an_unknown_key_is_hidden(lines: Lines) -> None:
    structlog.get_logger("marketplace.test").info("lead received", phone="+79161234567", count=3)
    (line,) = lines()
    assert (line["event"], line["phone"], line["count"]) == ("lead received", "[hidden]", 3)


@given(key=st.from_regex(r"[a-z_]{1,20}", fullmatch=True), value=st.text(min_size=1))
def test_only_listed_keys_keep_their_values(key: str, value: str) -> None:
    kept = logs.keep_allowed(None, "info", {key: value})
    assert kept == {key: value if key in logs.ALLOWED_KEYS else "[hidden]"}


def test_what_is_bound_stands_in_every_line(lines: Lines) -> None:
    with logs.bound(task="purchases.release", request_id="req_1"):
        structlog.get_logger("marketplace.test").info("inside")
    structlog.get_logger("marketplace.test").info("outside")
    inside, outside = lines()
    assert (inside["task"], inside["request_id"]) == ("purchases.release", "req_1")
    assert "task" not in outside


def test_a_fault_is_written_without_what_it_says(lines: Lines) -> None:
    try:
        try:
            raise ValueError("mail to anna@example.org failed")
        except ValueError as error:
            raise RuntimeError("and so did +79161234567") from error
    except RuntimeError:
        structlog.get_logger("marketplace.test").error("job failed", exc_info=True)
    (line,) = lines()
    trace = line["exception"]
    assert isinstance(trace, list)
    assert trace[0] == "RuntimeError"
    assert "ValueError" in trace
    assert any("test_logs.py" in frame for frame in trace)
    assert "example.org" not in json.dumps(line)
    assert "7916" not in json.dumps(line)


def test_a_librarys_arguments_addresses_and_numbers_are_left_out(lines: Lines) -> None:
    logging.getLogger("some.library").warning("cannot reach %s", "anna@example.org")
    logging.getLogger("some.library").warning("no route to anna@example.org or +7 (916) 123-45-67")
    first, second = lines()
    assert first["event"] == "cannot reach %s"
    assert second["event"] == "no route to [hidden] or [hidden]"


def test_libraries_speak_only_when_something_is_wrong(lines: Lines) -> None:
    logging.getLogger("some.library").info("GET /v1/leads")
    assert lines() == []
