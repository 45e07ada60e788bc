"""Tables of disputes, their messages and files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Id, one_of
from ...kernel.database import Base
from .rules import Author, DisputeState, Kind, OpenedBy, Reason, RuledBy

_SEALED = "(wrapped_key IS NULL) = (sealed IS NULL)"


class Dispute(Base):
    """A buyer's claim about one purchase, its clocks and its ruling."""

    __tablename__ = "disputes"

    id: Mapped[Id]
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    reason: Mapped[str]
    opened_by: Mapped[str] = mapped_column(server_default=text("'buyer'"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    ruled_by: Mapped[str | None]
    #: What the buyer gets back of the price when the dispute is partly upheld.
    refund_minor: Mapped[int | None]
    opened_at: Mapped[BusinessTime]
    answer_due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ruling_due_at: Mapped[datetime | None]
    #: Without a ruling until then the buyer is refunded.
    refund_due_at: Mapped[datetime | None]
    ruled_at: Mapped[datetime | None]
    #: When money moves: at once by rule or default, after the time for an appeal by a moderator.
    takes_effect_at: Mapped[datetime | None]
    executed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("reason", Reason, "disputes_reason_known"),
        one_of("opened_by", OpenedBy, "disputes_opened_by_known"),
        one_of("state", DisputeState, "disputes_state_known"),
        one_of("ruled_by", RuledBy, "disputes_ruled_by_known"),
        CheckConstraint(
            "(state IN ('upheld', 'partly_upheld', 'denied')) = (ruled_by IS NOT NULL)"
            " AND (ruled_by IS NULL) = (ruled_at IS NULL) AND (ruled_by IS NULL) = (takes_effect_at IS NULL)",
            name="disputes_ruling_whole",
        ),
        CheckConstraint(
            "(state = 'partly_upheld') = (refund_minor IS NOT NULL)", name="disputes_refund_when_partly"
        ),
        CheckConstraint("refund_minor > 0", name="disputes_refund_positive"),
        CheckConstraint(
            "(answered_at IS NULL) = (ruling_due_at IS NULL) AND (answered_at IS NULL) = (refund_due_at IS NULL)",
            name="disputes_answer_clocked",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="disputes_withdrawal_dated"
        ),
        CheckConstraint("executed_at >= ruled_at", name="disputes_executed_after_ruling"),
        Index(
            "disputes_one_per_purchase_idx",
            "purchase_id",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index("disputes_buyer_id_idx", "buyer_id", "id"),
        Index("disputes_seller_id_idx", "seller_id", "id"),
        Index("disputes_work_idx", "id", postgresql_where=text("state IN ('open', 'answered')")),
    )


class DisputeMessage(Base):
    """What a party or the moderator wrote; sealed, since it may name people."""

    __tablename__ = "dispute_messages"

    id: Mapped[Id]
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    author: Mapped[str]
    kind: Mapped[str]
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes | None]
    sealed: Mapped[bytes | None]
    written_at: Mapped[BusinessTime]

    __table_args__ = (
        one_of("author", Author, "dispute_messages_author_known"),
        one_of("kind", Kind, "dispute_messages_kind_known"),
        CheckConstraint(_SEALED, name="dispute_messages_seal_whole"),
        Index("dispute_messages_dispute_id_idx", "dispute_id", "id"),
    )


class DisputeFile(Base):
    """A file that a party shows; name and bytes are sealed together."""

    __tablename__ = "dispute_files"

    id: Mapped[Id]
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    author: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    #: Keyed, so that it tells nothing about the content; the same file is kept once.
    digest: Mapped[bytes]
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes | None]
    sealed: Mapped[bytes | None]
    added_at: Mapped[BusinessTime]

    __table_args__ = (
        UniqueConstraint("dispute_id", "digest"),
        one_of("author", Author, "dispute_files_author_known"),
        CheckConstraint("size_bytes BETWEEN 1 AND 5242880", name="dispute_files_size"),
        CheckConstraint("length(digest) = 16", name="dispute_files_digest_length"),
        CheckConstraint(_SEALED, name="dispute_files_seal_whole"),
    )
