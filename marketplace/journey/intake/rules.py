"""The words and limits of intake."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

#: An uploaded file is kept in sealed parts of this many bytes.
PART_BYTES: Final = 4 << 20
MAX_FILE_NAME: Final = 255


class BatchState(StrEnum):
    """Where a batch stands in intake; later steps have states of their own."""

    OPEN = "open"
    RECEIVED = "received"
    READ = "read"
    REFUSED = "refused"


#: Refusals that a new mapping can mend.
COLUMN_REFUSALS: Final = frozenset({"columns_unknown", "mapping_unknown"})
#: Standard fields that hold dates as people write them.
DATED_FIELDS: Final = frozenset({"created_at", "consent_at", "last_touch_at", "birth_date"})
#: The name under which the text of a row that cannot be split into cells is kept.
WHOLE_ROW: Final = ""


def reader_state(state: BatchState) -> str:
    """What a reader sees while intake has the batch; that its columns are known is no state of its own."""
    return BatchState.RECEIVED.value if state is BatchState.READ else state.value
