"""How large a lead file and its parts may be."""

from __future__ import annotations

from dataclasses import dataclass

_KIB = 1024
_MIB = 1024 * _KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one file; sizes are in bytes, and hold again for whatever gzip unpacks.

    The `workbook_*` limits are for XLSX, whose packed form says little about the work it causes.
    """

    file_bytes: int = 1024 * _MIB
    rows: int = 5_000_000
    columns: int = 500
    field_bytes: int = 64 * _KIB
    record_bytes: int = _MIB
    header_characters: int = 300
    sample_bytes: int = _MIB + 256 * _KIB
    encoding_scan_bytes: int = 32 * _MIB
    workbook_file_bytes: int = 20 * _MIB
    workbook_unpacked_bytes: int = 100 * _MIB
    workbook_ratio: int = 100
    workbook_parts: int = 1_000
    workbook_rows: int = 100_000
    workbook_columns: int = 100
    workbook_field_bytes: int = 8 * _KIB
    workbook_memory_bytes: int = 512 * _MIB
    workbook_seconds: int = 60
    workbook_text_bytes: int = 512 * _MIB
