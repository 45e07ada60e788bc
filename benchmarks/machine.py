"""What a result was measured on: without it a figure says nothing."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
import psycopg

_PACKAGES = (
    "flask",
    "flask-sqlalchemy",
    "granian",
    "marshmallow",
    "numpy",
    "orjson",
    "phonenumbers",
    "polars",
    "psycopg",
    "rphonenumbers",
    "sqlalchemy",
)
_SETTINGS = (
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
    "max_connections",
)
_ROOT = Path(__file__).resolve().parent.parent


def describe(superuser_dsn: str) -> dict[str, Any]:
    """Cores, memory, processor, PostgreSQL with its durability, Python, packages, the commit."""
    with psycopg.connect(superuser_dsn) as connection:
        version = _one(connection, "SHOW server_version")
        settings = {name: _one(connection, f"SHOW {name}") for name in _SETTINGS}
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_before": psutil.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": version,
        "settings": settings,
        "packages": {name: version_of(name) for name in _PACKAGES},
        "commit": commit(),
        "changed_since_commit": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def commit() -> str:
    """The short name of the commit, or `unknown` outside of a repository."""
    return _git("rev-parse", "--short", "HEAD") or "unknown"


def _one(connection: psycopg.Connection, statement: str) -> str:
    row = connection.execute(statement.encode()).fetchone()
    return str(row[0]) if row else ""


def _git(*words: str) -> str:
    try:
        told = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return told.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except FileNotFoundError:
        pass
    return platform.processor()
