"""Fills the table of docs/benchmarks.md from the newest result: `python -m benchmarks.document [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from . import results

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


def figures(result: dict[str, Any] | None) -> str:
    """The table of *result* in Markdown."""
    if result is None:
        return "No full run has been kept yet.\n"
    machine = result["machine"]
    lines = [
        f"Run of {result['finished_at']}, {result['seconds']} s, commit {machine['commit']}"
        f"{' with changes' if machine['changed_since_commit'] else ''}:"
        f" {machine['cores']} cores ({machine['processor']}), {machine['memory_bytes'] / 2**30:.0f} GiB,"
        f" PostgreSQL {machine['postgresql']}, Python {machine['python']},"
        + "".join(f" {name} {value}," for name, value in machine["settings"].items()).rstrip(",")
        + ".",
        "",
        "| # | ratio | measured | floor | goal | reached | arms: median (min to max) |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        arms = "<br>".join(
            f"{arm['name']}: {_figure(arm['median'])} ({_figure(arm['min'])} to {_figure(arm['max'])}) {arm['unit']},"
            f" {len(arm['samples'])}×"
            for arm in row["arms"]
        )
        lines.append(
            f"| {row['number']} | {row['title']} | {row['ratio']:.2f} | {row['floor']} | {row['goal']} |"
            f" {row['verdict']} | {arms} |"
        )
    lines += ["", *(f"- Row {row['number']}: {note}" for row in result["rows"] for note in row["notes"])]
    lines += [f"- Not measured, row {number}: {why}" for number, why in result["failures"].items()]
    return "\n".join(lines).rstrip() + "\n"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def filled(page: str, result: dict[str, Any] | None) -> str:
    """*page* with the figures of *result* between its marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{figures(result)}{_END}{after}"


def main() -> int:
    """Rewrite the page, or with --check say whether it is up to date."""
    page = _PAGE.read_text()
    wanted = filled(page, results.newest())
    if "--check" in sys.argv[1:]:
        if page == wanted:
            return 0
        print("docs/benchmarks.md is not that of the newest result: run `python -m benchmarks.document`.")
        return 1
    _PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
