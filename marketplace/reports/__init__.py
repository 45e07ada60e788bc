"""Reads over all steps: where a batch is, and how far its work has come. No rule of the business."""

from .timeline import Moment, timeline

__all__ = ["Moment", "timeline"]
