"""What happens next: for each fact, the tasks that it starts. This table is the business."""

from __future__ import annotations

from typing import Final

from marketplace.identity import OrganizationApproved, OrganizationSignedUp
from marketplace.journey.deliveries import DeliveryFailed, LeadDelivered
from marketplace.journey.disputes import DisputeOpened, DisputeRuled
from marketplace.journey.intake import BatchRead, BatchReceived
from marketplace.journey.listings import BatchListed, ListingWithdrawn
from marketplace.journey.offers import OfferOpened, OfferPaused
from marketplace.journey.outcomes import (
    ActionConfirmed,
    ActionReported,
    ActionReversed,
    FollowUpDue,
    LeadConverted,
    OutcomeReported,
)
from marketplace.journey.purchases import LeadPurchased, PurchaseRefunded, PurchaseReleased
from marketplace.journey.settlements import SellerSettled
from marketplace.journey.spotchecks import (
    BatchAccepted,
    BatchEmpty,
    BatchOnHold,
    BatchRejected,
    BatchReturned,
    LeadFoundFake,
)
from marketplace.journey.validation import BatchValidated
from marketplace.kernel.events import Event
from marketplace.payments.events import WalletCredited

from . import deliveries, disputes, intake, listings, outcomes, settlements, spotchecks, validation
from .tasks import Task

#: A fact that starts nothing has an empty tuple: then somebody has thought about it.
REACTIONS: Final[dict[type[Event], tuple[Task, ...]]] = {
    OrganizationSignedUp: (),
    OrganizationApproved: (),
    WalletCredited: (),
    OfferOpened: (),
    OfferPaused: (),
    BatchReceived: (intake.read_batch,),
    BatchRead: (validation.validate_batch,),
    BatchValidated: (spotchecks.draw,),
    BatchEmpty: (),
    BatchAccepted: (listings.list_batch,),
    BatchRejected: (),
    BatchOnHold: (),
    BatchReturned: (),
    LeadFoundFake: (listings.withdraw_lead, disputes.uphold_for_fake),
    BatchListed: (),
    ListingWithdrawn: (),
    LeadPurchased: (deliveries.deliver,),
    # The sweep that releases settles in the same transaction.
    PurchaseReleased: (),
    PurchaseRefunded: (settlements.settle_purchase, outcomes.close_action),
    LeadDelivered: (),
    DeliveryFailed: (),
    OutcomeReported: (),
    ActionReported: (),
    ActionConfirmed: (settlements.settle_purchase,),
    ActionReversed: (),
    LeadConverted: (),
    FollowUpDue: (),
    DisputeOpened: (disputes.try_automatic_ruling,),
    DisputeRuled: (),
    SellerSettled: (),
}
