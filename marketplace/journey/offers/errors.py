"""What offers refuse."""

from __future__ import annotations

from ...kernel.errors import DomainError


class VerticalExists(DomainError):
    """The code is taken."""

    code = "vertical_exists"
    title = "There is already a vertical with this code; change that one, or choose another code."


class WrongOfferState(DomainError):
    """The offer is not in a state from which this can be done."""

    code = "wrong_offer_state"
    title = "The offer's state does not allow this; a closed offer stays closed: make a new one."


class OfferNotOpen(DomainError):
    """Batches come under open offers only."""

    code = "offer_not_open"
    title = "The offer is not open; open it with POST /v1/offers/{id}/open first."


class SellModeNotAllowed(DomainError):
    """The vertical does not sell leads so often."""

    code = "sell_mode_not_allowed"
    status = 422
    title = "The vertical does not allow this max_sales; see its sell_modes."


class NotASeller(DomainError):
    """Only organizations that sell make offers."""

    code = "not_a_seller"
    status = 403
    title = "Your organization does not sell; ask the operator to let it sell."
