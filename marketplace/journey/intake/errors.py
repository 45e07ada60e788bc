"""What intake refuses."""

from __future__ import annotations

from ...kernel.errors import DomainError


class OtherFile(DomainError):
    """A batch has one file."""

    code = "other_file"
    title = "This batch has its file already, and this is another one; open a new batch for it."


class UploadSuperseded(DomainError):
    """A newer upload of the same batch took over."""

    code = "upload_superseded"
    title = "Another upload of this batch began later and goes on; this one was given up."


class EmptyUpload(DomainError):
    """Nothing was sent."""

    code = "empty_file"
    status = 422
    title = "The file is empty; send the leads as the body of the request."


class UploadTooLarge(DomainError):
    """The file is larger than this installation takes."""

    code = "too_large"
    status = 413
    title = "The file is larger than this exchange takes; split it into several batches."


class UploadCut(DomainError):
    """The connection ended before the file did."""

    code = "upload_cut"
    status = 400
    title = "The upload ended early; send the file again, the batch is still open."


class UnreadableForm(DomainError):
    """The multipart body does not hold exactly one file."""

    code = "unreadable_form"
    status = 422
    title = "Send exactly one file in the form, or the file itself as the body."


class MappingNotTaken(DomainError):
    """The columns are settled."""

    code = "mapping_not_taken"
    title = (
        "A mapping is taken before the file, or after a refusal because of the columns;"
        " open a new batch to map them in another way."
    )


class UnknownField(DomainError):
    """The mapping names a field that the vertical does not have."""

    code = "unknown_field"
    status = 422
    title = "The mapping names a field that this vertical does not have; see GET /v1/verticals."
