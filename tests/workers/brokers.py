"""Message brokers from the system's packages, started for one test run on ports of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

_PROGRAMS = {"redis": "redis-server", "rabbitmq": "rabbitmq-server"}
_running: dict[str, str] = {}


def broker_url(name: str, request: pytest.FixtureRequest) -> str:
    """The address of a running broker; without its program a skip, or a failure where CI must have it."""
    program = shutil.which(_PROGRAMS[name])
    if program is None:
        reason = f"{_PROGRAMS[name]} is not installed"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"{reason}, and this run must try every broker")
        pytest.skip(reason)
    if name not in _running:
        _running[name] = (
            _start_redis(program, request) if name == "redis" else _start_rabbitmq(program, request)
        )
    return _running[name]


def _start_redis(program: str, request: pytest.FixtureRequest) -> str:
    port = free_port()
    folder = _folder(request)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    _start("redis", [*command, "--appendonly", "no"], folder, port, {}, request)
    return f"redis://127.0.0.1:{port}/0"


def _start_rabbitmq(program: str, request: pytest.FixtureRequest) -> str:
    port, distribution, names = free_port(), free_port(), str(free_port())
    folder = _folder(request)
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\nloopback_users.guest = true\nlog.console.level = error\n"
    )
    (folder / "enabled_plugins").write_text("[].")
    environment = {
        "RABBITMQ_NODENAME": f"exchange{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "HOME": str(folder),
        "ERL_EPMD_PORT": names,
    }
    # Debian's wrapper changes to a user of its own, who may not enter our folder.
    plain = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    command = [str(plain if plain.exists() else program)]
    # Erlang's name server outlives the broker that started it; what is registered first is done last.
    request.session.config.add_cleanup(lambda: _end_name_server(names))
    _start("rabbitmq", command, folder, port, environment, request)
    return f"amqp://guest:guest@127.0.0.1:{port}//"


def _end_name_server(port: str) -> None:
    program = shutil.which("epmd")
    if program is not None:
        subprocess.run(
            [program, "-port", port, "-relaxed_command_check", "-kill"], capture_output=True, check=False
        )


def _start(
    name: str,
    command: list[str],
    folder: Path,
    port: int,
    environment: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    with (folder / "output.log").open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=folder,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )

    def stop() -> None:
        _running.pop(name, None)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    request.session.config.add_cleanup(stop)
    until = time.monotonic() + 40
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"{name} did not start: {(folder / 'output.log').read_text()[-2000:]}")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _folder(request: pytest.FixtureRequest) -> Path:
    return Path(tempfile.mkdtemp(prefix="exchange-broker-"))
