"""The only reader of the environment: every setting, its default, and what is wrong with it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

Mode = Literal["production", "demonstration", "test"]
_MODES = ("production", "demonstration", "test")
_KEY_BYTES = 32


class SettingsError(Exception):
    """The configuration cannot work; the message says, line by line, what to set."""


@dataclass(frozen=True)
class Settings:
    """What an installation decides. Secrets are kept out of the representation."""

    mode: Mode
    data_dir: Path
    database_url: str = field(repr=False)
    owner_database_url: str | None = field(repr=False)
    embedded_database: bool
    broker_url: str | None = field(repr=False)
    master_keys: dict[str, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)
    host: str
    port: int
    public_url: str
    web_processes: int
    web_threads: int
    worker_processes: int
    beacon_url: str | None
    delivery_allow_loopback: bool
    trusted_proxies: int
    log_level: str
    max_upload_bytes: int

    @property
    def demonstration(self) -> bool:
        """True where business time may be moved and the demonstration market may be made."""
        return self.mode in ("demonstration", "test")


def default_data_dir() -> Path:
    """Where an embedded installation keeps its data when DATA_DIR is not set.

    The embedded database runs as a system user when we are root, and homes are closed to it: root's
    data lies under /var/lib, one folder for each checkout.
    """
    checkout = Path(__file__).resolve().parent.parent
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/lead-exchange") / _short(checkout)
    return checkout / "data"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError that names every variable that must be mended."""
    reader = _Reader(os.environ if environment is None else environment)
    settings = reader.read()
    if reader.problems:
        raise SettingsError(
            "The configuration is not usable:\n" + "\n".join(f"  - {p}" for p in reader.problems)
        )
    return settings


class _Reader:
    """Collects every problem before it gives up, so that one start shows them all."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def read(self) -> Settings:
        data_dir = Path(self.text("DATA_DIR") or default_data_dir()).expanduser().resolve()
        embedded = self.text("DATABASE_URL") is None
        kept = kept_secrets(data_dir) if embedded else {}
        mode = self.choice("EXCHANGE_MODE", _MODES, "demonstration" if embedded else "production")
        port = self.number("PORT", 8000, 1, 65535)
        host = self.text("HOST") or "127.0.0.1"
        return Settings(
            mode=mode,  # type: ignore[arg-type]  # one of _MODES, checked by choice()
            data_dir=data_dir,
            database_url=self.database_url(data_dir, kept),
            owner_database_url=self.owner_database_url(data_dir, kept),
            embedded_database=embedded,
            broker_url=self.broker_url(),
            master_keys=self.master_keys(kept),
            index_key=self.key("INDEX_KEY", self.text("INDEX_KEY") or kept.get("index_key")),
            host=host,
            port=port,
            public_url=self.text("PUBLIC_URL") or f"http://{host}:{port}",
            web_processes=self.number("WEB_PROCESSES", 2, 1, 64),
            web_threads=self.number("WEB_THREADS", 8, 1, 256),
            worker_processes=self.number("WORKER_PROCESSES", 2, 1, 64),
            beacon_url=self.text("BEACON_URL"),
            delivery_allow_loopback=self.choice(
                "DELIVERY_ALLOW_LOOPBACK", ("yes", "no"), "no" if mode == "production" else "yes"
            )
            == "yes",
            trusted_proxies=self.number("TRUSTED_PROXIES", 0, 0, 10),
            log_level=self.choice("LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
            max_upload_bytes=self.number("MAX_UPLOAD_BYTES", 1 << 30, 1024, 1 << 40),
        )

    def text(self, name: str) -> str | None:
        return self.environment.get(name, "").strip() or None

    def choice(self, name: str, words: tuple[str, ...], default: str) -> str:
        value = (self.text(name) or default).lower()
        if value not in words:
            self.problems.append(f"{name} must be one of {', '.join(words)}.")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not value.isdecimal() or not low <= int(value) <= high:
            self.problems.append(f"{name} must be a whole number from {low} to {high}.")
            return default
        return int(value)

    def database_url(self, data_dir: Path, kept: Mapping[str, str]) -> str:
        url = self.text("DATABASE_URL")
        if url is None:
            return embedded_url(data_dir, "exchange_app", kept.get("app_password", ""))
        return self.postgres_url("DATABASE_URL", url)

    def owner_database_url(self, data_dir: Path, kept: Mapping[str, str]) -> str | None:
        url = self.text("DATABASE_OWNER_URL")
        if url is not None:
            return self.postgres_url("DATABASE_OWNER_URL", url)
        if self.text("DATABASE_URL") is None:
            return embedded_url(data_dir, "exchange_owner", kept.get("owner_password", ""))
        return None

    def postgres_url(self, name: str, url: str) -> str:
        scheme = urlsplit(url).scheme
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
            self.problems.append(
                f"{name} must be a PostgreSQL address: postgresql://user:password@host/database."
            )
        return "postgresql+psycopg" + url[len(scheme) :]

    def broker_url(self) -> str | None:
        url = self.text("BROKER_URL")
        if url is not None and urlsplit(url).scheme not in ("redis", "rediss", "amqp", "amqps"):
            self.problems.append(
                "BROKER_URL must begin with redis://, rediss://, amqp:// or amqps://;"
                " leave it out to use the database as broker."
            )
        return url

    def master_keys(self, kept: Mapping[str, str]) -> dict[str, bytes]:
        """MASTER_KEYS is ``id:base64,id:base64``; the first one seals, all of them open."""
        value = self.text("MASTER_KEYS") or kept.get("master_keys")
        keys = {}
        for part in (value or "").split(","):
            name, _, encoded = part.strip().partition(":")
            if name and encoded:
                keys[name] = self.key("MASTER_KEYS", encoded)
        if not keys:
            self.problems.append(
                "MASTER_KEYS must be set: a name and 32 random bytes in base64, such as"
                " 2026a:$(openssl rand -base64 32). It seals all contacts; keep a copy in a safe place."
            )
        return keys

    def key(self, name: str, encoded: str | None) -> bytes:
        if encoded is None:
            self.problems.append(f"{name} must be set: 32 random bytes in base64 (openssl rand -base64 32).")
            return bytes(_KEY_BYTES)
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != _KEY_BYTES:
            self.problems.append(f"{name} must hold 32 bytes in base64 (openssl rand -base64 32).")
            return bytes(_KEY_BYTES)
        return key


def embedded_url(data_dir: Path, role: str, password: str) -> str:
    """The address of the embedded database, which listens on a socket in *data_dir* only."""
    socket_dir = socket_folder(data_dir)
    return f"postgresql+psycopg://{role}:{quote(password)}@/exchange?host={quote(str(socket_dir), safe='')}"


def database_folder(data_dir: Path) -> Path:
    """Where the embedded database's files lie: in *data_dir*, if its system user can get there.

    As root the server runs as a system user. Where that user may not pass (a home), the files lie
    under /var/lib instead of opening the home to everybody.
    """
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    blocked = is_root and any(
        parent.exists() and not parent.stat().st_mode & 0o001 for parent in data_dir.parents
    )
    return (
        Path("/var/lib/lead-exchange") / f"database-{_short(data_dir)}" if blocked else data_dir / "postgres"
    )


def socket_folder(data_dir: Path) -> Path:
    """Where the embedded database's socket lies: socket names must stay under about 100 bytes."""
    folder = database_folder(data_dir)
    if len(str(folder)) <= 80:
        return folder
    return Path("/tmp") / f"lead-exchange-{_short(folder)}"  # noqa: S108 - the folder is the database's own


def _short(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def kept_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of an embedded installation, made at its first start and kept with mode 0600."""
    path = data_dir / "secrets.json"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = {
            "owner_password": os.urandom(24).hex(),
            "app_password": os.urandom(24).hex(),
            "superuser_password": os.urandom(24).hex(),
            "master_keys": "first:" + base64.b64encode(os.urandom(_KEY_BYTES)).decode(),
            "index_key": base64.b64encode(os.urandom(_KEY_BYTES)).decode(),
        }
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process of the same first start was quicker
            return kept_secrets(data_dir)
        with os.fdopen(handle, "w") as out:
            json.dump(fresh, out)
        return fresh
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
