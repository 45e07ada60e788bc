"""Results: printed for people, kept as JSON, shown in the documentation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .measure import Row

FOLDER = Path(__file__).resolve().parent / "results"
_QUICK, _PART = "-quick", "-part"


def show(row: Row) -> None:
    """Print a row: its arms and what came of them."""
    print(f"\n  row {row.number}: {row.title}")
    for arm in row.arms:
        print(
            f"    {arm.name:<42} median {arm.median:>14,.2f}   min {min(arm.samples):>14,.2f}"
            f"   max {max(arm.samples):>14,.2f} {arm.unit}"
        )
    print(
        f"    ratio {row.ratio:.3f}   floor {row.goal.words(row.goal.floor)}   goal {row.goal.words(row.goal.goal)}"
        f"   → {row.verdict}"
    )
    for note in row.notes:
        print(f"    note: {note}")
    print(flush=True)


def save(
    rows: Sequence[Row],
    failures: dict[str, str],
    machine: dict[str, Any],
    options: dict[str, Any],
    *,
    seconds: float,
    quick: bool,
    whole: bool,
) -> Path:
    """Write the result of a run; its name says when it is quick, which shows only that all works, or not whole."""
    now = datetime.now(UTC)
    path = FOLDER / f"{now:%Y-%m-%d}-{machine['commit']}{_QUICK if quick else '' if whole else _PART}.json"
    FOLDER.mkdir(exist_ok=True)
    result = {
        "finished_at": now.isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "quick": quick,
        "options": options,
        "machine": machine,
        "rows": [row.as_json() for row in rows],
        "failures": failures,
    }
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return path


def newest() -> dict[str, Any] | None:
    """The newest result of a whole run that was not a quick one."""
    found = [
        json.loads(path.read_text())
        for path in FOLDER.glob("*.json")
        if not path.stem.endswith((_QUICK, _PART))
    ]
    return max(found, key=lambda result: str(result["finished_at"]), default=None)
