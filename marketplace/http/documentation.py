"""The API's description as a page for people, made from the same document that machines read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from flask_smorest import Api

blueprint = Blueprint("documentation", __name__, template_folder="templates")

_METHODS = ("get", "post", "put", "patch", "delete")
#: Nothing is loaded from anywhere: the page is one document with its own style.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Field:
    """One parameter or property: its name with its path, type, whether it must be given, and what it is."""

    name: str
    type: str
    required: bool
    words: str
    place: str = ""


@dataclass(frozen=True)
class Answer:
    """One way an operation ends."""

    status: str
    words: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    summary: str
    words: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]


@blueprint.get("/docs")
def page() -> Response:
    """The description of the API."""
    api: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return Response(
        _rendered(api),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "max-age=300"},
    )


@lru_cache(maxsize=4)
def _rendered(api: Api) -> str:
    document = api.spec.to_dict()
    groups = [
        (tag["name"], tag.get("description", ""), list(_operations(document, tag["name"])))
        for tag in document["tags"]
    ]
    return render_template("documentation.html", info=document["info"], groups=groups)


def _operations(document: dict[str, Any], tag: str) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method in _METHODS:
            if tag in item.get(method, {}).get("tags", ()):
                yield _operation(document, path, method, item[method], shared)


def _operation(
    document: dict[str, Any], path: str, method: str, told: dict[str, Any], shared: list[dict[str, Any]]
) -> Operation:
    parameters = [_resolved(document, p) for p in (*shared, *told.get("parameters", ()))]
    return Operation(
        anchor=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        words=told.get("description", ""),
        parameters=tuple(_parameter(document, p) for p in parameters),
        body=_content(document, told.get("requestBody", {})),
        answers=tuple(_answers(document, told["responses"])),
    )


def _parameter(document: dict[str, Any], told: dict[str, Any]) -> Field:
    schema = _resolved(document, told.get("schema", {}))
    words = told.get("description") or schema.get("description", "")
    return Field(told["name"], _type(document, schema), told.get("required", False), words, told["in"])


def _answers(document: dict[str, Any], responses: dict[str, Any]) -> Iterator[Answer]:
    for status, told in sorted(responses.items()):
        answer = _resolved(document, told)
        # The shape of a problem is the same everywhere and told once, at the head of the page.
        fields = _content(document, answer) if str(status).startswith("2") else ()
        yield Answer(str(status), answer.get("description", ""), fields)


def _content(document: dict[str, Any], holder: dict[str, Any]) -> tuple[Field, ...]:
    for media in holder.get("content", {}).values():
        return tuple(_fields(document, media.get("schema", {})))
    return ()


def _fields(
    document: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0
) -> Iterator[Field]:
    """The properties of a schema, nested ones with their path, to a depth that people still read."""
    schema = _resolved(document, schema)
    needed = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        found = _resolved(document, inner)
        yield Field(prefix + name, _type(document, found), name in needed, found.get("description", ""))
        listed = found.get("type") == "array"
        deeper = _resolved(document, found.get("items", {})) if listed else found
        if depth < 2 and "properties" in deeper:
            yield from _fields(document, deeper, f"{prefix}{name}{'[]' if listed else ''}.", depth + 1)


def _type(document: dict[str, Any], schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object")
    kinds = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "enum" in schema:
        return "one of " + ", ".join(str(word) for word in schema["enum"] if word is not None)
    if kind == "array":
        return f"list of {_type(document, _resolved(document, schema.get('items', {})))}"
    return f"{kinds} ({schema['format']})" if "format" in schema else kinds


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind references and single-entry combinations."""
    for _ in range(8):
        combined = schema.get("allOf") or schema.get("anyOf") or ()
        if "$ref" in schema:
            target: Any = document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        elif combined:
            schema = {**{k: v for k, v in schema.items() if k not in ("allOf", "anyOf")}, **combined[0]}
        else:
            break
    return schema
