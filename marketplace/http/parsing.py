"""Reads JSON bodies: strictly, quickly, and without falling over deep nesting."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Request, abort
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from ..kernel.errors import InvalidInput


class Parser(FlaskParser):
    """The body as JSON: 415 for another type, 400 for what is not JSON."""

    def load_json(self, req: Request, schema: Any) -> Any:
        """What the body holds; nothing at all counts as missing."""
        body = req.get_data(cache=True)
        if not body:
            return missing
        if not req.is_json:
            abort(415)
        try:
            loaded = orjson.loads(body)
        except orjson.JSONDecodeError:
            abort(400)
        # The database cannot hold NUL; a text with it is nothing that a person wrote.
        if b"u0000" in body and (pointer := _nul_in(loaded)) is not None:
            raise InvalidInput.field(pointer, "nul_character", "Leave the NUL character out of this text.")
        return loaded

    def load_querystring(self, req: Request, schema: Any) -> Any:
        """The query, in which no text may hold NUL either."""
        for name, value in req.args.items(multi=True):
            if "\x00" in name + value:
                raise InvalidInput.field(
                    f"/{name}", "nul_character", "Leave the NUL character out of this text."
                )
        return super().load_querystring(req, schema)


def _nul_in(value: Any, pointer: str = "") -> str | None:
    """Where a text with NUL stands, as a JSON pointer."""
    if isinstance(value, str):
        return pointer if "\x00" in value else None
    if isinstance(value, dict):
        inner = [(f"{pointer}/{name}", item) for name, item in value.items()]
        if any("\x00" in name for name in value):
            return pointer
    elif isinstance(value, list):
        inner = [(f"{pointer}/{place}", item) for place, item in enumerate(value)]
    else:
        return None
    return next((found for place, item in inner if (found := _nul_in(item, place)) is not None), None)


PARSER = Parser()
