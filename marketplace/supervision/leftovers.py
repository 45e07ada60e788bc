"""Remembers which processes belong to a supervisor, so that the next one can end what a killed one left."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import structlog

_log = structlog.get_logger("marketplace.supervision")

#: Start times are kept with hundredths of a second; a recycled process id differs by more.
_SAME_START_SECONDS: Final = 0.05
_GONE_SECONDS: Final = 5.0


class AlreadyRunning(Exception):
    """Another supervisor runs on this data; the message names its process."""


def remember(path: Path, children: Iterable[int]) -> None:
    """Write down this process and its children with their start times."""
    written = path.with_suffix(".new")
    facts = {"supervisor": _facts(os.getpid()), "children": [_facts(pid) for pid in children]}
    written.write_text(json.dumps(facts))
    written.replace(path)


def forget(path: Path) -> None:
    """Nothing is left running."""
    path.unlink(missing_ok=True)


def end_leftovers(path: Path) -> int:
    """End what an earlier supervisor left behind; returns how many groups were ended.

    Raises AlreadyRunning when that supervisor is alive.
    """
    try:
        facts = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0
    supervisor = facts["supervisor"]
    if supervisor is not None and supervisor["pid"] != os.getpid() and _is_same(supervisor):
        raise AlreadyRunning(
            f"The exchange runs already (process {supervisor['pid']}). Stop it, or set another DATA_DIR."
        )
    ended = 0
    for child in filter(None, facts["children"]):
        # Nobody can get the number of a group that still has members, so younger members are ours.
        if _is_same(child) or any(p.create_time() >= child["started"] - 1 for p in _group(child["pid"])):
            kill_group(child["pid"])
            ended += 1
    if ended:
        _log.warning("ended what an earlier run left behind", count=ended)
    return ended


def kill_group(leader: int) -> None:
    """Kill a process and everything in its group, and wait until they are gone."""
    members = _group(leader)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    until = time.monotonic() + _GONE_SECONDS
    while any(_is_alive(process) for process in members) and time.monotonic() < until:
        time.sleep(0.02)


def _is_alive(process: psutil.Process) -> bool:
    # A zombie holds nothing any more, and in a container nobody may ever collect it.
    try:
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _group(leader: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
    return members


def _facts(pid: int) -> dict[str, float] | None:
    try:
        return {"pid": pid, "started": psutil.Process(pid).create_time()}
    except psutil.NoSuchProcess:
        return None


def _is_same(facts: dict[str, float]) -> bool:
    try:
        process = psutil.Process(int(facts["pid"]))
        alive = process.status() != psutil.STATUS_ZOMBIE
        return alive and bool(abs(process.create_time() - facts["started"]) < _SAME_START_SECONDS)
    except psutil.NoSuchProcess:
        return False
