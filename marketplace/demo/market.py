"""The story of the demonstration market: every step goes through the API, as its actors would go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..kernel.money import Money, readable
from .client import Client, ExchangeSaysNo
from .files import DemoFile, mortgage_leads
from .receiver import Receiver
from .state import Progress

Tell = Callable[[str], None]

DECIDED = ("accepted", "rejected", "empty", "on_hold")
CONFLICT = 409
_PRICE_MINOR = 4500
_PRICE = {"amount": _PRICE_MINOR, "currency": "EUR"}
_CONSENT = "I agree that lenders may call and write to me about my mortgage request."


@dataclass(frozen=True)
class Doors:
    """What the story cannot do over HTTP: the operator's first key, and moving business time."""

    operator_key: Callable[[], str]
    advance_days: Callable[[float], object]
    business_now: Callable[[], datetime]


@dataclass
class Market:
    """One exchange and everybody on it, with the keys that were shown to them once."""

    address: str
    progress: Progress
    doors: Doors
    tell: Tell
    parties: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, name: str) -> Client:
        """A client with the key of a party."""
        return Client(self.address, self.parties[name]["key"])

    @property
    def operator(self) -> Client:
        """The operator's admin."""
        return self.of("operator")

    def once(self, name: str, act: Callable[[], Any]) -> Any:
        """Do a step now unless an earlier run has done it."""
        return self.progress.once(name, act)

    def post(self, name: str, client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
        """A POST that has one effect however often the story is begun."""
        return self.once(name, lambda: client.post(path, body, key=f"demo:{name}"))


def make_market(address: str, progress: Progress, doors: Doors, tell: Tell) -> Market:
    """Make the demonstration market, or go on with one that was begun.

    Raises ExchangeSaysNo with the exchange's own sentence when a step is refused.
    """
    market = Market(address, progress, doors, tell)
    _gather(market)
    if market.progress.get("story told"):
        return market
    good, bad = _list_batches(market)
    _trade(market, good, bad)
    return market


def _gather(market: Market) -> None:
    """Everybody signs up, is let in, and the buyers' wallets are filled."""
    market.parties["operator"] = {"key": market.once("operator", market.doors.operator_key)}
    for role, count in (("checker", 3), ("moderator", 1)):
        for number in range(1, count + 1):
            _add_staff(market, role, f"{role}_{number}")
    _sign_up(market, "seller", "Northwind Leads", sells=True, buys=False)
    _sign_up(market, "careless_seller", "Quick Contacts", sells=True, buys=False)
    for name, called in (("buyer", "Baltic Home Loans"), ("second_buyer", "Vistula Credit")):
        _sign_up(market, name, called, sells=False, buys=True)
        market.post(
            f"credit {name}",
            market.operator,
            "/v1/operator/credits",
            {
                "organization_id": market.parties[name]["organization"],
                "amount": {"amount": 500_000, "currency": "EUR"},
                "reference": "opening transfer",
            },
        )


def _sign_up(market: Market, name: str, called: str, *, sells: bool, buys: bool) -> None:
    signed_up = market.post(
        f"sign up {name}",
        Client(market.address),
        "/v1/organizations",
        {
            "name": called,
            "sells": sells,
            "buys": buys,
            "country": "PL",
            "currency": "EUR",
            "time_zone": "Europe/Warsaw",
            "owner": {"name": f"Owner of {called}", "email": f"{name}@parties.invented-people.org"},
        },
    )
    organization = signed_up["organization"]["id"]
    market.parties[name] = {
        "organization": organization,
        "key": signed_up["api_key"]["secret"],
        "name": called,
    }
    decided = market.post(
        f"approve {name}",
        market.operator,
        f"/v1/operator/organizations/{organization}/decision",
        {"state": "approved"},
    )
    market.tell(f"{called} signed up and was {decided['state']}")


def _add_staff(market: Market, role: str, name: str) -> None:
    member = market.post(
        f"member {name}",
        market.operator,
        "/v1/members",
        {"name": name, "email": f"{name}@parties.invented-people.org", "role": role},
    )
    made = market.post(
        f"key {name}", market.operator, "/v1/api-keys", {"name": name, "member_id": member["id"]}
    )
    market.parties[name] = {"member": member["id"], "key": made["secret"]}


def _list_batches(market: Market) -> tuple[str, str]:
    """A good batch and a bad one go in; the checkers call; one is accepted, one is not."""
    now = datetime.fromisoformat(market.once("begun at", lambda: market.doors.business_now().isoformat()))
    good = mortgage_leads("mortgage-requests.csv", rows=120, fakes=1, seed=7, now=now)
    bad = mortgage_leads("cheap-leads.csv", rows=120, fakes=36, seed=8, now=now)
    batches = []
    for seller, file in (("seller", good), ("careless_seller", bad)):
        batch = bring_in(market, seller, "mortgage", file)
        state = check(market, batch, file.fake_phones)
        market.tell(f"{market.parties[seller]['name']}'s batch of 120 leads was {state} by the spot check")
        batches.append(batch)
    return batches[0], batches[1]


def bring_in(
    market: Market,
    seller: str,
    vertical: str,
    file: DemoFile,
    *,
    country: str = "PL",
    mapping: dict[str, str] | None = None,
) -> str:
    """Make an offer, open a batch, upload the file, wait until it is read and validated."""
    client = market.of(seller)
    offer = market.post(
        f"offer {seller} {file.name}",
        client,
        "/v1/offers",
        {
            "vertical": vertical,
            "name": f"{vertical} requests",
            "price": _PRICE,
            "max_sales": 1,
            "channel": "net",
            "source": "search",
            "country": country,
            "consent_text": _CONSENT,
            "consent_source": "request form",
            "consent_channels": ["phone", "email"],
        },
    )
    opened = market.post(f"batch {seller} {file.name}", client, f"/v1/offers/{offer['id']}/batches", {})
    batch: str = opened["id"]
    market.once(
        f"upload {seller} {file.name}",
        lambda: client.put_file(f"/v1/batches/{batch}/file", file.content, file.name, mapping=mapping),
    )
    client.until(
        f"/v1/batches/{batch}",
        lambda found: found["status"] not in ("open", "received"),
        seconds=900,
        waiting_for="the file to be read",
    )
    return batch


def check(market: Market, batch: str, fake_phones: frozenset[str]) -> str:
    """The checkers call the leads of the worklist until the plan has decided; returns the decision."""
    operator = market.operator
    operator.until(
        f"/v1/batches/{batch}",
        lambda found: found["status"] not in ("open", "received", "validated"),
        seconds=900,
        waiting_for="the draw of the sample",
    )
    for _ in range(400):
        state: str = operator.get(f"/v1/batches/{batch}/spot-check")["state"]
        if state in DECIDED:
            return state
        for number in (1, 2, 3):
            _work_through(market.of(f"checker_{number}"), fake_phones)
    return state


def _work_through(checker: Client, fake_phones: frozenset[str]) -> None:
    for item in checker.get("/v1/spot-checks", limit=200)["data"]:
        try:
            contact = checker.get(f"/v1/spot-checks/{item['id']}")["contact"]
            verdict = "fake" if fake_phones & _phones_in(contact) else "genuine"
            checker.post(f"/v1/spot-checks/{item['id']}/verdict", {"verdict": verdict})
        except ExchangeSaysNo as refused:
            # The batch was decided, or a colleague took the lead, since the worklist was read.
            if refused.status != CONFLICT:
                raise


def _phones_in(value: Any) -> set[str]:
    """Every text of a contact, however it is nested: what the checker dials is among them."""
    if isinstance(value, dict):
        return set().union(*(_phones_in(inner) for inner in value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*(_phones_in(inner) for inner in value)) if value else set()
    return {value} if isinstance(value, str) else set()


def _trade(market: Market, good: str, bad: str) -> None:
    """Leads are bought, delivered, disputed and settled."""
    market.of("seller").until(
        f"/v1/batches/{good}",
        lambda found: found["status"] in ("listed", "sold_out"),
        seconds=120,
        waiting_for="the accepted leads to be listed",
    )
    with Receiver() as receiver:
        target = market.once("target", lambda: _deliver_to(market, receiver))
        bought = _buy(market)
        if receiver.secret:
            sent = market.progress.get("buy the best")["bought"]
            market.tell(
                f"{receiver.wait_for(sent, seconds=30)} signed deliveries reached the buyer's own system"
            )
        market.of("second_buyer").patch(f"/v1/delivery-targets/{target}", {"state": "paused"})
    disputed = _dispute(market, bought[0])
    market.once("time passed", lambda: str(market.doors.advance_days(11)))
    for purchase in bought[:2]:
        market.of("buyer").until(
            f"/v1/purchases/{purchase}",
            lambda found: found["state"] != "held",
            seconds=120,
            waiting_for="the money to be settled",
        )
    ruled = market.of("buyer").get(f"/v1/disputes/{disputed}")["state"]
    earned = market.of("seller").get("/v1/earnings")
    market.tell(
        f"the dispute was {ruled.replace('_', ' ')}, the rest was paid out of escrow: {_money(earned)}"
    )
    market.progress.set("bad batch", bad)
    market.progress.set("story told", True)


def _deliver_to(market: Market, receiver: Receiver) -> str:
    made = market.of("second_buyer").post(
        "/v1/delivery-targets", {"name": "our own system", "url": receiver.url}, key="demo:target"
    )
    receiver.secret = made["secret"]
    target: str = made["target"]["id"]
    return target


def _buy(market: Market) -> list[str]:
    """One lead by its id, and the best of a search within a total; one contact is read."""
    buyer = market.of("buyer")
    listing = market.once(
        "listing",
        lambda: buyer.get("/v1/listings", vertical="mortgage", sort="score", limit=1)["data"][0]["id"],
    )
    one = market.post("buy one", buyer, "/v1/purchases", {"listing_id": listing})
    best = market.post(
        "buy the best",
        market.of("second_buyer"),
        "/v1/purchases",
        {
            "search": {"vertical": "mortgage"},
            "sort": "score",
            "max_count": 10,
            "max_total": {"amount": 40_000, "currency": "EUR"},
            "mode": "best_effort",
        },
    )
    more = market.post(
        "buy more",
        buyer,
        "/v1/purchases",
        {"search": {"vertical": "mortgage"}, "sort": "newest", "max_count": 3, "mode": "best_effort"},
    )
    market.tell(f"{one['bought'] + best['bought'] + more['bought']} leads were bought")
    bought = [one["purchases"][0]["id"], *(item["id"] for item in more["purchases"])]
    for purchase in bought:
        buyer.get(f"/v1/purchases/{purchase}/contact")
    return bought


def _dispute(market: Market, purchase: str) -> str:
    """A buyer disputes a lead with evidence, the seller answers, the moderator rules in part."""
    opened = market.post(
        "dispute",
        market.of("buyer"),
        "/v1/disputes",
        {
            "purchase_id": purchase,
            "reason": "wrong_person",
            "statement": "The person who answered never asked for a mortgage; a relative did.",
        },
    )
    dispute: str = opened["id"]
    market.once(
        "evidence",
        lambda: market.of("buyer").upload(
            f"/v1/disputes/{dispute}/evidence",
            "call-note.txt",
            b"Call of 40 seconds; wrong person.",
            "text/plain",
        ),
    )
    market.post(
        "answer",
        market.of("seller"),
        f"/v1/disputes/{dispute}/answer",
        {"text": "The form was sent from this number; we accept half."},
    )
    market.post(
        "ruling",
        market.of("moderator_1"),
        f"/v1/disputes/{dispute}/ruling",
        {
            "decision": "partial",
            "refund": {"amount": _PRICE_MINOR // 2, "currency": "EUR"},
            "grounds": "Number and request agree; the person does not.",
        },
    )
    return dispute


def _money(earned: dict[str, Any]) -> str:
    """A seller's money in words."""
    told = []
    for row in earned["earnings"]:
        for name in ("in_escrow", "pending", "available"):
            amount = readable(Money(row[name]["amount"], row[name]["currency"]))
            told.append(f"{name.replace('_', ' ')} {amount}")
    return ", ".join(told)
