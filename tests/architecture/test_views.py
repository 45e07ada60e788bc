"""Every view names a permission, and every view that moves money or creates asks for a key."""

from __future__ import annotations

import inspect

from flask import Flask

from marketplace.access import Permission

# Machines ask these without a key; they tell nothing about anybody.
OPEN_TO_MACHINES = {"live", "ready", "metrics", "api-docs.openapi_json", "documentation.page"}
PUBLIC_ON_PURPOSE = {"identity.sign_up"}


def test_no_view_lacks_a_permission(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if endpoint in OPEN_TO_MACHINES:
            continue
        permission = getattr(view, "permission", None)
        assert isinstance(permission, Permission), f"{endpoint} names no permission"
        assert permission is not Permission.PUBLIC or endpoint in PUBLIC_ON_PURPOSE, endpoint


def test_without_a_key_every_view_answers_401(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_TO_MACHINES | PUBLIC_ON_PURPOSE:
            continue
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", "x")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            assert answer.status_code == 401, f"{method} {path} answered {answer.status_code}"
            assert answer.content_type == "application/problem+json"


def test_every_view_has_a_docstring(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if endpoint not in OPEN_TO_MACHINES:
            assert inspect.getdoc(view), f"{endpoint} says nothing"
