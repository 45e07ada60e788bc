"""Everything that judging a batch depends on, read once and the same for every chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from .. import intake, offers
from ..intake.fields import Field, FieldContext, Thresholds
from ..intake.reading import Limits, Recognition
from ..intake.reading import Mapping as ColumnsMapping
from .consent import DEFAULT_RULES, ConsentRule, Evidence
from .demands import JudgeContext


@dataclass(frozen=True)
class Terms:
    """The batch, how its file is read, and what its vertical and offer demand."""

    lot: intake.Lot
    file_bytes: int
    limits: Limits
    recognition: Recognition
    mapping: ColumnsMapping
    fields: Mapping[str, Field]
    field_context: FieldContext
    judge_context: JudgeContext
    duplicate_window: timedelta

    @property
    def batch_id(self) -> UUID:
        """The batch that is judged."""
        return self.lot.batch_id


def terms_of(batch: intake.Batch) -> Terms:
    """The terms of a batch that was read. All times are taken at its receipt, so that judging again,
    whenever that is, judges the same."""
    if batch.recognition is None or batch.received_at is None or batch.file_bytes is None:
        raise LookupError("the batch was not read")
    understood = intake.Understood.from_json(batch.recognition)
    offer, vertical = offers.offer(batch.offer_id), offers.vertical(batch.vertical_id)
    own = offers.fields_of(batch.vertical_id)
    fields = intake.field_types(own)
    return Terms(
        lot=_lot(batch, batch.received_at, offer, vertical, own),
        file_bytes=batch.file_bytes,
        limits=intake.limits_for(batch),
        recognition=understood.recognition,
        mapping=understood.mapping,
        fields=fields,
        field_context=FieldContext(
            default_country=offer.country,
            now=batch.received_at,
            day_first=understood.day_first,
            currency=offer.currency,
        ),
        judge_context=_demands(batch.received_at, offer, vertical, own, fields),
        duplicate_window=timedelta(days=vertical.duplicate_window_days),
    )


def _lot(
    batch: intake.Batch,
    received_at: datetime,
    offer: offers.Offer,
    vertical: offers.Vertical,
    own: Sequence[offers.VerticalField],
) -> intake.Lot:
    return intake.Lot(
        batch_id=batch.id,
        offer_id=batch.offer_id,
        seller_id=batch.seller_id,
        vertical_id=batch.vertical_id,
        received_at=received_at,
        default_country=offer.country,
        default_source=offer.source,
        consent_channels=tuple(offer.consent_channels),
        thresholds=Thresholds(vertical.warm_points, vertical.hot_points),
        open_fields=frozenset(field.name for field in own if not field.personal),
    )


def _demands(
    now: datetime,
    offer: offers.Offer,
    vertical: offers.Vertical,
    own: Sequence[offers.VerticalField],
    fields: Mapping[str, Field],
) -> JudgeContext:
    return JudgeContext(
        vertical=vertical.code,
        now=now,
        required_fields=frozenset(field.name for field in own if field.required),
        own_fields=fields,
        default_country=offer.country,
        max_age=timedelta(days=vertical.max_lead_age_days),
        minimum_age_years=vertical.minimum_age,
        contact_channels=frozenset(offer.consent_channels),
        offered_evidence=_offered(offer),
        consent_rules=(*_rules(vertical.consent_rules), *DEFAULT_RULES),
    )


def _offered(offer: offers.Offer) -> frozenset[Evidence]:
    """What the offer states for everyone: its wording warrants that each person agreed when the lead came."""
    if offer.consent_text is None:
        return frozenset()
    # Where traffic comes from is always told; consent_source may say it more exactly.
    return frozenset({Evidence.WORDING, Evidence.TIME, Evidence.SOURCE})


def _rules(given: Sequence[Mapping[str, Any]]) -> tuple[ConsentRule, ...]:
    return tuple(
        ConsentRule(
            frozenset(Evidence(word) for word in rule["evidence"]),
            country=rule.get("country"),
            channel=rule.get("channel"),
        )
        for rule in given
    )
