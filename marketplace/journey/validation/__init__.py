"""Validation: every row of a batch is taken, or refused with a code and a sentence.

States of a batch's report::

    running ──last chunk──> done
"""

from .events import BatchValidated
from .models import BatchReport, LeadReport
from .queries import not_listable_leads, quarantined_leads, report, reports
from .states import ReportState, Verdict

__all__ = [
    "BatchReport",
    "BatchValidated",
    "LeadReport",
    "ReportState",
    "Verdict",
    "not_listable_leads",
    "quarantined_leads",
    "report",
    "reports",
]
