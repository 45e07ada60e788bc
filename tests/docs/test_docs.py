"""Whoever follows the guides finds what they name: pages, settings, commands, resources, problems."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

import config.settings
from marketplace.cli import main
from marketplace.journey.purchases.rules import Refused

from .tables import PAGE, ROOT, filled, tables

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_named = [str(page.relative_to(ROOT)) for page in PAGES]
_A_VALUE = "x"


@pytest.fixture(params=PAGES, ids=_named)
def page(request: pytest.FixtureRequest) -> Path:
    """Each page of the guides."""
    found: Path = request.param
    return found


def heading_anchors(text: str) -> set[str]:
    """The anchors that a reader of Markdown makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), f"{page.name} leads to {target}"
        if anchor:
            assert anchor in heading_anchors(linked.read_text(encoding="utf-8")), f"{page.name}: {target}"


def test_every_page_of_the_guides_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen:
            seen.add(page)
            links = re.findall(r"\]\(([^)\s#:]+\.md)", page.read_text(encoding="utf-8"))
            waiting += [(page.parent / link).resolve() for link in links]
    assert {page.resolve() for page in PAGES} <= seen


def test_the_configuration_page_tells_exactly_the_variables_that_are_read() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]{3,})"', inspect.getsource(config.settings)))
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(table))) == read


def _commands(text: str) -> Iterator[list[str]]:
    """The words behind `lead-exchange` in code, up to where another command or the prose begins."""
    code = re.findall(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    for block in ("\n".join(parts) for parts in code):
        for line in block.replace("\\\n", " ").splitlines():
            for words in re.findall(r"(?:^|[/(\s])lead-exchange ((?:(?![|;&#]).)+)", line):
                yield words.split()


def test_every_command_in_the_guides_exists_with_its_options(page: Path) -> None:
    for words in _commands(page.read_text(encoding="utf-8")):
        command: click.Command = main
        context = click.Context(main)
        while isinstance(command, click.Group) and words:
            found = command.get_command(context, words.pop(0))
            assert found is not None, f"{page.name}: lead-exchange … {words}"
            command = found
        known = {option for parameter in command.params for option in parameter.opts}
        for option in (word for word in words if re.match(r"--[a-z]", word)):
            assert option in known | {"--help"}, f"{page.name}: {command.name} {option}"


def _resources(text: str) -> Iterator[tuple[str | None, str]]:
    """Every path under /v1 that a page names, with its method where it names one."""
    for method, path in re.findall(r"(?:\b(GET|POST|PUT|PATCH|DELETE) )?(/v1/[A-Za-z0-9_{}$/.-]+)", text):
        yield method or None, path.rstrip("./")


def test_every_resource_in_the_guides_exists(page: Path, app: Flask) -> None:
    router = app.url_map.bind("localhost")
    for method, path in _resources(page.read_text(encoding="utf-8")):
        concrete = re.sub(r"\{[^}]+\}|\$\w+", _A_VALUE, path)
        try:
            allowed = router.allowed_methods(concrete)
        except NotFound:  # pragma: no cover - older routers raise
            allowed = []
        assert allowed, f"{page.name} names {path}"
        assert method is None or method in allowed, f"{page.name} names {method} {path}"


def test_the_tables_of_the_api_page_are_those_of_the_code(app: Flask) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page, tables(app)) == page, "python -m tests.docs.tables writes them anew"


def test_the_buyer_is_told_every_word_of_a_refused_listing() -> None:
    text = (ROOT / "docs" / "buyer.md").read_text(encoding="utf-8")
    assert {word.value for word in Refused} <= set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_the_index_of_decisions_is_complete() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}
