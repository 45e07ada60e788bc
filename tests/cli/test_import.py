"""A file is imported from the command line through the public door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.serving import make_server

from marketplace.cli.import_file import import_command
from tests.journey.batches import file_of, people, validate_due
from tests.journey.conftest import Party, make_offer, operator, seller, sign_up

__all__ = ["make_offer", "operator", "seller", "sign_up"]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_a_file_is_sent_and_followed_to_its_end(
    app: Flask, seller: Party, make_offer: Callable[..., dict[str, Any]], address: str, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(file_of([*people(3), "x,1,,,,"]))
    command = ["--offer", make_offer(seller)["id"], "--url", address]
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            validate_due(app)
            time.sleep(0.1)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        done = CliRunner().invoke(import_command, [str(file), *command, "--key", seller.secret])
    finally:
        stop.set()
        worker.join()
    assert done.exit_code == 0, done.output
    assert "3 leads taken, 1 rows refused; now validated" in done.output
    refused = CliRunner().invoke(import_command, [str(file), *command, "--key", "lx_live_wrong"])
    assert refused.exit_code == 1 and "API key" in refused.output
    nobody = CliRunner().invoke(
        import_command, [str(file), "--offer", "off_x", "--url", "http://127.0.0.1:1", "--key", "k"]
    )
    assert nobody.exit_code == 1 and "lead-exchange up" in nobody.output
