"""Facts of spot checks."""

from __future__ import annotations

from ...kernel.events import Event


class BatchAccepted(Event):
    """A batch may be listed."""


class BatchRejected(Event):
    """The sample of a batch held too many fakes."""


class BatchOnHold(Event):
    """Too many sampled leads gave no answer, so that nothing was decided."""


class BatchReturned(Event):
    """A batch that was not accepted went back to its seller."""


class BatchEmpty(Event):
    """No lead of a batch passed validation."""


class LeadFoundFake(Event):
    """Independent checkers found a lead (the subject) fake."""
