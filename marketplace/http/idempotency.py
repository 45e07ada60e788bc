"""One key, one effect: the first answer to a request is kept and given again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import orjson
from flask import Response, request
from sqlalchemy import CheckConstraint, Index, Integer, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel import crypto, locks
from ..kernel.columns import WallTime
from ..kernel.database import Base, constraint_of, db, in_transaction, refusal_of, rows
from ..kernel.errors import DomainError, InvalidInput, NotFound
from . import problems

MAX_KEY_LENGTH = 255
KEPT_HOURS = 24
KEPT_HOURS_MONEY = 30 * 24
_NOBODY = UUID(int=0)


class StoredAnswer(Base):
    """The first answer to a request, kept 24 hours, 30 days where money moved."""

    __tablename__ = "stored_answers"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    principal_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes]
    content_type: Mapped[str]
    location: Mapped[str | None]
    wrapped_key: Mapped[bytes]
    key_id: Mapped[str]
    created_at: Mapped[WallTime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="stored_answers_key_length"),
        Index(None, "expires_at"),
    )


class KeyMissing(DomainError):
    """A request that creates something came without a key."""

    code = "idempotency_key_missing"
    status = 400
    title = (
        "Send a header 'Idempotency-Key' with a value of your own (a UUID is good); repeat it when you retry."
    )


class KeyReused(DomainError):
    """The key stands for another request."""

    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key was used for another body; send a new key for a new request."


class RequestInFlight(DomainError):
    """The first request with this key has no answer yet."""

    code = "request_in_flight"
    title = "The first request with this Idempotency-Key is still being worked on; ask again in a moment."


class AnsweredMeanwhile(Exception):
    """Another copy of the request committed between our look and our write: look again."""


@dataclass(frozen=True)
class RequestIdentity:
    """Whose key it is, for which route, and a digest of what was asked."""

    organization_id: UUID
    principal_id: UUID
    route: str
    key: str
    digest: bytes


def identify(
    organization_id: UUID | None, principal_id: UUID | None, key: str | None = None
) -> RequestIdentity:
    """The identity of this request; *key* stands for the header where a format has another one.

    Raises KeyMissing (400) or InvalidInput for a key that is too long.
    """
    key = request.headers.get("Idempotency-Key", "").strip() if key is None else key.strip()
    if not key:
        raise KeyMissing
    if len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise InvalidInput.field(
            "/Idempotency-Key", "too_long", "An Idempotency-Key has at most 255 characters."
        )
    # Keyed: a body of few possibilities, such as one phone, must not be found by trying them all.
    digest = crypto.keys().digest("idempotency", _canonical_body())
    if principal_id is None:
        # Nobody is known yet: only who sends the same key with the same body is the same caller.
        principal_id = UUID(bytes=sha256(digest + key.encode()).digest()[:16])
    route = f"{request.method} {request.path}"
    return RequestIdentity(organization_id or _NOBODY, principal_id, route, key, digest)


def _canonical_body() -> bytes:
    if request.mimetype == "multipart/form-data":
        return _canonical_form() + b"\0" + request.query_string
    raw = request.get_data(cache=True)
    try:
        body = orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError:
        body = raw
    return body + b"\0" + request.query_string


def _canonical_form() -> bytes:
    """What a form says, without its boundary: clients draw a new one for each copy of a request."""
    # Kept first, or a body that is no form after all could not be told from an empty one.
    raw = request.get_data(cache=True)
    parts = [[name, value] for name, value in request.form.items(multi=True)]
    for name, given in request.files.items(multi=True):
        content = sha256()
        while block := given.stream.read(1 << 20):
            content.update(block)
        given.stream.seek(0)
        parts.append([name, given.mimetype, content.hexdigest()])
    return orjson.dumps(parts) if parts else raw


def earlier_answer(identity: RequestIdentity) -> Response | None:
    """Lock the key until the transaction ends and give the stored answer, if there is one.

    Raises RequestInFlight (409) while another holds the key, KeyReused (422) for another body.
    """
    name = f"{identity.organization_id}|{identity.principal_id}|{identity.route}|{identity.key}"
    row = rows(_LOOK, {"number": locks.lock_number(name), **_where(identity)})[0]
    if not row.taken:
        raise RequestInFlight
    if row.status is None:
        return None
    if bytes(row.request_digest) != identity.digest:
        raise KeyReused
    sealed = crypto.Sealed(row.key_id, bytes(row.wrapped_key), bytes(row.body))
    body = crypto.keys().unseal(sealed, bound_to=identity.digest)
    answer = Response(body, status=row.status, content_type=row.content_type)
    answer.headers["Idempotency-Replayed"] = "true"
    if row.location:
        answer.headers["Location"] = row.location
    return answer


# A function, so that the look happens after the lock with a snapshot of its own, in one round trip.
_LOOK = "SELECT * FROM look_up_answer(%(number)s, %(organization_id)s, %(principal_id)s, %(route)s, %(key)s)"

_STORE = """
    INSERT INTO stored_answers (organization_id, principal_id, route, key, request_digest, status, body,
                                content_type, location, wrapped_key, key_id, expires_at)
    VALUES (%(organization_id)s, %(principal_id)s, %(route)s, %(key)s, %(digest)s, %(status)s, %(body)s,
            %(content_type)s, %(location)s, %(wrapped_key)s, %(key_id)s,
            clock_timestamp() + make_interval(hours => %(hours)s))
    ON CONFLICT (organization_id, principal_id, route, key) DO UPDATE
       SET request_digest = excluded.request_digest, status = excluded.status, body = excluded.body,
           content_type = excluded.content_type, location = excluded.location,
           wrapped_key = excluded.wrapped_key, key_id = excluded.key_id,
           created_at = clock_timestamp(), expires_at = excluded.expires_at
     WHERE stored_answers.expires_at <= clock_timestamp()
    RETURNING 1
"""


def _where(identity: RequestIdentity) -> dict[str, object]:
    return {
        "organization_id": identity.organization_id,
        "principal_id": identity.principal_id,
        "route": identity.route,
        "key": identity.key,
    }


def store(identity: RequestIdentity, answer: Response, *, money: bool) -> None:
    """Keep *answer* in the transaction of its effect. Raises AnsweredMeanwhile when another was first."""
    # Answers hold secrets that are shown once, contacts, and words about people: all are sealed.
    sealed = crypto.keys().seal(answer.get_data(), bound_to=identity.digest)
    stored = rows(
        _STORE,
        {
            **_where(identity),
            "digest": identity.digest,
            "status": answer.status_code,
            "body": sealed.ciphertext,
            "content_type": answer.content_type,
            "location": answer.headers.get("Location"),
            "wrapped_key": sealed.wrapped_key,
            "key_id": sealed.key_id,
            "hours": KEPT_HOURS_MONEY if money else KEPT_HOURS,
        },
    )
    if not stored:
        raise AnsweredMeanwhile


def answer_once(identity: RequestIdentity, work: Callable[[], Response], *, money: bool) -> Response:
    """Give the stored answer, or do *work* in a transaction and keep in it what came of it.

    A business refusal rolls everything back and is itself kept, in a transaction of its own; what the
    client gave wrongly (400, 404, 422) is not kept, so the same key may be sent again with the mended body.
    Raises AnsweredMeanwhile when another copy of the request was first.
    """
    try:
        return in_transaction(lambda: _answer(identity, work, money=money))
    except _Refused as refused:
        refusal = problems.refusal(refused.refusal)
    # Between the two, a copy of the request may have been answered: then that is the answer.
    return in_transaction(lambda: _answer(identity, lambda: refusal, money=money))


def _answer(identity: RequestIdentity, work: Callable[[], Response], *, money: bool) -> Response:
    if (earlier := earlier_answer(identity)) is not None:
        return earlier
    try:
        answer = work()
        db.session.flush()
    except DomainError as refused:
        if isinstance(refused, (InvalidInput, NotFound)) or refused.status in (400, 401, 403, 422, 429):
            raise
        raise _Refused(refused) from refused
    except DBAPIError as error:
        known = refusal_of(error)
        if known is None or constraint_of(error) is None:
            raise
        raise _Refused(known) from error
    store(identity, answer, money=money)
    return answer


class _Refused(Exception):
    """A refusal that is to be kept: it passes through the transaction, which rolls back."""

    def __init__(self, refusal: DomainError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def delete_expired(slice_rows: int = 5_000) -> int:
    """Delete a slice of answers that are no longer kept; returns how many went."""
    gone = db.session.execute(
        text(
            "DELETE FROM stored_answers WHERE ctid IN (SELECT ctid FROM stored_answers"
            " WHERE expires_at <= clock_timestamp() LIMIT :slice) RETURNING 1"
        ),
        {"slice": slice_rows},
    )
    return len(gone.all())
