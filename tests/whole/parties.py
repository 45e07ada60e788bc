"""Organizations on a whole exchange, over HTTP: they sign up, bring leads in, check them, buy them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from .exchange import Exchange

#: The other side is away or busy for a moment; the same request may be sent again.
BUSY = (502, 503)


@dataclass
class Party:
    """Somebody with a key, or nobody yet."""

    address: str
    key: str | None = None
    organization_id: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, *, key: str | None = None, **rest: Any) -> requests.Response:
        """One request; a POST has an Idempotency-Key of its own unless one is given."""
        headers = dict(rest.pop("headers", {}))
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        rest.setdefault("timeout", 30)
        return self.session.request(method, self.address + path, headers=headers, **rest)

    def insist(self, method: str, path: str, *, seconds: float = 60, **rest: Any) -> requests.Response:
        """The same request again while the other side is away; the idempotency key stays."""
        rest.setdefault("key", uuid.uuid4().hex)
        until = time.monotonic() + seconds
        while True:
            try:
                answer = self.send(method, path, **rest)
                busy = answer.status_code in BUSY or _in_flight(answer)
            except requests.RequestException:
                busy = True
            if not busy:
                return answer
            if time.monotonic() > until:
                raise AssertionError(f"{method} {path} was not answered in {seconds} s")
            time.sleep(0.1)

    def get(self, path: str, **query: Any) -> Any:
        """A resource that must be there."""
        return _good(self.insist("GET", path, params=query))

    def post(self, path: str, body: Any = None, **rest: Any) -> Any:
        """A POST that must be taken."""
        return _good(self.insist("POST", path, json=body, **rest))

    def put_file(self, path: str, content: bytes, **query: Any) -> Any:
        """Send a file; cut uploads start over."""
        return _good(self.insist("PUT", path, data=content, params=query))


def _in_flight(answer: requests.Response) -> bool:
    return answer.status_code == 409 and answer.json().get("code") == "request_in_flight"


def _good(answer: requests.Response) -> Any:
    assert answer.status_code < 300, (answer.request.method, answer.url, answer.status_code, answer.text)
    return answer.json() if answer.content else None


class People:
    """Everybody on one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        made = exchange.run(
            *(
                "organization",
                "create-operator",
                "--name",
                "Exchange",
                "--country",
                "PL",
                "--currency",
                "EUR",
            ),
            *("--admin-name", "Ada", "--admin-email", "ada@parties.invented-people.org"),
        )
        assert made.returncode == 0, made.stderr
        words = made.stdout.split()
        self.operator = Party(exchange.address, words[words.index("key") + 1], words[1])

    def sign_up(self, *, sells: bool = False, buys: bool = False, funds: int = 0) -> Party:
        """An approved organization, its wallet filled with *funds* minor units."""
        body = {
            "name": f"Party {uuid.uuid4().hex[:8]}",
            "sells": sells,
            "buys": buys,
            "country": "PL",
            "currency": "EUR",
            "owner": {"name": "Ola", "email": f"{uuid.uuid4().hex}@parties.invented-people.org"},
        }
        made = Party(self.exchange.address).post("/v1/organizations", body)
        organization = made["organization"]["id"]
        self.operator.post(f"/v1/operator/organizations/{organization}/decision", {"state": "approved"})
        if funds:
            self.operator.post(
                "/v1/operator/credits",
                {
                    "organization_id": organization,
                    "amount": {"amount": funds, "currency": "EUR"},
                    "reference": "bank statement",
                },
            )
        return Party(self.exchange.address, made["api_key"]["secret"], organization)

    def hire(self, role: str) -> Party:
        """A new member of the operator with a key of his own."""
        email = f"{uuid.uuid4().hex}@parties.invented-people.org"
        member = self.operator.post("/v1/members", {"name": role, "email": email, "role": role})
        made = self.operator.post("/v1/api-keys", {"name": role, "member_id": member["id"]})
        return Party(self.exchange.address, made["secret"], self.operator.organization_id)


def make_offer(seller: Party, **changes: Any) -> str:
    """An open offer of mortgage leads at 20 EUR."""
    body = {
        "vertical": "mortgage",
        "name": "Mortgage leads",
        "price": {"amount": 2000, "currency": "EUR"},
        "max_sales": 1,
        "channel": "net",
        "source": "search",
        "country": "PL",
        "consent_text": "I agree to be called about mortgages.",
        "consent_source": "landing page",
        "consent_channels": ["phone", "email"],
        **changes,
    }
    made: str = seller.post("/v1/offers", body)["id"]
    return made


def send_batch(seller: Party, content: bytes, *, name: str = "leads.csv", **offer: Any) -> str:
    """A batch under a new offer with its file sent; returns its id."""
    batch: str = seller.post(f"/v1/offers/{make_offer(seller, **offer)}/batches", {})["id"]
    seller.put_file(f"/v1/batches/{batch}/file", content, name=name)
    return batch


def until(party: Party, path: str, done: Callable[[Any], bool], *, seconds: float = 60) -> Any:
    """Ask for a resource until *done* says so."""
    deadline = time.monotonic() + seconds
    while not done(found := party.get(path)):
        if time.monotonic() > deadline:
            raise AssertionError(f"{path} after {seconds} s: {found}")
        time.sleep(0.1)
    return found


def check_clean(seller: Party, checker: Party, batch: str) -> None:
    """The checker finds every drawn lead genuine until the batch is accepted; waits until it is listed."""
    until(seller, f"/v1/batches/{batch}", lambda found: found["status"] == "sampling")
    while seller.get(f"/v1/batches/{batch}")["status"] == "sampling":
        for sample in checker.get("/v1/spot-checks", limit=100)["data"]:
            # A lead that the decision did without is gone from the worklist meanwhile.
            if checker.insist("GET", f"/v1/spot-checks/{sample['id']}").status_code == 200:
                checker.insist("POST", f"/v1/spot-checks/{sample['id']}/verdict", json={"verdict": "genuine"})
    until(seller, f"/v1/batches/{batch}", lambda found: found["status"] == "listed")


def wallet(party: Party) -> dict[str, int]:
    """The party's wallet in minor units: available, promo, held, owed."""
    (row,) = party.get("/v1/wallet")["balances"]
    return {name: row[name]["amount"] for name in ("available", "promo", "held", "owed")}
