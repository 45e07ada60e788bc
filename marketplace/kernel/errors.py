"""What may be refused, and what may be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldProblem:
    """One faulty field of a request: where it is (JSON pointer), a code and a sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal: has a stable code, an HTTP status and a sentence with the way out.

    Subclasses are named by what is wrong and set the class attributes. *facts* may hold ids and
    numbers that help the caller; never personal data.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "The request was refused."

    def __init__(
        self,
        detail: str | None = None,
        *,
        facts: Mapping[str, object] | None = None,
        problems: tuple[FieldProblem, ...] = (),
    ) -> None:
        self.detail = detail or self.title
        self.facts = dict(facts or {})
        self.problems = problems
        super().__init__(self.detail)


class InvalidInput(DomainError):
    """The client gave something that cannot be right whatever the state of the exchange."""

    code = "invalid_input"
    status = 422
    title = "Some fields are not valid."

    @classmethod
    def field(cls, pointer: str, code: str, detail: str) -> InvalidInput:
        """One faulty field: *pointer* is a JSON pointer such as ``/price/amount``."""
        return cls(detail, problems=(FieldProblem(pointer, code, detail),))


class NotFound(DomainError):
    """There is no such thing, or it belongs to somebody else: both look the same to a stranger."""

    code = "not_found"
    status = 404
    title = "There is no such resource, or it is not yours."


class NotAllowed(DomainError):
    """The caller is known but lacks the permission."""

    code = "not_allowed"
    status = 403
    title = "Your key or role does not allow this."


class NotAuthenticated(DomainError):
    """No valid credential came with the request."""

    code = "not_authenticated"
    status = 401
    title = "Send a valid API key in the header 'Authorization: Bearer <key>'."


class TransientError(Exception):
    """A fault that may pass by itself (network, locks). The only thing that a task retries."""
