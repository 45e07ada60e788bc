"""Intake: batches, their files, and the leads in them, contacts sealed.

States of a batch::

    open ──file──> received ──> read
                      └──────> refused ──new mapping──> received
"""

from .assembling import assemble
from .bulk import NewRefusal, claims_seen, copy_leads, copy_refusals, hold_claims, take_claims
from .copying import copy_lines, escaped_json
from .describing import field_types
from .errors import (
    EmptyUpload,
    MappingNotTaken,
    OtherFile,
    UnknownField,
    UnreadableForm,
    UploadCut,
    UploadSuperseded,
    UploadTooLarge,
)
from .events import BatchRead, BatchReceived
from .files import opener
from .jobs import limits_for
from .lots import Lot, NewLeads, picked
from .models import Batch, Lead, LeadClaim, RefusedRow
from .queries import batch, batch_of, batches, lead, own_batch, refused_rows, visible_to
from .rules import WHOLE_ROW, BatchState
from .services import Understood, open_batch, set_mapping
from .uploads import receive
from .vault import Contact, Erased, contact_of, leaf_salt, open_contact

__all__ = [
    "WHOLE_ROW",
    "Batch",
    "BatchRead",
    "BatchReceived",
    "BatchState",
    "Contact",
    "EmptyUpload",
    "Erased",
    "Lead",
    "LeadClaim",
    "Lot",
    "MappingNotTaken",
    "NewLeads",
    "NewRefusal",
    "OtherFile",
    "RefusedRow",
    "Understood",
    "UnknownField",
    "UnreadableForm",
    "UploadCut",
    "UploadSuperseded",
    "UploadTooLarge",
    "assemble",
    "batch",
    "batch_of",
    "batches",
    "claims_seen",
    "contact_of",
    "copy_leads",
    "copy_lines",
    "copy_refusals",
    "escaped_json",
    "field_types",
    "hold_claims",
    "lead",
    "leaf_salt",
    "limits_for",
    "open_batch",
    "open_contact",
    "opener",
    "own_batch",
    "picked",
    "receive",
    "refused_rows",
    "set_mapping",
    "take_claims",
    "visible_to",
]
