"""`python -m benchmarks`: the speed table. See docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from . import document, intake, machine, purchases, results, search
from .installation import Installation, installation
from .measure import ROUNDS, Row

_ROWS = ("1", "2", "3", "4", "5", "6", "10", "11")


@dataclass(frozen=True)
class Scale:
    """How much of everything a run does."""

    rounds: int
    intake_rows: int
    intake_rows_naive: int
    intake_rows_many: int
    purchases_each: int
    listings: int
    searches: int


_FULL = Scale(ROUNDS, 100_000, 2_000, 1_000_000, 250, 1_000_000, 32)
_QUICK = Scale(2, 10_000, 500, 50_000, 25, 60_000, 8)


def main() -> int:
    """Run what was asked for; the code is 1 when a row could not be measured or missed its floor."""
    asked = _arguments()
    rows = set(asked.rows.split(",")) if asked.rows else set(_ROWS)
    if not rows <= set(_ROWS):
        print(f"There are the rows {', '.join(_ROWS)}.", file=sys.stderr)
        return 2
    scale = _QUICK if asked.quick else _FULL
    if asked.listings:
        scale = Scale(**{**asdict(scale), "listings": asked.listings})
    begun = time.monotonic()
    with installation(scale.listings) as made:
        described = machine.describe(made.server.superuser_dsn())
        measured, failures = _measure(made, rows, scale, quick=asked.quick)
    seconds = time.monotonic() - begun
    options = {"rows": sorted(rows, key=int), **asdict(scale)}
    whole = rows == set(_ROWS) and not failures
    path = results.save(
        measured, failures, described, options, seconds=seconds, quick=asked.quick, whole=whole
    )
    print(f"\n{path}, after {seconds:.0f} s")
    for number, why in failures.items():
        print(f"row {number} was not measured: {why}", file=sys.stderr)
    if whole and not asked.quick:
        document.main()
    missed = any(row.verdict == "missed" for row in measured)
    return 1 if failures or missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the speed table.")
    parser.add_argument("--rows", default="", help=f"which rows, such as 1,2,10 (all: {','.join(_ROWS)})")
    parser.add_argument("--quick", action="store_true", help="small and few rounds: shows that all works")
    parser.add_argument("--listings", type=int, help="how many listings are searched (rows 10 and 11)")
    return parser.parse_args()


def _measure(
    made: Installation, rows: set[str], scale: Scale, *, quick: bool
) -> tuple[list[Row], dict[str, str]]:
    """Run the parts one by one; a part that fails does not take the others along."""
    parts: dict[frozenset[str], Callable[[set[str]], Iterator[Row]]] = {
        frozenset({"1", "2", "3"}): lambda asked: intake.measure(
            made,
            rows=asked,
            rounds=scale.rounds,
            row_count=scale.intake_rows,
            naive_count=scale.intake_rows_naive,
            many_count=scale.intake_rows_many,
        ),
        frozenset({"4", "5", "6"}): lambda asked: purchases.measure(
            made, rows=asked, rounds=scale.rounds, each=scale.purchases_each
        ),
        frozenset({"10", "11"}): lambda asked: search.measure(
            made, rows=asked, rounds=scale.rounds, listings=scale.listings, searches=scale.searches
        ),
    }
    measured: list[Row] = []
    failures: dict[str, str] = {}
    for numbers, part in parts.items():
        asked = rows & numbers
        if not asked:
            continue
        print(f"rows {', '.join(sorted(asked, key=int))}", flush=True)
        try:
            for found in _wanted(part(asked), asked):
                row = replace(found, comparable=found.comparable and not quick)
                results.show(row)
                measured.append(row)
        except Exception as error:
            print(f"  failed: {type(error).__name__}: {error}", file=sys.stderr)
            for number in asked - {row.number for row in measured}:
                failures[number] = f"{type(error).__name__}: {error}"[:500]
    return measured, failures


def _wanted(rows: Iterable[Row], asked: set[str]) -> Iterator[Row]:
    return (row for row in rows if row.number in asked)


if __name__ == "__main__":
    sys.exit(main())
