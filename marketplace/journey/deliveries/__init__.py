"""Deliveries: bought contacts are sent to where the buyer wants them.

States of a target and of a delivery::

    active <──> paused          waiting ──> delivered
      │                            └──────> failed
      └──────> disabled (the receiver answered 410)

The first accepted delivery discloses the contact: the return window runs from then on.
"""

from .events import DeliveryFailed, LeadDelivered
from .rules import DeliveryState, TargetState

__all__ = ["DeliveryFailed", "DeliveryState", "LeadDelivered", "TargetState"]
