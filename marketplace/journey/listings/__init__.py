"""Listings: what is for sale, found by search, always masked.

::

    live ──► sold out
      ├────► withdrawn (by the seller, found fake, erased)
      └────► expired

Whoever sells locks the rows itself; `best` gives it the listings of a search in order.
"""

from __future__ import annotations

from .errors import AlreadyBought, NoLongerForSale
from .events import BatchListed, ListingWithdrawn
from .models import Allocation, ListedBatch, Listing
from .reading import read_search, read_sort
from .rules import ListingState, Search, Sort
from .schemas import SearchFields
from .search import best, one

__all__ = [
    "Allocation",
    "AlreadyBought",
    "BatchListed",
    "ListedBatch",
    "Listing",
    "ListingState",
    "ListingWithdrawn",
    "NoLongerForSale",
    "Search",
    "SearchFields",
    "Sort",
    "best",
    "one",
    "read_search",
    "read_sort",
]
