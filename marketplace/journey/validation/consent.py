"""Which evidence of consent a lead must have, as data of vertical, country and channel, and who gives it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Evidence(StrEnum):
    """One piece of evidence; its value is the field that carries it."""

    WORDING = "consent_text"
    TIME = "consent_at"
    SOURCE = "consent_source"
    PAGE = "page_url"
    IP = "ip"
    USER_AGENT = "user_agent"
    SELLERS = "consent_sellers"
    CERTIFICATE = "certificate"


class Basis(StrEnum):
    """On whose word the consent rests."""

    ROW = "row"
    SELLER_WARRANTY = "seller_warranty"
    NONE = "none"


#: What a standing offer can state for all its people; the rest is of one person and one moment.
WARRANTABLE = frozenset({Evidence.WORDING, Evidence.TIME, Evidence.SOURCE, Evidence.PAGE, Evidence.SELLERS})
#: Channels for which a row without a phone number needs no evidence.
PHONE_CHANNELS = frozenset({"phone", "sms"})


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """The evidence that is required where vertical, country (ISO alpha-2) and channel fit; None fits everything."""

    evidence: frozenset[Evidence]
    vertical: str | None = None
    country: str | None = None
    channel: str | None = None

    def fits(self, vertical: str, country: str | None, channel: str | None) -> bool:
        """Whether the rule speaks about this vertical, country and channel."""
        asked = ((self.vertical, vertical), (self.country, country), (self.channel, channel))
        return all(own is None or own == given for own, given in asked)

    @property
    def precision(self) -> int:
        """How specific the rule is; a rule that names the country outweighs one that names the channel."""
        return 4 * (self.vertical is not None) + 2 * (self.country is not None) + (self.channel is not None)


DEFAULT_EVIDENCE = frozenset({Evidence.WORDING, Evidence.TIME, Evidence.SOURCE})
DEFAULT_RULES = (
    ConsentRule(DEFAULT_EVIDENCE),
    ConsentRule(frozenset(Evidence), country="US", channel="phone"),
)


def required_evidence(
    rules: Iterable[ConsentRule], vertical: str, country: str | None, channels: Iterable[str]
) -> frozenset[Evidence]:
    """All evidence that the most specific rule of each channel requires; the default where no rule fits."""
    rules = tuple(rules)
    required: frozenset[Evidence] = frozenset()
    for channel in tuple(channels) or (None,):
        fitting = [rule for rule in rules if rule.fits(vertical, country, channel)]
        required |= max(fitting, key=lambda rule: rule.precision).evidence if fitting else DEFAULT_EVIDENCE
    return required


@dataclass(frozen=True, slots=True)
class ConsentFindings:
    """On what each row's consent rests, and which evidence is missing in which rows."""

    bases: Sequence[Basis]
    missing: Sequence[tuple[int, Evidence]]


def check_consent(
    columns: Mapping[str, Sequence[Any]],
    groups: Mapping[frozenset[Evidence], Sequence[int]],
    row_count: int,
    offered: frozenset[Evidence],
) -> ConsentFindings:
    """Look for the required evidence of each group of rows: first in the row, else in what the offer states.

    *offered* is the evidence that the offer states for everyone; only what can be warranted counts. A row that
    leans on the offer for any piece rests on the seller's warranty.
    """
    warranted = offered & WARRANTABLE
    bases = [Basis.ROW] * row_count
    missing: list[tuple[int, Evidence]] = []
    for required, rows in groups.items():
        for evidence in sorted(required):
            column = columns.get(evidence)
            absent = rows if column is None else [row for row in rows if not column[row]]
            if evidence in warranted:
                for row in absent:
                    if bases[row] is Basis.ROW:
                        bases[row] = Basis.SELLER_WARRANTY
            else:
                missing.extend((row, evidence) for row in absent)
                for row in absent:
                    bases[row] = Basis.NONE
    return ConsentFindings(bases, missing)
