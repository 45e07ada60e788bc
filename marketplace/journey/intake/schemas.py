"""Shapes of batches, refused rows, and the search for one's own leads."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ...http import ListQuery, PublicId, Schema, UtcTime, Word, list_of
from ...kernel import ids
from ...rights import SuppressionReason
from .models import Batch
from .rules import BatchState, reader_state

_COLUMN = validate.Length(1, 300)
_FIELD = validate.Length(1, 60)
_COUNTRY = validate.Regexp(r"^[A-Z]{2}\Z", error="A country is an ISO 3166 code such as PL.")


def _no_nul(value: str) -> None:
    if "\x00" in value:
        raise ValidationError("A column name holds no NUL characters.")


def _mapping(**kwargs: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.And(_COLUMN, _no_nul)),
        values=fields.String(allow_none=True, validate=_FIELD),
        validate=validate.Length(max=500),
        metadata={
            "description": "Column of the file to field; null keeps a column as an extra value.",
            "example": {"Telefon": "phone", "Mail": "email"},
        },
        **kwargs,
    )


class BatchIn(Schema):
    """A batch to open."""

    mapping = _mapping(load_default=None, allow_none=True)


class MappingIn(Schema):
    """Which column is which field."""

    mapping = _mapping(required=True)


class UploadQuery(Schema):
    """What may be said beside the file."""

    name = fields.String(load_default=None, validate=validate.Length(max=500))
    mapping = fields.String(
        load_default=None,
        validate=validate.Length(max=50_000),
        metadata={"description": "The same as PUT …/mapping takes, as JSON."},
    )


class Hexadecimal(fields.Field[bytes]):
    """Bytes as hexadecimal digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", **kwargs.pop("metadata", {})}, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else bytes(value).hex()


class UploadSchema(Schema):
    """How the file is sent."""

    method = fields.String()
    path = fields.String()


class FileSchema(Schema):
    """The file of a batch."""

    name = fields.String(allow_none=True)
    bytes = fields.Integer()
    format = fields.String(allow_none=True)
    encoding = fields.String(allow_none=True)


class ColumnSchema(Schema):
    """What a column of the file was taken for, how sure that is (0 to 1) and why."""

    column = fields.String()
    field = fields.String(allow_none=True)
    confidence = fields.Float()
    reason = fields.String()


class RefusalSchema(Schema):
    """Why a file was refused, and what to do."""

    code = fields.String()
    detail = fields.String()


class BatchOut(Schema):
    """A batch as its seller and the operator see it."""

    id = PublicId("bat")
    offer_id = PublicId("off")
    vertical_id = PublicId("ver")
    status = fields.Function(lambda batch: reader_state(BatchState(batch.state)), metadata={"type": "string"})
    commitment = Hexadecimal(
        metadata={"description": "SHA-256 of the secret behind the order of the spot check."}
    )
    upload = fields.Method("upload_of", metadata={"type": "object"})
    file = fields.Method("file_of", metadata={"type": ["object", "null"]})
    columns = fields.Method("columns_of", metadata={"type": "array", "items": {"type": "object"}})
    refusal = fields.Method("refusal_of", metadata={"type": ["object", "null"]})
    opened_at = UtcTime()
    received_at = UtcTime(allow_none=True)

    def upload_of(self, batch: Batch) -> Any:
        """Where the file goes."""
        path = f"/v1/batches/{ids.public('bat', batch.id)}/file"
        return UploadSchema().dump({"method": "PUT", "path": path})

    def file_of(self, batch: Batch) -> Any:
        """The file, once it is here."""
        if batch.file_bytes is None:
            return None
        known = (batch.recognition or {}).get("file", {})
        return FileSchema().dump(
            {
                "name": batch.file_name,
                "bytes": batch.file_bytes,
                "format": known.get("format"),
                "encoding": known.get("encoding"),
            }
        )

    def columns_of(self, batch: Batch) -> Any:
        """The columns and the fields they were taken for; of a refused file its columns alone."""
        known = batch.recognition or {}
        if "columns" in known:
            return ColumnSchema(many=True, unknown="exclude").dump(known["columns"])
        names = known.get("file", {}).get("columns", [])
        bare = [{"column": name, "field": None, "confidence": 0.0, "reason": "none"} for name in names]
        return ColumnSchema(many=True).dump(bare)

    def refusal_of(self, batch: Batch) -> Any:
        """Why the file was refused."""
        if batch.refusal_code is None:
            return None
        return RefusalSchema().dump({"code": batch.refusal_code, "detail": batch.refusal_detail})


class RefusalsQuery(ListQuery):
    """Refused rows as a page of reasons, or as a file with the rows themselves."""

    format = fields.String(load_default="json", validate=validate.OneOf(["json", "csv"]))


class RefusedRowOut(Schema):
    """A refused row: where it stands and why; its cells are in the file (`format=csv`)."""

    row_no = fields.Integer(metadata={"description": "From 0, the first row under the header."})
    code = fields.String()
    column = fields.String(attribute="column_name", allow_none=True)
    detail = fields.String()


RefusedRowsOut = list_of(RefusedRowOut, "RefusedRowsOut")


class ContactIn(Schema):
    """One contact, exactly: a phone or an e-mail address."""

    phone = fields.String(validate=validate.Length(1, 60))
    email = fields.String(validate=validate.Length(1, 320))
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=_COUNTRY,
        metadata={"description": "Of a phone without country code."},
    )

    @validates_schema
    def one_contact(self, data: dict[str, Any], **_: Any) -> None:
        """Exactly one of the two."""
        if ("phone" in data) == ("email" in data):
            raise ValidationError("Give either phone or email.")


class SuppressionIn(ContactIn):
    """A contact that must not come in again."""

    reason = Word(SuppressionReason, required=True)


class LeadOut(Schema):
    """A lead as its seller finds it, the contact masked."""

    id = PublicId("led")
    batch_id = PublicId("bat")
    row_no = fields.Integer()
    received_at = UtcTime()
    lead_at = UtcTime()
    country = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    temperature = fields.String()
    masked = fields.Dict()


LeadsOut = list_of(LeadOut, "LeadsOut")
