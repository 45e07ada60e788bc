"""Rows 1 to 3: a file of leads from received to validated."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from marketplace.app import create_app
from marketplace.kernel import ids
from marketplace.kernel.database import db

from . import books, naive_intake, safe_copy
from .installation import Installation, Market, child_environment
from .measure import Arm, Goal, Row, interleaved, ratio_row
from .people import COLUMNS, write_file
from .stock import open_market

#: Broken and repeated rows are refused, about one in twenty; more would make the work another one.
_LEAST_KEPT: Final = 0.9
_OFFER: Final = {
    "vertical": "mortgage",
    "name": "Autumn",
    "price": {"amount": 2000, "currency": "EUR"},
    "channel": "net",
    "source": "search",
    "country": "DE",
    "consent_text": "I agree to be called.",
    "consent_source": "https://forms.example/",
    "consent_channels": ["phone", "email"],
}


@dataclass(frozen=True)
class _Received:
    """A database in which a batch has just been received: every run begins with a copy of it."""

    database: str
    batch_id: UUID
    file: Path


def measure(
    installation: Installation,
    *,
    rows: set[str],
    rounds: int,
    row_count: int,
    naive_count: int,
    many_count: int,
) -> Iterator[Row]:
    """Rows 1 and 2 over files of *row_count* rows (*naive_count* for the naive arm), row 3 with *many_count*."""
    with tempfile.TemporaryDirectory() as folder:
        received = _receive(installation, Path(folder), row_count)
        runs: list[dict[str, Any]] = []
        if rows & {"1", "2"}:
            yield from _rates(installation, received, runs, rounds, row_count, naive_count)
        if "3" in rows:
            while len(runs) < rounds:
                runs.append(_run_product(installation, received))
            many = _receive(installation, Path(folder), many_count)
            yield _memory(installation, many, runs, row_count, many_count)
            installation.drop_database(many.database)
        installation.drop_database(received.database)


def _rates(
    installation: Installation,
    received: _Received,
    runs: list[dict[str, Any]],
    rounds: int,
    row_count: int,
    naive_count: int,
) -> Iterator[Row]:
    clean = _clean_rows(installation, received, row_count)

    def product(_: int) -> float:
        runs.append(_run_product(installation, received))
        return float(runs[-1]["kept"] / runs[-1]["seconds"])

    def copy(_: int) -> float:
        market = installation.market("intake_copy", like=received.database)
        rate = safe_copy.write(market, clean)
        installation.drop(market)
        return rate

    def naive(_: int) -> float:
        market = installation.market("intake_naive", like=received.database)
        with market.superuser() as connection:
            connection.execute(naive_intake.TABLE)
        rate = naive_intake.read(market, received.file, naive_count)
        installation.drop(market)
        return rate

    measured = interleaved(
        rounds,
        {
            "product, received to validated": product,
            "COPY and INSERT … ON CONFLICT": copy,
            "naive, row by row": naive,
        },
        "kept rows/s",
    )
    ours, limit, plain = measured.values()
    facts = {"rows": row_count, "columns": COLUMNS, "kept": runs[-1]["kept"], "refused": runs[-1]["refused"]}
    yield ratio_row(
        "1",
        f"intake of {row_count:,} rows ÷ safe COPY of its clean rows",
        Goal(0.50, 0.70),
        ours,
        limit,
        facts=facts,
    )
    yield ratio_row(
        "2",
        f"intake ÷ naive pipeline (over {naive_count:,} rows)",
        Goal(30, 60),
        ours,
        plain,
        facts={**facts, "rows_naive": naive_count},
    )


def _memory(
    installation: Installation, many: _Received, runs: list[dict[str, Any]], row_count: int, many_count: int
) -> Row:
    large = _run_product(installation, many)
    print(f"    {many_count:,} rows in {large['seconds']:.1f} s", flush=True)
    return ratio_row(
        "3",
        f"worker memory on {many_count:,} rows ÷ on {row_count:,} rows",
        Goal(1.3, 1.0, at_most=True),
        Arm(f"{many_count:,} rows", "MiB peak", (large["peak_kib"] / 1024,)),
        Arm(f"{row_count:,} rows", "MiB peak", tuple(run["peak_kib"] / 1024 for run in runs)),
        notes=("the large file was read once: its arm takes long, and memory varies little",),
        facts={
            "kept": large["kept"],
            "seconds": large["seconds"],
            "kept_per_second": large["kept"] / large["seconds"],
        },
    )


def _run_product(installation: Installation, received: _Received) -> dict[str, Any]:
    """A fresh worker process on a fresh copy; what it took, once the books were looked at."""
    market = installation.market("intake_product", like=received.database)
    told = _worker(market, received)
    books.insist(market)
    installation.drop(market)
    return told


def _worker(market: Market, received: _Received) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake_worker", str(received.batch_id)],
        env=child_environment(market),
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the worker failed: {done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if not _LEAST_KEPT * told["total"] <= told["kept"] < told["total"]:
        raise books.LoadBroke(f"the file should lose a few rows: {told}")
    return told


def _clean_rows(installation: Installation, received: _Received, row_count: int) -> safe_copy.CleanRows:
    """What the product makes of the file; this run warms the machine up as well."""
    market = installation.market("intake_product", like=received.database)
    _worker(market, received)
    books.insist(market)
    clean = safe_copy.take_clean_rows(market, received.batch_id, row_count)
    installation.drop(market)
    return clean


def _receive(installation: Installation, folder: Path, rows: int) -> _Received:
    """Make a file of *rows* rows and upload it, as a seller does."""
    market = installation.market(f"intake_{rows}")
    seller = open_market(market, buyers=1, sellers=1).sellers[0]
    path = folder / f"{rows}.csv"
    byte_count = write_file(path, rows, seed=1)
    app = create_app(market.settings)
    client = app.test_client()

    def send(method: str, where: str, **more: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {seller.key}", "Idempotency-Key": where}
        answer = client.open(where, method=method, headers=headers, **more)
        if answer.status_code >= 300:
            raise RuntimeError(f"{method} {where}: {answer.get_data(as_text=True)}")
        told: dict[str, Any] = answer.get_json()
        return told

    offer = send("POST", "/v1/offers", json=_OFFER)
    batch = send("POST", f"/v1/offers/{offer['id']}/batches", json={})
    with path.open("rb") as file:
        send(
            "PUT",
            f"/v1/batches/{batch['id']}/file",
            input_stream=file,
            content_length=byte_count,
            content_type="text/csv",
            query_string={"name": path.name},
        )
    with app.app_context():
        db.engine.dispose()
    market.settle_down()
    market.close()
    batch_id = ids.parse("bat", batch["id"])
    if batch_id is None:
        raise RuntimeError("the batch's id cannot be read")
    return _Received(market.name, batch_id, path)
