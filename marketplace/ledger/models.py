"""The tables of the ledger; written by its own functions only, so that mapped classes just read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.columns import Currency, WallTime, currency_check, one_of
from ..kernel.database import Base
from .rules import OnePer, Side

#: Compared by bytes, whatever the database's language is.
Code = Annotated[str, mapped_column(Text(collation="C"))]
Counter = Annotated[int, mapped_column(BigInteger, server_default=text("0"))]
Numbered = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]


class AccountKindRow(Base):
    """A kind of account: its side, its limits, and the refusal when a limit would be broken."""

    __tablename__ = "account_kind"

    kind: Mapped[Code] = mapped_column(primary_key=True)
    side: Mapped[Code]
    code_prefix: Mapped[Code]
    one_per: Mapped[Code]
    debits_must_not_exceed_credits: Mapped[bool]
    credits_must_not_exceed_debits: Mapped[bool]
    refusal: Mapped[Code]

    __table_args__ = (
        UniqueConstraint("code_prefix"),
        one_of("side", Side, "account_kind_side_known"),
        one_of("one_per", OnePer, "account_kind_one_per_known"),
        {"schema": "ledger"},
    )


class PostingRuleRow(Base):
    """A posting that may be: why, and between which kinds of accounts."""

    __tablename__ = "posting_rule"

    code: Mapped[Code] = mapped_column(primary_key=True)
    debit_kind: Mapped[Code] = mapped_column(ForeignKey("ledger.account_kind.kind"), primary_key=True)
    credit_kind: Mapped[Code] = mapped_column(ForeignKey("ledger.account_kind.kind"), primary_key=True)

    __table_args__ = ({"schema": "ledger"},)


class AccountRow(Base):
    """An account: two counters that only grow, in minor units, and how many entries made them."""

    __tablename__ = "account"

    id: Mapped[Numbered]
    code: Mapped[Code]
    kind: Mapped[Code]
    owner_org: Mapped[UUID | None]
    currency: Mapped[Currency]
    debits_must_not_exceed_credits: Mapped[bool]
    credits_must_not_exceed_debits: Mapped[bool]
    debits: Mapped[Counter]
    credits: Mapped[Counter]
    version: Mapped[Counter]
    closed: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("id", "currency", "kind"),
        Index(None, "owner_org", "kind"),
        currency_check("account"),
        CheckConstraint("debits >= 0 AND credits >= 0 AND version >= 0", name="account_counters_positive"),
        CheckConstraint("NOT debits_must_not_exceed_credits OR debits <= credits", name="no_overdraft"),
        CheckConstraint("NOT credits_must_not_exceed_debits OR credits <= debits", name="no_overcredit"),
        CheckConstraint("NOT closed OR debits = credits", name="closed_is_zero"),
        {"schema": "ledger"},
    )


class TransferRow(Base):
    """One amount (minor units) from one account to another; never changed, corrected by another one."""

    __tablename__ = "transfer"

    id: Mapped[Numbered]
    movement_id: Mapped[UUID]
    idem_key: Mapped[Code]
    code: Mapped[Code]
    debit_account: Mapped[int]
    credit_account: Mapped[int]
    debit_kind: Mapped[Code]
    credit_kind: Mapped[Code]
    currency: Mapped[Currency]
    amount: Mapped[int]
    #: The name of the movement.
    source: Mapped[Code]
    stripe_object_id: Mapped[str | None] = mapped_column(Text(collation="C"))
    event_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock.now())
    created_at: Mapped[WallTime]

    __table_args__ = (
        UniqueConstraint("idem_key"),
        CheckConstraint("amount > 0 AND amount <= 1000000000000", name="transfer_amount_in_range"),
        CheckConstraint("debit_account <> credit_account", name="transfer_between_two"),
        CheckConstraint("length(idem_key) BETWEEN 1 AND 200", name="transfer_key_length"),
        CheckConstraint("length(source) BETWEEN 1 AND 60", name="transfer_source_length"),
        ForeignKeyConstraint(
            ["debit_account", "currency", "debit_kind"],
            ["ledger.account.id", "ledger.account.currency", "ledger.account.kind"],
        ),
        ForeignKeyConstraint(
            ["credit_account", "currency", "credit_kind"],
            ["ledger.account.id", "ledger.account.currency", "ledger.account.kind"],
        ),
        ForeignKeyConstraint(
            ["code", "debit_kind", "credit_kind"],
            [
                "ledger.posting_rule.code",
                "ledger.posting_rule.debit_kind",
                "ledger.posting_rule.credit_kind",
            ],
        ),
        Index(None, "movement_id"),
        Index(None, "stripe_object_id", unique=True, postgresql_where=text("stripe_object_id IS NOT NULL")),
        {"schema": "ledger"},
    )


class EntryRow(Base):
    """One side of a transfer as its account saw it: gapless version and counters after it."""

    __tablename__ = "entry"

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    transfer_id: Mapped[int]
    side: Mapped[Code]
    amount: Mapped[int]
    debits_after: Mapped[int]
    credits_after: Mapped[int]

    __table_args__ = (
        one_of("side", ("D", "C"), "entry_side_known"),
        Index(None, "transfer_id", postgresql_using="brin", postgresql_with={"pages_per_range": 16}),
        {"schema": "ledger"},
    )
