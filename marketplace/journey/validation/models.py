"""Tables of validation: the report of a batch, its chunks, and what was checked of each lead."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Code, one_of
from ...kernel.database import Base
from .states import ReportState, Verdict


class BatchReport(Base):
    """How far the validation of a batch is, and how many rows it took and refused."""

    __tablename__ = "batch_reports"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    state: Mapped[Code] = mapped_column(server_default=text("'running'"))
    rows_total: Mapped[int] = mapped_column(server_default=text("0"))
    rows_accepted: Mapped[int] = mapped_column(server_default=text("0"))
    rows_refused: Mapped[int] = mapped_column(server_default=text("0"))
    #: How far into the file reading has come, where that is known.
    bytes_read: Mapped[int | None]
    started_at: Mapped[BusinessTime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", ReportState, "batch_reports_state_known"),
        CheckConstraint("(state = 'done') = (finished_at IS NOT NULL)", name="batch_reports_done_dated"),
        CheckConstraint(
            "rows_accepted >= 0 AND rows_refused >= 0 AND rows_total = rows_accepted + rows_refused",
            name="batch_reports_add_up",
        ),
    )


class BatchChunk(Base):
    """A slice of a file that is done, and where the next one begins."""

    __tablename__ = "batch_chunks"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_row: Mapped[int]
    rows: Mapped[int] = mapped_column(Integer)
    accepted: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    checkpoint: Mapped[dict[str, Any]]
    is_last: Mapped[bool]
    done_at: Mapped[BusinessTime]

    __table_args__ = (
        CheckConstraint(
            "number >= 0 AND first_row >= 0 AND accepted >= 0 AND refused >= 0 AND rows = accepted + refused",
            name="batch_chunks_add_up",
        ),
    )


class LeadReport(Base):
    """What was checked of a lead, without personal data, and whether a person must look at it first."""

    __tablename__ = "lead_reports"

    lead_id: Mapped[UUID] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    verdict: Mapped[Code] = mapped_column(server_default=text("'pass'"))
    answers: Mapped[dict[str, Any]]

    __table_args__ = (
        one_of("verdict", Verdict, "lead_reports_verdict_known"),
        Index("lead_reports_quarantined_idx", "lead_id", postgresql_where=text("verdict = 'quarantined'")),
    )
