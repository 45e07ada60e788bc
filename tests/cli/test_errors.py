"""A command that cannot work says why in a sentence and ends with status 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "marketplace.cli", *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command() -> None:
    told = _run({}, "--help")
    assert told.returncode == 0
    assert all(name in told.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_table_can_be_loaded(name: str) -> None:
    assert _run({}, name, "--help").returncode == 0


def _told_in_a_sentence(told: subprocess.CompletedProcess[str], way_out: str) -> None:
    assert told.returncode == 2, told.stderr
    assert "Traceback" not in told.stderr
    assert way_out in told.stderr


def test_bad_settings_are_listed(environment: dict[str, str]) -> None:
    _told_in_a_sentence(_run({**environment, "PORT": "many"}, "serve"), "PORT must be a whole number")


def test_a_database_that_does_not_answer_is_named(environment: dict[str, str]) -> None:
    nowhere = {**environment, "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/nothing"}
    _told_in_a_sentence(_run(nowhere, "serve"), "Check that it runs and that DATABASE_URL names it")


def test_a_wrong_password_is_named_without_being_told(environment: dict[str, str]) -> None:
    wrong = environment["DATABASE_URL"].replace("exchange_app:", "exchange_app:wrong-secret")
    told = _run({**environment, "DATABASE_URL": wrong}, "serve")
    _told_in_a_sentence(told, "check the user and the password")
    assert "wrong-secret" not in told.stderr


def test_migrating_without_the_owner_is_refused(environment: dict[str, str]) -> None:
    without = {name: value for name, value in environment.items() if name != "DATABASE_OWNER_URL"}
    _told_in_a_sentence(_run(without, "migrate"), "Set DATABASE_OWNER_URL")


def test_an_unknown_queue_is_refused(environment: dict[str, str]) -> None:
    _told_in_a_sentence(_run(environment, "worker", "--queues", "fast"), "money, deliver")


def test_a_registry_that_is_not_there_is_refused(environment: dict[str, str]) -> None:
    _told_in_a_sentence(
        _run(environment, "sweeper", "--registry", "nowhere:x"), "There is no registry at nowhere:x"
    )


def test_migrating_an_up_to_date_database_changes_nothing(environment: dict[str, str]) -> None:
    told = _run(environment, "migrate")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("The database is at ")
