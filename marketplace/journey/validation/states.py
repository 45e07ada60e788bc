"""The words of validation's states."""

from __future__ import annotations

from enum import StrEnum


class ReportState(StrEnum):
    """Whether the rows of a batch are being judged, or all are."""

    RUNNING = "running"
    DONE = "done"


class Verdict(StrEnum):
    """Whether a lead goes on, or waits for a person."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    QUARANTINED = "quarantined"
