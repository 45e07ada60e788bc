"""Parts of paths."""

from __future__ import annotations

from uuid import UUID

from ..kernel import ids
from ..kernel.errors import NotFound


def path_id(prefix: str, text: str) -> UUID:
    """The id in a path. Raises NotFound (404) for what is not one: to a stranger both look the same."""
    parsed = ids.parse(prefix, text)
    if parsed is None:
        raise NotFound
    return parsed
