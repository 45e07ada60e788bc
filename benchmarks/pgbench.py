"""Runs pgbench, the reference client, and reads what it tells."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url

from .installation import Market, child_environment, program

_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_DONE = re.compile(r"transactions actually processed: (\d+)/(\d+)")


def rate(
    market: Market, script: str, *, clients: int, transactions: int, variables: Mapping[str, int | str]
) -> float:
    """Transactions per second of *script*, *transactions* by each client, prepared, without connecting time.

    Raises RuntimeError when a transaction failed: a reference that does less work is none.
    """
    url = make_url(market.settings.database_url)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script)
        command = [program("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1"]
        command += ["-t", str(transactions), "-f", str(path)]
        command += [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
        told = subprocess.run(
            command,
            env=child_environment(
                market,
                PGHOST=str(url.query["host"]),
                PGUSER=str(url.username),
                PGPASSWORD=str(url.password),
                PGDATABASE=str(url.database),
                PGTZ="UTC",
            ),
            capture_output=True,
            text=True,
            check=False,
        )
    done, found = _DONE.search(told.stdout), _RATE.search(told.stdout)
    if told.returncode != 0 or not done or not found or done[1] != done[2]:
        raise RuntimeError(f"pgbench failed: {(told.stdout + told.stderr)[-2000:]}")
    return float(found[1])
