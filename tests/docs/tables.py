"""The tables of docs/api.md, made from the code: ``python -m tests.docs.tables`` writes them anew."""

from __future__ import annotations

import base64
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

import marketplace
from config import load
from marketplace.access import Permission, Role, permissions_of
from marketplace.access.permissions import BUYERS_ONLY, OPERATOR_ROLES, SELLERS_ONLY
from marketplace.app import create_app
from marketplace.http import problems
from marketplace.kernel.errors import DomainError

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
_MEMBERS = (Role.OWNER, Role.TRADER, Role.FINANCE, Role.VIEWER)
_STAFF = tuple(sorted(OPERATOR_ROLES))
#: What the server itself says, whatever was asked.
_OF_THE_SERVER = {
    500: ("fault", "Something went wrong on our side; report the `request_id`."),
    503: ("temporarily_unavailable", "The exchange is busy or restarting; wait as long as Retry-After says."),
}


def refusals() -> Iterator[type[DomainError]]:
    """Every refusal of the product, whatever module it lies in."""
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [DomainError]
    while waiting:
        known = [
            kind for kind in waiting.pop().__subclasses__() if kind.__module__.startswith("marketplace.")
        ]
        waiting += known
        yield from known


def problem_codes() -> dict[tuple[str, int], list[str]]:
    """Code and status of every problem, with the sentences that it is told in."""
    told: dict[tuple[str, int], list[str]] = {}
    known = [(kind.code, kind.status, kind.title) for kind in refusals()]
    known += [(code, status, words) for status, (code, words) in (problems._WORDS | _OF_THE_SERVER).items()]
    for code, status, words in known:
        sentences = told.setdefault((code, status), [])
        if words not in sentences:
            sentences.append(words)
    return dict(sorted(told.items()))


def problems_table() -> str:
    """The table of problem codes."""
    rows = [
        f"| `{code}` | {status} | {' '.join(words)} |" for (code, status), words in problem_codes().items()
    ]
    return "\n".join(["| code | status | what it means, and the way out |", "|---|---|---|", *rows])


def routes(app: Flask) -> Iterator[tuple[str, str, Any]]:
    """Method, path and view of every resource under /v1."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.rule.startswith("/v1/") and hasattr(view, "permission"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, path, view


def who_may(permission: Permission) -> str:
    """The roles that hold a permission, as a reader needs them."""
    if permission is Permission.PUBLIC:
        return "anyone"
    members = [role.value for role in _MEMBERS if permission in permissions_of(role)]
    staff = [role.value for role in _STAFF if permission in permissions_of(role)]
    if len(members) == len(_MEMBERS):
        members = ["all members"]
        staff = ["all staff"] if len(staff) == len(_STAFF) else staff
    if permission in SELLERS_ONLY:
        members = [f"{', '.join(members)} of a seller"]
    if permission in BUYERS_ONLY:
        members = [f"{', '.join(members)} of a buyer"]
    return ", ".join(members + [f"*{name}*" for name in staff])


def resources_table(app: Flask) -> str:
    """The table of resources with who may use them."""
    lines = ["| resource | who | what |", "|---|---|---|"]
    for method, path, view in sorted(routes(app), key=lambda route: (route[1], route[0])):
        first = (inspect.getdoc(view) or "").split("\n")[0]
        lines.append(f"| `{method} {path}` | {who_may(view.permission)} | {first} |")
    return "\n".join(lines)


def filled(page: str, tables: dict[str, str]) -> str:
    """*page* with each table between its marks."""
    for name, table in tables.items():
        marks = re.compile(f"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
        page, found = marks.subn(lambda marked, table=table: f"{marked[1]}{table}\n{marked[2]}", page)
        if found != 1:
            raise LookupError(f"the page has no place for the table {name}")
    return page


def tables(app: Flask) -> dict[str, str]:
    """All tables of the page by the names of their marks."""
    return {"problems": problems_table(), "resources": resources_table(app)}


def _app_without_database() -> Flask:
    key = base64.b64encode(bytes(32)).decode()
    return create_app(
        load({"DATABASE_URL": "postgresql://nobody@/none", "MASTER_KEYS": f"none:{key}", "INDEX_KEY": key})
    )


if __name__ == "__main__":
    PAGE.write_text(
        filled(PAGE.read_text(encoding="utf-8"), tables(_app_without_database())), encoding="utf-8"
    )
