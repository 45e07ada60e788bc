"""Every select of spot checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from ...access import Actor
from ...kernel.database import db
from ...kernel.errors import NotAllowed, NotFound
from ...kernel.paging import Page, id_after, page_of
from ..intake import Lead
from ..offers import Vertical
from .models import CheckFee, GivenVerdict, Sample, SpotCheck
from .rules import CheckState, Part, SampleOutcome

_LEAVES_AT_ONCE = 10_000


def visible_to(actor: Actor) -> Select[SpotCheck]:
    """The checks that *actor* may see: the operator all, a seller its own, a buyer those of accepted batches.

    What was accepted is for sale, so its record is for everybody who may buy.
    """
    found = select(SpotCheck)
    if actor.is_operator:
        return found
    own: ColumnElement[bool] = SpotCheck.seller_id == actor.organization_id
    return found.where(or_(own, SpotCheck.state == CheckState.ACCEPTED) if actor.buys else own)


def check_of(actor: Actor, batch_id: UUID) -> SpotCheck:
    """The check of one batch. Raises NotFound."""
    row = db.session.execute(visible_to(actor).where(SpotCheck.batch_id == batch_id)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def checker_of(actor: Actor) -> UUID:
    """The person who checks. Raises NotAllowed for a key that stands for nobody."""
    if actor.member_id is None:
        raise NotAllowed("A verdict is given by a person; use a key of a member who checks.")
    return actor.member_id


def lock(batch_id: UUID) -> SpotCheck | None:
    """The check of a batch, locked: whoever decides anything about the batch passes here, one at a time."""
    found = select(SpotCheck).where(SpotCheck.batch_id == batch_id).with_for_update(key_share=True)
    return db.session.execute(found, execution_options={"populate_existing": True}).scalar_one_or_none()


def lock_existing(batch_id: UUID) -> SpotCheck:
    """The check of a batch that has one, locked. Raises NotFound."""
    check = lock(batch_id)
    if check is None:
        raise NotFound
    return check


def lock_own(actor: Actor, batch_id: UUID) -> SpotCheck:
    """The check of a batch of the actor's own organization, locked. Raises NotFound."""
    check = lock_existing(batch_id)
    if check.seller_id != actor.organization_id:
        raise NotFound
    return check


def states(batch_ids: Sequence[UUID]) -> dict[UUID, CheckState]:
    """Where the checks of these batches stand; for whoever tells a batch's story."""
    found = select(SpotCheck.batch_id, SpotCheck.state).where(SpotCheck.batch_id.in_(batch_ids))
    return {batch_id: CheckState(state) for batch_id, state in db.session.execute(found)}


def leaves(batch_id: UUID) -> list[bytes]:
    """The frozen images of a batch's leads, in the order of its rows."""
    return list(each_leaf(batch_id))


def each_leaf(batch_id: UUID) -> Iterator[bytes]:
    """The same one by one, for a record that is longer than memory likes."""
    found = select(Lead.leaf).where(Lead.batch_id == batch_id).order_by(Lead.row_no)
    return iter(db.session.execute(found.execution_options(yield_per=_LEAVES_AT_ONCE)).scalars())


def leads_at(batch_id: UUID, leaf_indexes: Sequence[int]) -> dict[int, UUID]:
    """The leads that stand at these places among the leaves."""
    place = (func.row_number().over(order_by=Lead.row_no) - 1).label("place")
    placed = select(Lead.id, place).where(Lead.batch_id == batch_id).subquery()
    found = select(placed.c.place, placed.c.id).where(placed.c.place.in_(leaf_indexes))
    return {row.place: row.id for row in db.session.execute(found)}


def tried(batch_id: UUID) -> Sequence[Sample]:
    """The drawn leads that were handed out, in the committed order."""
    found = select(Sample).where(
        Sample.batch_id == batch_id, Sample.part == Part.SAMPLE, Sample.outcome != SampleOutcome.WAITING
    )
    return db.session.execute(found.order_by(Sample.position)).scalars().all()


def others(batch_id: UUID) -> Sequence[Sample]:
    """The leads of a full check that were not drawn before."""
    found = select(Sample).where(Sample.batch_id == batch_id, Sample.part == Part.FULL_CHECK)
    return db.session.execute(found.order_by(Sample.position)).scalars().all()


def waiting(batch_id: UUID, count: int) -> Sequence[Sample]:
    """The next leads of the order that nobody has in work."""
    found = select(Sample).where(Sample.batch_id == batch_id, Sample.outcome == SampleOutcome.WAITING)
    return db.session.execute(found.order_by(Sample.position).limit(count)).scalars().all()


def sample(sample_id: UUID, *, lock_it: bool = False) -> Sample:
    """One lead that was handed out to checkers. Raises NotFound, also for one whose turn has not come."""
    found = select(Sample).where(Sample.id == sample_id, Sample.outcome != SampleOutcome.WAITING)
    statement = found.with_for_update() if lock_it else found
    row = db.session.execute(statement, execution_options={"populate_existing": True}).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def batch_of(sample_id: UUID) -> UUID:
    """The batch of a lead that was handed out. Raises NotFound."""
    return sample(sample_id).batch_id


def verdicts(sample_id: UUID) -> Sequence[GivenVerdict]:
    """What was said about a lead, in the order in which it was said."""
    found = select(GivenVerdict).where(GivenVerdict.sample_id == sample_id)
    return db.session.execute(found.order_by(GivenVerdict.given_at, GivenVerdict.id)).scalars().all()


def has_judged(checker_id: UUID, sample_id: UUID) -> bool:
    """Whether this checker has given a verdict on this lead."""
    found = exists().where(GivenVerdict.sample_id == sample_id, GivenVerdict.checker_id == checker_id)
    return bool(db.session.execute(select(found)).scalar_one())


def outcome_counts(batch_id: UUID) -> dict[SampleOutcome, int]:
    """How many leads of a batch ended how."""
    found = select(Sample.outcome, func.count()).where(Sample.batch_id == batch_id).group_by(Sample.outcome)
    return {SampleOutcome(outcome): count for outcome, count in db.session.execute(found)}


def worklist(checker_id: UUID, limit: int, cursor: str | None) -> Page[Row[Sample, Vertical]]:
    """The leads that this checker may take: in work, not judged by him, not open at somebody else's."""
    judged = exists().where(GivenVerdict.sample_id == Sample.id, GivenVerdict.checker_id == checker_id)
    free = or_(
        Sample.claimed_until.is_(None),
        Sample.claimed_until < func.clock_timestamp(),
        Sample.claimed_by == checker_id,
    )
    found = (
        select(Sample, Vertical)
        .join(SpotCheck, SpotCheck.batch_id == Sample.batch_id)
        .join(Vertical, Vertical.id == SpotCheck.vertical_id)
        .where(and_(Sample.outcome == SampleOutcome.PENDING, free, ~judged))
        .order_by(Sample.id)
        .limit(limit + 1)
    )
    if cursor:
        found = found.where(Sample.id > id_after(cursor))
    return page_of(db.session.execute(found).all(), limit, lambda row: [row[0].id])


def lead(lead_id: UUID) -> Lead:
    """The lead behind a sample. Raises NotFound."""
    found = db.session.get(Lead, lead_id)
    if found is None:
        raise NotFound
    return found


def fee_minor(vertical_id: UUID, currency: str) -> int | None:
    """What the operator asks for the full check of one lead, None where nothing was set."""
    found = select(CheckFee.fee_minor).where(
        CheckFee.vertical_id == vertical_id, CheckFee.currency == currency
    )
    return db.session.execute(found).scalar_one_or_none()


def fees() -> Sequence[CheckFee]:
    """The fees that the operator has set."""
    return (
        db.session.execute(select(CheckFee).order_by(CheckFee.vertical_id, CheckFee.currency)).scalars().all()
    )


@dataclass(frozen=True)
class Findings:
    """What a batch's check says about single leads, for whoever lists them."""

    #: Not to be listed: found fake, or nobody answered.
    barred: frozenset[UUID]
    #: A person has checked just this lead and found it genuine.
    genuine: frozenset[UUID]


def findings(batch_id: UUID) -> Findings:
    """The leads of a batch that are barred from listing, and those that are verified."""
    found = select(Sample.lead_id, Sample.outcome).where(
        Sample.batch_id == batch_id,
        Sample.outcome.not_in([SampleOutcome.WAITING, SampleOutcome.DROPPED]),
    )
    rows = db.session.execute(found).all()
    genuine = frozenset(lead_id for lead_id, outcome in rows if outcome == SampleOutcome.GENUINE)
    return Findings(frozenset(lead_id for lead_id, _ in rows) - genuine, genuine)


def found_fake(lead_id: UUID) -> bool:
    """True when independent checkers found the lead fake."""
    found = select(Sample.id).where(Sample.lead_id == lead_id, Sample.outcome == SampleOutcome.FAKE)
    return db.session.execute(found).first() is not None
