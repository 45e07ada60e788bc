"""Where the check of a batch stands: decided, on hold, or how many more leads to hand out.

The preset is chosen before the first lead is checked and never changes afterwards. To start with
`standard` and to change to `answered` at the first inconclusive lead would break the buyer's promise:
a batch of 1,000 with 10 % fakes, a fifth of them unreachable, would pass with 7 %, since it could be
accepted by either plan. So checks that a person makes start with `answered`; `standard` is for checks
that always end conclusively, and counts an inconclusive lead as fake for acceptance, genuine for rejection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .confirmation import Outcome
from .plans import Decision, Plan, decide

HOLD_ABOVE_PERCENT = 35
"""With a larger share of inconclusive leads the sample says too little to decide."""

HOLD_FROM_ATTEMPTED = 20
WAVE_SIZE = 10
"""Most leads in work at once; waves of ten cost about a fifth more checks than one by one."""


class Standing(StrEnum):
    """What may be done with the batch now."""

    ACCEPT = "accept"
    REJECT = "reject"
    CONTINUE = "continue"
    ON_HOLD = "on_hold"


@dataclass(frozen=True)
class Progress:
    """The standing of a batch, the evidence of the prefix that decided (else of all), what to hand out."""

    standing: Standing
    checked: int
    """Leads that count as checked; pending ones are included, skipped ones are not."""
    fakes: int
    pending: int
    inconclusive: int
    hand_out: int
    """How many further leads of the order should be put in work now."""


def progress(
    plan: Plan, population: int, outcomes: Sequence[Outcome], wave_size: int = WAVE_SIZE
) -> Progress:
    """Where the check of a batch of *population* leads stands after these *outcomes* in committed order.

    Pending leads count as worst case, so leads that answer quickly cannot bias the sample, and the
    order in which answers arrive never changes the decision. Once the whole order is used up, the
    answered leads are known exactly and are judged as they are.
    """
    if len(outcomes) > population:
        raise ValueError("There are more outcomes than leads in the batch.")
    prefix = _Prefix(plan)
    for outcome in outcomes:
        prefix.add(outcome)
        decision = prefix.decide()
        if decision is not Decision.CONTINUE:
            held = _too_many_unanswered(outcomes)
            return prefix.report(Standing.ON_HOLD if held else Standing(decision.value))
    used_up = len(outcomes) == population and prefix.pending == 0
    if used_up:
        return prefix.report(_judge_whole(prefix, population))
    if _too_many_unanswered(outcomes) or prefix.cannot_end(population):
        return prefix.report(Standing.ON_HOLD)
    more = min(prefix.wanted(), wave_size - prefix.pending, population - len(outcomes))
    return prefix.report(Standing.CONTINUE, hand_out=max(0, more))


@dataclass
class _Prefix:
    """A prefix of the committed order: what is known, and what the pending leads may still become."""

    plan: Plan
    checked: int = 0
    fakes: int = 0
    pending: int = 0
    inconclusive: int = 0
    may_accept_earlier: bool = False
    may_reject_earlier: bool = False

    def add(self, outcome: Outcome) -> None:
        self.inconclusive += outcome is Outcome.INCONCLUSIVE
        if outcome is Outcome.INCONCLUSIVE and self.plan.skips_inconclusive:
            return
        self.checked += 1
        self.fakes += outcome is Outcome.FAKE
        self.pending += outcome is Outcome.PENDING

    @property
    def fakes_or_unknown(self) -> int:
        """Fakes, with the inconclusive leads that the plan does not skip."""
        return self.fakes + (0 if self.plan.skips_inconclusive else self.inconclusive)

    def decide(self) -> Decision:
        """What every completion of the pending leads agrees on, decisions at shorter prefixes included.

        This is the decision that looking after every check would have made, so anyone can recompute
        it from the outcomes. A pending lead may also end inconclusive: both boundaries rise by at
        least one check with each fake, so the extremes below cover that case.
        """
        if self.checked == 0 or self.checked > self.plan.n_max:
            return Decision.CONTINUE
        at_worst = decide(self.plan, self.checked, self.fakes_or_unknown + self.pending)
        at_best = decide(self.plan, self.checked, self.fakes)
        if at_worst is Decision.ACCEPT and not self.may_reject_earlier:
            return Decision.ACCEPT
        if at_best is Decision.REJECT and not self.may_accept_earlier:
            return Decision.REJECT
        if self.pending:
            self.may_accept_earlier |= self._decides(self.fakes_or_unknown, Decision.ACCEPT)
            self.may_reject_earlier |= self._decides(self.fakes + self.pending, Decision.REJECT)
        return Decision.CONTINUE

    def _decides(self, fakes: int, decision: Decision) -> bool:
        return decide(self.plan, self.checked, fakes) is decision

    def cannot_end(self, population: int) -> bool:
        """Whether inconclusive leads that the plan does not skip have made acceptance unreachable."""
        if self.plan.skips_inconclusive or self.inconclusive == 0:
            return False
        known = self.fakes_or_unknown
        return known >= len(self.plan.accept_at) or self.plan.accept_at[known] > population

    def wanted(self) -> int:
        """Checks still missing to the acceptance that is possible if all further leads are genuine."""
        known = self.fakes_or_unknown
        return self.plan.accept_at[known] - self.checked if known < len(self.plan.accept_at) else 0

    def report(self, standing: Standing, hand_out: int = 0) -> Progress:
        return Progress(standing, self.checked, self.fakes, self.pending, self.inconclusive, hand_out)


def _judge_whole(prefix: _Prefix, population: int) -> Standing:
    """Every lead was attempted: what is answered is known exactly and carries no risk of sampling."""
    plan = prefix.plan
    unsure = not plan.skips_inconclusive or prefix.inconclusive * 100 > population * HOLD_ABOVE_PERCENT
    if unsure:
        return Standing.ON_HOLD
    # The fakes that a plan ever accepts are fewer than make a wholly known batch of its sizes bad.
    return Standing.ACCEPT if prefix.fakes < len(plan.accept_at) else Standing.REJECT


def _too_many_unanswered(outcomes: Sequence[Outcome]) -> bool:
    attempted = sum(outcome is not Outcome.PENDING for outcome in outcomes)
    unanswered = sum(outcome is Outcome.INCONCLUSIVE for outcome in outcomes)
    return attempted >= HOLD_FROM_ATTEMPTED and unanswered * 100 > attempted * HOLD_ABOVE_PERCENT
