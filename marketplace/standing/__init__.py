"""Standing: what is remembered of an organization, and what follows from it.

Facts are written once by the steps that know them and forgotten after 180 days. A new seller (fewer than
five accepted batches, or one rejected) waits longer for released money; nothing here decides about a batch.
"""

from __future__ import annotations

from .queries import is_new_seller, new_sellers, record_of
from .rules import Fact, Record
from .services import remember

__all__ = ["Fact", "Record", "is_new_seller", "new_sellers", "record_of", "remember"]
