"""What disputes refuse."""

from __future__ import annotations

from ...kernel.database import refuse_by_constraint
from ...kernel.errors import DomainError


class AlreadyDisputed(DomainError):
    """A purchase is disputed once."""

    code = "already_disputed"
    title = "This purchase has a dispute already; find it under /v1/disputes."


class NoGround(DomainError):
    """The reason does not count."""

    code = "no_ground"
    status = 422
    title = "This is no ground for a dispute."


class DisputeDecided(DomainError):
    """The dispute has been ruled or withdrawn."""

    code = "dispute_decided"
    title = "This dispute is decided or withdrawn; read it for its ruling."


class AnswerTooLate(DomainError):
    """The seller's 72 hours are over."""

    code = "answer_too_late"
    title = "The time to answer this dispute is over; it is upheld by default."


class AlreadyAnswered(DomainError):
    """A seller answers once; more is said in messages."""

    code = "already_answered"
    title = "This dispute has your answer; add what you have to say as a message."


class NotAnsweredYet(DomainError):
    """The seller still has time to answer."""

    code = "not_answered_yet"
    title = "The seller may still answer until answer_due_at; before that a dispute can only be denied."


class TooManyFiles(DomainError):
    """The dispute holds the most files that it may."""

    code = "too_many_files"
    title = "A dispute holds at most 20 files; put several pages into one PDF."


class WrongFile(DomainError):
    """The file is too large, empty, or of a type that is not taken."""

    code = "wrong_file"
    status = 422
    title = "Send one file of at most 5 MiB: PDF, PNG, JPEG, WebP, WAV, MP3, M4A, Ogg or plain text in UTF-8."


refuse_by_constraint(
    {"disputes_one_per_purchase_idx": AlreadyDisputed, "disputes_keep_course": DisputeDecided}
)
