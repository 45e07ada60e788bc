"""People can read the API's description without loading anything from anywhere."""

from __future__ import annotations

import re

from flask import Flask


def test_every_operation_is_on_the_page(app: Flask) -> None:
    page = app.test_client().get("/docs")
    assert page.status_code == 200, page.data
    text = page.get_data(as_text=True)
    document = app.test_client().get("/v1/openapi.json").json
    for path, item in document["paths"].items():
        for method in set(item) - {"parameters"}:
            anchor = f"{method}{path}".replace("/", "-").replace("{", "").replace("}", "")
            assert f'id="{anchor}"' in text, f"{method} {path}"


def test_the_page_loads_nothing_from_elsewhere(app: Flask) -> None:
    page = app.test_client().get("/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    text = page.get_data(as_text=True)
    assert not re.findall(r"<(?:script|link|img|iframe)\b", text)
    assert not re.findall(r"https?://", text)
