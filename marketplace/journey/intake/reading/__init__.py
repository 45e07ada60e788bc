"""Reading lead files: what a file is, which column is which field, and its rows in chunks.

    bytes ── recognize ──▶ Recognition ── read_chunks ──▶ Chunk, Chunk, …  (each with a Checkpoint)
                │               │                            │
          UnreadableFile   propose_mapping ──▶ Mapping ── apply_mapping ──▶ fields + extra values
                                                             │
                                         refused rows ── refused_file ──▶ CSV for the seller

Pure code: no database, no clock. Files come from strangers; everything here has a limit (`Limits`).
"""

from .chunks import BrokenRow, Checkpoint, Chunk
from .dialects import Dialect
from .errors import FILE_REFUSALS, ROW_REFUSALS, UnreadableFile
from .limits import Limits
from .mapping import ColumnMapping, Mapping, UnknownMapping, apply_mapping, propose_mapping, strip_marks
from .reader import CHUNK_ROWS, read_chunks
from .recognition import Recognition, recognize
from .refused_file import REFUSAL_COLUMNS, RefusedRow, neutralized, refused_file
from .streams import OpenStream
from .vocabulary import STANDARD_FIELDS, FieldDescription, FieldType, normalize_header

__all__ = [
    "CHUNK_ROWS",
    "FILE_REFUSALS",
    "REFUSAL_COLUMNS",
    "ROW_REFUSALS",
    "STANDARD_FIELDS",
    "BrokenRow",
    "Checkpoint",
    "Chunk",
    "ColumnMapping",
    "Dialect",
    "FieldDescription",
    "FieldType",
    "Limits",
    "Mapping",
    "OpenStream",
    "Recognition",
    "RefusedRow",
    "UnknownMapping",
    "UnreadableFile",
    "apply_mapping",
    "neutralized",
    "normalize_header",
    "propose_mapping",
    "read_chunks",
    "recognize",
    "refused_file",
    "strip_marks",
]
