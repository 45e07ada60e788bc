"""Shapes of what is told about batches."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ..http import ListQuery, PublicId, Schema, Word, list_of
from ..journey.intake.schemas import BatchOut
from .queries import BatchStory
from .rules import Stage


class ProgressSchema(Schema):
    """Rows judged so far, and how many there are: estimated while the file is being read."""

    done = fields.Integer()
    total = fields.Integer(allow_none=True)


class CountsSchema(Schema):
    """Rows of the file: all, taken, refused."""

    total = fields.Integer()
    accepted = fields.Integer()
    refused = fields.Integer()


class BatchStoryOut(BatchOut):
    """A batch, how far it has come, and how many of its rows were taken."""

    status = Word(Stage)  # type: ignore[assignment]  # one word for more steps than intake knows
    progress = fields.Nested(ProgressSchema)
    counts = fields.Nested(CountsSchema, allow_none=True)
    not_listable = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Leads that found no buyer or were never for sale, counted 24 to 72 hours after listing."
        },
    )

    def get_attribute(self, obj: BatchStory, attr: str, default: Any) -> Any:
        """What is told beside the batch itself."""
        if attr == "status":
            return obj.stage
        if attr == "progress":
            return {"done": obj.rows_done, "total": obj.rows_expected}
        if attr == "counts":
            return _counts(obj)
        if attr == "not_listable":
            return obj.not_listable
        return super().get_attribute(obj.batch, attr, default)

    def upload_of(self, story: Any) -> Any:
        """Where the file goes."""
        return super().upload_of(story.batch)

    def file_of(self, story: Any) -> Any:
        """The file, once it is here."""
        return super().file_of(story.batch)

    def columns_of(self, story: Any) -> Any:
        """The columns and the fields they were taken for."""
        return super().columns_of(story.batch)

    def refusal_of(self, story: Any) -> Any:
        """Why the file was refused."""
        return super().refusal_of(story.batch)


def _counts(story: BatchStory) -> dict[str, int] | None:
    report = story.report
    if report is None:
        return None
    return {"total": report.rows_total, "accepted": report.rows_accepted, "refused": report.rows_refused}


class BatchesQuery(ListQuery):
    """Which batches to list."""

    offer_id = PublicId("off", load_default=None)


BatchStoriesOut = list_of(BatchStoryOut, "BatchStoriesOut")


class StepOut(Schema):
    """One event of a batch's live progress."""

    status = Word(Stage, attribute="stage")
    progress = fields.Function(lambda story: {"done": story.rows_done, "total": story.rows_expected})
    counts = fields.Function(_counts)
