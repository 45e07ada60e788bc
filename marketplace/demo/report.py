"""What is printed at the end, and kept in demo.json for scripts that go on from there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .market import Market


def facts(market: Market, *, data_dir: Path) -> dict[str, Any]:
    """Addresses, keys, and lines that work as pasted."""
    address = market.address
    keys = {name: party["key"] for name, party in market.parties.items()}
    organizations = {n: p["organization"] for n, p in market.parties.items() if "organization" in p}
    return {
        "address": address,
        "api": f"{address}/v1",
        "description": f"{address}/v1/openapi.json",
        "documentation": f"{address}/docs",
        "health": f"{address}/health/ready",
        "metrics": f"{address}/metrics",
        "data_dir": str(data_dir),
        "keys": keys,
        "organizations": organizations,
        "lines": _lines(market),
    }


def _lines(market: Market) -> dict[str, str]:
    buyer = market.of("buyer")
    listing = next(iter(buyer.get("/v1/listings", vertical="mortgage", limit=1)["data"]), None)
    purchase = next(iter(buyer.get("/v1/purchases", limit=1)["data"]), None)
    lines = {
        "what is for sale": _curl(market, "buyer", "/v1/listings?vertical=mortgage&limit=3&count=true"),
        "the wallet": _curl(market, "buyer", "/v1/wallet"),
        "what the seller earned": _curl(market, "seller", "/v1/earnings"),
        "statements": _curl(market, "seller", "/v1/settlements"),
        "how the bad batch was checked": _curl(
            market, "careless_seller", f"/v1/batches/{market.progress.get('bad batch')}/spot-check"
        ),
    }
    if listing:
        lines["buy a lead"] = _curl(
            market, "buyer", "/v1/purchases", post=json.dumps({"listing_id": listing["id"]})
        )
    if purchase:
        lines["read a contact that was bought"] = _curl(
            market, "buyer", f"/v1/purchases/{purchase['id']}/contact"
        )
    return lines


def _curl(market: Market, party: str, path: str, post: str | None = None) -> str:
    line = f"curl -s -H 'Authorization: Bearer {market.parties[party]['key']}'"
    if post is not None:
        line += f" -H 'Content-Type: application/json' -H 'Idempotency-Key: '$(date +%s%N) -d '{post}'"
    return f"{line} '{market.address}{path}'"


def keep(told: dict[str, Any], path: Path) -> None:
    """Write the facts to *path* with mode 0600: they hold keys."""
    written = path.with_suffix(".new")
    handle = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(told, out, indent=2)
    written.replace(path)


def readable(told: dict[str, Any]) -> str:
    """The facts as they are printed."""
    out = ["", f"The exchange answers at {told['address']}", ""]
    for name in ("documentation", "description", "health", "metrics"):
        out.append(f"  {name:14} {told[name]}")
    out += ["", "API keys:"]
    out += [f"  {name:16} {key}" for name, key in told["keys"].items()]
    out += ["", "Lines that work as pasted:"]
    for what, line in told["lines"].items():
        out += [f"  # {what}", f"  {line}"]
    if "file" in told:
        out += ["", *_readable_file(told["file"])]
    out += ["", f"All of this also lies in {told['data_dir']}/demo.json. Stop with Ctrl-C.", ""]
    return "\n".join(out)


def _readable_file(file: dict[str, Any]) -> list[str]:
    out = [f"Your file {file['file']} as a batch of {file['vertical']}: {file['state']}, {file['counts']}"]
    out += [f"  {count:>6} x {reason}" for reason, count in list(file["refusals"].items())[:8]]
    if file.get("bought"):
        out.append(f"  bought: {', '.join(file['bought'])}")
    return out
