"""The public beacon (drand over HTTP): which round comes when, and its value once it is told."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import requests

from ..kernel.errors import TransientError
from .rules import HASH_BYTES

#: The round lies at least this far ahead when it is fixed.
AHEAD_SECONDS: Final = 60
_TIMEOUT_SECONDS = 5
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class BeaconChain:
    """A drand chain: round 1 is at *genesis_time* (Unix seconds), the next ones every *period* seconds."""

    address: str
    genesis_time: int
    period: int

    def time_of(self, beacon_round: int) -> datetime:
        """When the value of a round is told (aware, UTC, wall time)."""
        return datetime.fromtimestamp(self.genesis_time + (beacon_round - 1) * self.period, UTC)


def round_after(chain: BeaconChain, now: datetime) -> int:
    """The first round that is told at least 60 seconds after *now*."""
    ahead = now.timestamp() + AHEAD_SECONDS - chain.genesis_time
    return max(1, math.ceil(ahead / chain.period) + 1)


@lru_cache(maxsize=4)
def chain_at(address: str) -> BeaconChain:
    """The chain behind *address*, such as https://api.drand.sh. Raises TransientError when it does not answer."""
    told = _get(f"{address.rstrip('/')}/info")
    try:
        return BeaconChain(address, int(told["genesis_time"]), int(told["period"]))
    except (KeyError, TypeError, ValueError):
        raise TransientError("the beacon's description cannot be read") from None


def value_of(chain: BeaconChain, beacon_round: int) -> bytes:
    """The 32 bytes of a round. Raises TransientError while it is not told or the beacon does not answer."""
    told = _get(f"{chain.address.rstrip('/')}/public/{beacon_round}")
    try:
        value = bytes.fromhex(told["randomness"])
        if int(told["round"]) != beacon_round or len(value) != HASH_BYTES:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise TransientError("the beacon's answer is not of the round asked for") from None
    return value


def _get(url: str) -> dict[str, Any]:
    """One small JSON document from the address that the installation set; no redirects."""
    try:
        with requests.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                raise TransientError(f"the beacon answered {answer.status_code}")
            body = answer.raw.read(_MOST_BYTES, decode_content=True)
        told = json.loads(body)
    except (requests.RequestException, ValueError) as error:
        raise TransientError(f"the beacon did not answer: {type(error).__name__}") from None
    if not isinstance(told, dict):
        raise TransientError("the beacon's answer is not an object")
    return told
