"""What listings refuse, also on behalf of who sells them."""

from __future__ import annotations

from ...kernel.errors import DomainError


class NoLongerForSale(DomainError):
    """The lead is sold out, withdrawn or expired."""

    code = "sold_out"
    title = "This lead is no longer for sale; search again for what is."


class AlreadyBought(DomainError):
    """A lead is sold to a buyer once."""

    code = "already_bought"
    title = "You have bought this lead already; find it under /v1/purchases."
