"""What the story has done so far, so that an interrupted demonstration goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Progress:
    """Results of the story's steps by name, kept in one file with mode 0600 (it holds keys)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._done: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def once(self, name: str, act: Callable[[], Any]) -> Any:
        """The result of *act*, done now or in an earlier run."""
        if name not in self._done:
            self._done[name] = act()
            self._write()
        return self._done[name]

    def get(self, name: str) -> Any:
        """The result of a step, None when it was not done."""
        return self._done.get(name)

    def set(self, name: str, value: Any) -> None:
        """Note a result that is known now."""
        self._done[name] = value
        self._write()

    def _write(self) -> None:
        written = self.path.with_suffix(".new")
        handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump(self._done, out, indent=1)
        written.replace(self.path)
