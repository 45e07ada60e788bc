"""A person's rights: contacts that must not come in again, known by keyed digests only."""

from .queries import suppressed
from .rules import ContactKind, SuppressionReason
from .services import suppress

__all__ = ["ContactKind", "SuppressionReason", "suppress", "suppressed"]
