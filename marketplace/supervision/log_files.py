"""The children's logs: kept in files, bounded in size, warnings shown on the screen."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

LARGEST_BYTES: Final = 50_000_000
_SHOWN: Final = ("warning", "error", "critical")


class LogTail:
    """Reads what was appended to a log since the last look."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = path.stat().st_size if path.exists() else 0

    def show_warnings(self, show: Callable[[str], None]) -> None:
        """Show new lines that are warnings or worse, in one readable line each."""
        for line in self._new_lines():
            if (shown := readable(line)) is not None:
                show(f"{self.path.stem}: {shown}")

    def keep_small(self) -> None:
        """Move a log that grew large aside; its writer appends and goes on."""
        if self.path.exists() and self.path.stat().st_size > LARGEST_BYTES:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)
            self._offset = 0

    def _new_lines(self) -> list[bytes]:
        try:
            with self.path.open("rb") as log:
                log.seek(self._offset)
                found = log.read()
        except FileNotFoundError:
            return []
        whole = found.rfind(b"\n") + 1
        self._offset += whole
        return found[:whole].splitlines()


def readable(line: bytes) -> str | None:
    """The line of a warning as a person reads it; None for everything else."""
    try:
        facts = json.loads(line)
    except ValueError:
        return None
    if not isinstance(facts, dict) or facts.get("level") not in _SHOWN:
        return None
    rest = {
        key: value
        for key, value in facts.items()
        if key in ("task", "error", "exit_code", "attempt", "queue")
    }
    return " ".join(
        [str(facts["level"]), str(facts.get("event", ""))] + [f"{k}={v}" for k, v in rest.items()]
    )
