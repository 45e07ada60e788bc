"""Tables of spot checks, their samples and verdicts, and of what a full check costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Currency, Id, currency_check, one_of
from ...kernel.database import Base, refuse_by_constraint
from .confirmation import Verdict
from .errors import AlreadyChecked
from .rules import CheckState, Choice, Part, SampleOutcome


class SpotCheck(Base):
    """The check of one batch: the plan that is really used, the figures, the decision."""

    __tablename__ = "spot_checks"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("verticals.id"))
    state: Mapped[str]
    preset: Mapped[str]
    #: Leads of the batch when it was frozen.
    population: Mapped[int] = mapped_column(Integer)
    #: Boundaries, promises and exact risks for this population, kept as data.
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    checked: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    fakes: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    inconclusive: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    pending: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    fully_checked: Mapped[bool] = mapped_column(server_default=text("false"))
    choice: Mapped[str | None]
    choose_by: Mapped[datetime | None]
    chosen_at: Mapped[datetime | None]
    frozen_at: Mapped[BusinessTime]
    drawn_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", CheckState, "spot_checks_state_known"),
        one_of("choice", Choice, "spot_checks_choice_known"),
        CheckConstraint("(choice IS NULL) = (chosen_at IS NULL)", name="spot_checks_choice_dated"),
        CheckConstraint(
            "state NOT IN ('returned', 'full_check') OR choice IS NOT NULL", name="spot_checks_choice_made"
        ),
        CheckConstraint("(plan IS NULL) = (drawn_at IS NULL)", name="spot_checks_plan_drawn"),
        CheckConstraint(
            "(state IN ('frozen', 'empty')) = (drawn_at IS NULL)", name="spot_checks_drawn_before_judged"
        ),
        CheckConstraint(
            "(state IN ('frozen', 'sampling')) = (decided_at IS NULL)", name="spot_checks_decision_dated"
        ),
        CheckConstraint("(state = 'empty') = (population = 0)", name="spot_checks_empty_is_empty"),
        CheckConstraint(
            "fakes >= 0 AND inconclusive >= 0 AND pending >= 0 AND checked >= 0 AND fakes <= population",
            name="spot_checks_figures",
        ),
        Index(None, "seller_id"),
        Index(
            "spot_checks_choose_by_idx",
            "choose_by",
            postgresql_where=text("state IN ('on_hold', 'rejected')"),
        ),
    )


class Sample(Base):
    """One lead of the committed order, and what is known of it."""

    __tablename__ = "spot_check_samples"

    id: Mapped[Id]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("spot_checks.batch_id"))
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("leads.id"))
    #: Place in the order of checking, from 0.
    position: Mapped[int] = mapped_column(Integer)
    #: Place among the frozen leaves, from 0.
    leaf_index: Mapped[int] = mapped_column(Integer)
    part: Mapped[str]
    outcome: Mapped[str]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    claimed_until: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("batch_id", "position"),
        UniqueConstraint("lead_id"),
        one_of("part", Part, "spot_check_samples_part_known"),
        one_of("outcome", SampleOutcome, "spot_check_samples_outcome_known"),
        CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name="spot_check_samples_claim_whole"
        ),
        CheckConstraint(
            "(outcome IN ('genuine', 'fake', 'inconclusive')) = (settled_at IS NOT NULL)",
            name="spot_check_samples_settled_dated",
        ),
        CheckConstraint("position >= 0 AND leaf_index >= 0", name="spot_check_samples_places"),
        Index("spot_check_samples_work_idx", "id", postgresql_where=text("outcome = 'pending'")),
    )


class GivenVerdict(Base):
    """What one checker found about one lead. Never changed; only its note may be erased."""

    __tablename__ = "verdicts"

    id: Mapped[Id]
    sample_id: Mapped[UUID] = mapped_column(ForeignKey("spot_check_samples.id"))
    checker_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    verdict: Mapped[str]
    attempts: Mapped[int] = mapped_column(Integer)
    key_id: Mapped[str | None]
    wrapped_key: Mapped[bytes | None]
    #: The note, bound to the id of this row.
    sealed: Mapped[bytes | None]
    given_at: Mapped[BusinessTime]

    __table_args__ = (
        UniqueConstraint("sample_id", "checker_id"),
        one_of("verdict", Verdict, "verdicts_verdict_known"),
        CheckConstraint("attempts BETWEEN 1 AND 100", name="verdicts_attempts_some"),
        CheckConstraint("(sealed IS NULL) = (key_id IS NULL)", name="verdicts_note_whole"),
    )


class CheckFee(Base):
    """What the full check of one lead costs a seller of this vertical, in this currency."""

    __tablename__ = "check_fees"

    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("verticals.id"), primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    fee_minor: Mapped[int]
    changed_at: Mapped[BusinessTime]

    __table_args__ = (
        currency_check("check_fees"),
        CheckConstraint("fee_minor > 0", name="check_fees_fee_positive"),
    )


refuse_by_constraint({"verdicts_sample_id_checker_id_key": AlreadyChecked})
