"""The user's own file, traded as a batch of the demonstration market."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from ..journey.intake.reading import STANDARD_FIELDS, FieldDescription, propose_mapping, recognize
from .files import DemoFile
from .market import Market, bring_in, check


def recognized_vertical(market: Market, path: Path) -> str:
    """The vertical whose own fields the file's columns name most. Raises UnreadableFile."""
    seen = recognize(lambda: path.open("rb"), path.name, size_bytes=path.stat().st_size)
    scores = {}
    for vertical in market.operator.get("/v1/verticals")["data"]:
        own = [
            FieldDescription(field["name"], "text", (field["label"], *field["synonyms"]))
            for field in vertical["fields"]
        ]
        mapping = propose_mapping(seen.headers, [*own, *STANDARD_FIELDS], seen.sample)
        scores[vertical["code"]] = sum(mapping.column_of(field.name) is not None for field in own)
    best: str = max(scores, key=lambda code: scores[code])
    return best


def trade_file(market: Market, path: Path, *, vertical: str | None, country: str) -> dict[str, Any]:
    """Upload *path* under a new offer of the demonstration's seller, check it, and buy some of it.

    Returns what happened: the batch, its counts, the most frequent refusals, what was bought.
    """
    vertical = vertical or recognized_vertical(market, path)
    content = path.read_bytes()
    # The same bytes are the same batch, so a second run goes on with it.
    name = f"{sha256(content).hexdigest()[:8]} {path.name}"
    file = DemoFile(name, content, frozenset())
    batch = bring_in(market, "seller", vertical, file, country=country)
    seller = market.of("seller")
    found = seller.until(
        f"/v1/batches/{batch}",
        lambda seen: seen["status"] not in ("open", "received"),
        seconds=1800,
        waiting_for="the file to be validated",
    )
    told = {"batch": batch, "file": path.name, "vertical": vertical, "state": found["status"]}
    told["counts"] = found.get("counts")
    told["refusals"] = _reasons(market, batch)
    if found["status"] == "refused" or not _accepted(found):
        market.tell(f"{path.name}: no lead of it can be traded ({_first(told['refusals'])})")
        return told
    told["state"] = check(market, batch, frozenset())
    if told["state"] == "accepted":
        told["bought"] = _buy_some(market, batch, vertical)
    market.tell(f"{path.name}: {told['state']}, {len(told.get('bought', []))} leads bought")
    return told


def _accepted(found: dict[str, Any]) -> int:
    return int(found["counts"]["accepted"])


def _reasons(market: Market, batch: str) -> dict[str, int]:
    """The first thousand refused rows by their reason."""
    counted: dict[str, int] = {}
    cursor = None
    for _ in range(5):
        page = market.of("seller").get(f"/v1/batches/{batch}/refusals", limit=200, cursor=cursor)
        for row in page["data"]:
            reason = f"{row['code']}: {row['detail']}"
            counted[reason] = counted.get(reason, 0) + 1
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return dict(sorted(counted.items(), key=lambda item: -item[1]))


def _first(refusals: dict[str, int]) -> str:
    return next(iter(refusals), "nothing was in it")


def _buy_some(market: Market, batch: str, vertical: str) -> list[str]:
    market.of("seller").until(
        f"/v1/batches/{batch}",
        lambda seen: seen["status"] in ("listed", "sold_out"),
        seconds=600,
        waiting_for="the accepted leads to be listed",
    )
    bought = market.post(
        f"buy of {batch}",
        market.of("buyer"),
        "/v1/purchases",
        {"search": {"vertical": vertical}, "sort": "newest", "max_count": 5, "mode": "best_effort"},
    )
    return [item["id"] for item in bought["purchases"]]
