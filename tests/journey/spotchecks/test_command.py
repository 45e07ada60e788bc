"""``lead-exchange verify-draw``: a downloaded record, or a batch in the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from marketplace.cli.verify_draw import verify_draw
from marketplace.kernel import crypto
from tests.journey import checks
from tests.journey.conftest import Party


def test_a_downloaded_record_is_recomputed_without_the_exchange(
    app: Flask, seller: Party, checkers: list[Party], batch: str, tmp_path: Path
) -> None:
    checks.check_clean(app, batch, checkers[0])
    text = seller.get(checks.check_of(seller, batch)["record_url"]).data
    record = tmp_path / "record.json"
    record.write_bytes(text)
    assert CliRunner().invoke(verify_draw, [str(record)]).exit_code == 0
    # Somebody had other leads checked than the drawn ones.
    record.write_bytes(text.replace(b'"checked":[', b'"checked":[59,', 1))
    told = CliRunner().invoke(verify_draw, [str(record)])
    assert told.exit_code == 1 and "checked is not the beginning of the drawn order" in told.output


def test_a_batch_is_recomputed_from_the_database(
    app: Flask,
    seller: Party,
    checkers: list[Party],
    batch: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ring = crypto.keys()
    try:
        early = CliRunner().invoke(verify_draw, [batch])
        assert early.exit_code != 0
        checks.check_clean(app, batch, checkers[0])
        done = CliRunner().invoke(verify_draw, [batch])
        assert done.exit_code == 0, done.output
        assert CliRunner().invoke(verify_draw, ["no-such-thing"]).exit_code == 2
    finally:
        crypto.use_keys(ring)
