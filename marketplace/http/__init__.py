"""The HTTP face: parsing, problems, idempotency, authentication of requests; no rule of the business."""

from .authentication import current_actor, set_authenticator
from .endpoint import answer_once, endpoint, render
from .routing import path_id
from .schemas import ListQuery, MoneyField, PublicId, Schema, StrictInteger, UtcTime, Word, list_of

__all__ = [
    "ListQuery",
    "MoneyField",
    "PublicId",
    "Schema",
    "StrictInteger",
    "UtcTime",
    "Word",
    "answer_once",
    "current_actor",
    "endpoint",
    "list_of",
    "path_id",
    "render",
    "set_authenticator",
]
