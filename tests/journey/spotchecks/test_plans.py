"""What a spot check promises: sound lookup, decisions that no arrival order can bend, honest holds."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.journey.offers import PlanPreset
from marketplace.journey.spotchecks import (
    Decision,
    Outcome,
    Plan,
    Standing,
    Verdict,
    confirm,
    decide,
    decide_prefix,
    plan_for,
    progress,
)
from marketplace.journey.spotchecks.construction import build_plan
from marketplace.journey.spotchecks.plan_table import ROWS, SMALL_ROWS
from marketplace.journey.spotchecks.plans import NEVER, PRESETS
from tests.shared_data import shared

GENUINE, FAKE, NO_ANSWER, PENDING = Outcome.GENUINE, Outcome.FAKE, Outcome.INCONCLUSIVE, Outcome.PENDING
CHARACTER = {"g": GENUINE, "f": FAKE, "i": NO_ANSWER, "p": PENDING}


def outcomes(text: str) -> list[Outcome]:
    return [CHARACTER[letter] for letter in text]


# --- the table -----------------------------------------------------------------------------------


def test_thousand_leads_are_accepted_after_31_clean_checks() -> None:
    plan = plan_for(1000)
    assert decide(plan, 30, 0) is Decision.CONTINUE
    assert decide(plan, 31, 0) is Decision.ACCEPT
    assert decide(plan, 57, 1) is Decision.CONTINUE
    assert decide(plan, 58, 1) is Decision.ACCEPT


def test_thousand_leads_are_rejected_when_the_second_fake_comes_within_11_checks() -> None:
    plan = plan_for(1000)
    assert decide(plan, 11, 2) is Decision.REJECT
    assert decide(plan, 12, 2) is Decision.CONTINUE
    assert decide(plan, 49, 4) is Decision.REJECT
    assert decide(plan, 50, 11) is Decision.REJECT


def test_one_fake_never_sinks_a_batch_that_may_hold_one() -> None:
    for plan in (plan_for(size, preset) for preset in PRESETS for size in (50, 75, 1000, 10_000_000)):
        assert all(decide(plan, checked, 1) is not Decision.REJECT for checked in range(1, plan.n_max + 1))


@pytest.mark.parametrize(
    ("size", "clean_checks"),
    [
        (1, 1),
        (9, 9),
        (10, 10),
        (11, 11),
        (15, 12),
        (16, 16),
        (20, 16),
        (25, 16),
        (30, 19),
        (40, 21),
        (41, 22),
        (50, 22),
    ],
)
def test_small_batches_round_up_and_never_ask_for_more_leads_than_there_are(
    size: int, clean_checks: int
) -> None:
    plan = plan_for(size)
    assert plan.accept_at[0] == clean_checks
    assert plan.n_max <= size
    if size <= 40:
        assert decide(plan, 1, 1) is Decision.REJECT


def test_every_plan_of_the_reference_is_in_the_table() -> None:
    reference = json.loads(shared("quality/spotcheck_reference.json").read_text())["osp"]
    for preset in ("standard", "trusted_beta10"):
        for size, row in reference[preset].items():
            plan = plan_for(int(size), preset)
            assert plan.accept_at == tuple(row["accept_at"].values())
            known = {d: n for d, n in enumerate(plan.reject_by) if n != NEVER}
            assert known == {int(d): n for d, n in row["reject_by"].items()}
            assert (plan.n_max, plan.batch_size) == (row["n_max"], int(size))
            assert (plan.good_fakes(int(size)), plan.bad_fakes(int(size))) == (row["D0"], row["D1"])
    for size, row in reference["small_batches_standard"].items():
        plan = plan_for(int(size))
        assert plan.accept_at == tuple(row["accept_at"].values())
        assert plan.reject_by == (NEVER, *row["reject_by"].values())


@pytest.mark.parametrize("preset", sorted(PRESETS))
@given(size=st.integers(1, 300_000))
@settings(max_examples=100, deadline=None)
def test_the_row_is_never_smaller_than_the_batch_and_always_fits(preset: str, size: int) -> None:
    plan = plan_for(size, preset)
    assert plan.batch_size >= size
    assert plan.n_max <= size


def test_a_table_with_a_gap_refuses_rather_than_uses_a_row_that_does_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ROWS, "standard", {100: ROWS["standard"][100]})
    assert plan_for.__wrapped__(64).batch_size == 100
    with pytest.raises(ValueError, match="fits"):
        plan_for.__wrapped__(63)
    with pytest.raises(ValueError, match="so large"):
        plan_for.__wrapped__(101)
    assert plan_for.__wrapped__(100_001).batch_size == 100


def test_every_tabulated_row_is_a_plan() -> None:
    for preset, rows in ROWS.items():
        assert list(rows) == sorted(rows)
        assert list(SMALL_ROWS[preset]) == sorted(SMALL_ROWS[preset])
        for size in rows:
            assert plan_for(size, preset).batch_size == size


def test_boundaries_that_never_close_are_refused() -> None:
    with pytest.raises(ValueError, match="meet at n_max"):
        Plan(
            "x",
            100,
            (10, 20),
            (-1, -1, 15),
            20,
            Fraction(1, 50),
            Fraction(1, 10),
            Fraction(1, 20),
            Fraction(1, 20),
        )


def test_unknown_presets_empty_batches_and_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="preset"):
        plan_for(100, "lenient")
    with pytest.raises(ValueError, match="at least one"):
        plan_for(0)
    with pytest.raises(ValueError, match="Needed"):
        decide(plan_for(100), 3, 4)


def test_the_construction_makes_the_tabulated_row() -> None:
    assert build_plan("standard", 100) == plan_for(100)
    assert build_plan("trusted_beta10", 70) == plan_for(70, "trusted_beta10")


def test_unanswered_leads_cost_seven_more_clean_checks_when_700_answer() -> None:
    assert build_plan("answered", 700, bad_fakes=58, bisections=9).accept_at[0] == 38
    assert PRESETS["answered"].bad_share == Fraction(4, 49)


# --- the prefix rule -----------------------------------------------------------------------------

plans = st.builds(plan_for, st.sampled_from([30, 50, 100, 200, 1000]), st.sampled_from(sorted(PRESETS)))


@given(plans, st.data())
@settings(max_examples=200, deadline=None)
def test_the_prefix_rule_never_decides_what_some_completion_would_not(
    plan: Plan, data: st.DataObject
) -> None:
    checked = data.draw(st.integers(1, plan.n_max))
    pending = data.draw(st.integers(0, min(4, checked)))
    fakes = data.draw(st.integers(0, min(6, checked - pending)))
    decision = decide_prefix(plan, checked, fakes, pending)
    completions = {decide(plan, checked, fakes + extra) for extra in range(pending + 1)}
    if decision is Decision.CONTINUE:
        assert completions != {Decision.ACCEPT}
        assert completions != {Decision.REJECT}
    else:
        assert completions == {decision}


@given(plans, st.data())
@settings(max_examples=150, deadline=None)
def test_pending_leads_cannot_change_a_decision_whatever_they_turn_out_to_be(
    plan: Plan, data: st.DataObject
) -> None:
    known = data.draw(st.lists(st.sampled_from("gggggggggggggfi"), min_size=1, max_size=80))
    for place in data.draw(st.sets(st.integers(0, len(known) - 1), max_size=3)):
        known[place] = "p"
    population = max(plan.batch_size, len(known))
    now = progress(plan, population, outcomes("".join(known))).standing
    if now not in (Standing.ACCEPT, Standing.REJECT):
        return
    places = [place for place, letter in enumerate(known) if letter == "p"]
    # Answers that make too many inconclusive put the batch on hold, which decides nothing.
    for letters in itertools.product("gfi" if plan.skips_inconclusive else "gf", repeat=len(places)):
        full = list(known)
        for place, letter in zip(places, letters, strict=True):
            full[place] = letter
        assert progress(plan, population, outcomes("".join(full))).standing in (now, Standing.ON_HOLD)


def test_quickly_answering_leads_do_not_bias_the_sample() -> None:
    answered = outcomes("p" + "g" * 30)
    assert progress(plan_for(1000), 1000, answered).standing is Standing.CONTINUE
    assert progress(plan_for(1000), 1000, [GENUINE, *answered[1:]]).standing is Standing.ACCEPT
    assert progress(plan_for(1000), 1000, outcomes("p" + "g" * 57)).standing is Standing.ACCEPT


def test_a_fake_behind_a_pending_lead_rejects_once_nothing_can_save_the_batch() -> None:
    assert progress(plan_for(1000), 1000, outcomes("pff")).standing is Standing.REJECT
    assert progress(plan_for(1000), 1000, outcomes("ppf")).standing is Standing.CONTINUE


def test_an_early_pending_lead_that_could_sink_the_batch_is_waited_for() -> None:
    later = "g" * 78
    assert decide_prefix(plan_for(1000), 80, 1, 1) is Decision.ACCEPT
    assert progress(plan_for(1000), 1000, outcomes("fp" + later)).standing is Standing.CONTINUE
    assert progress(plan_for(1000), 1000, outcomes("ff" + later)).standing is Standing.REJECT
    assert progress(plan_for(1000), 1000, outcomes("fg" + later)).standing is Standing.ACCEPT


def test_an_early_pending_lead_that_could_have_accepted_the_batch_is_waited_for() -> None:
    later = "g" * 30 + "ffff"
    assert decide_prefix(plan_for(1000), 35, 4, 1) is Decision.REJECT
    assert progress(plan_for(1000), 1000, outcomes("p" + later)).standing is Standing.CONTINUE
    assert progress(plan_for(1000), 1000, outcomes("g" + later)).standing is Standing.ACCEPT
    assert progress(plan_for(1000), 1000, outcomes("f" + later)).standing is Standing.REJECT


# --- how many leads are handed out -----------------------------------------------------------------


def test_work_starts_with_a_wave_and_never_exceeds_what_acceptance_can_need() -> None:
    plan = plan_for(1000)
    assert progress(plan, 1000, []).hand_out == 10
    assert progress(plan, 1000, outcomes("p" * 10)).hand_out == 0
    assert progress(plan, 1000, outcomes("g" * 5 + "p" * 5)).hand_out == 5
    assert progress(plan, 1000, outcomes("g" * 28 + "p")).hand_out == 2
    assert progress(plan, 1000, outcomes("g" * 31)).hand_out == 0


@given(
    st.integers(1, 120),
    st.sampled_from(sorted(PRESETS)),
    st.randoms(use_true_random=False),
    st.floats(0, 0.4),
)
@settings(max_examples=100, deadline=None)
def test_a_check_always_ends_and_never_hands_out_more_than_the_batch(
    population: int, preset: str, chance: object, share: float
) -> None:
    draw = chance.random  # type: ignore[attr-defined]
    plan = plan_for(population, preset)
    known: list[Outcome] = []
    for _ in range(population + 1):
        now = progress(plan, population, known)
        if now.standing is not Standing.CONTINUE:
            return
        assert now.hand_out > 0
        known += [
            (draw() < share and FAKE) or (draw() < 0.2 and NO_ANSWER) or GENUINE for _ in range(now.hand_out)
        ]
        assert len(known) <= population
    pytest.fail("the check did not end")


# --- leads without an answer -------------------------------------------------------------------------


def test_unanswered_leads_are_skipped_under_the_plan_made_for_them() -> None:
    plan = plan_for(1000, "answered")
    clean = plan.accept_at[0]
    assert clean == 40
    assert progress(plan, 1000, outcomes("i" * 5 + "g" * (clean - 1))).standing is Standing.CONTINUE
    assert progress(plan, 1000, outcomes("i" * 5 + "g" * clean)).standing is Standing.ACCEPT


def test_the_standard_plan_counts_an_unanswered_lead_as_fake_for_acceptance_only() -> None:
    plan = plan_for(1000)
    assert progress(plan, 1000, outcomes("i" + "g" * 30)).standing is Standing.CONTINUE
    assert progress(plan, 1000, outcomes("i" + "g" * 57)).standing is Standing.ACCEPT
    assert progress(plan, 1000, outcomes("ii" + "g" * 9)).standing is Standing.CONTINUE
    assert progress(plan, 1000, outcomes("f" + "i" + "f")).standing is Standing.REJECT


def test_more_than_35_percent_unanswered_holds_the_batch() -> None:
    plan = plan_for(1000, "answered")
    assert progress(plan, 1000, outcomes("i" * 7 + "g" * 13)).standing is Standing.CONTINUE
    assert progress(plan, 1000, outcomes("i" * 8 + "g" * 12)).standing is Standing.ON_HOLD
    assert progress(plan, 1000, outcomes("i" * 8 + "g" * 11)).standing is Standing.CONTINUE
    assert progress(plan, 1000, outcomes("i" * 40 + "g" * 50)).standing is Standing.ON_HOLD


def test_a_batch_that_was_attempted_wholly_is_judged_as_it_is() -> None:
    plan = plan_for(30, "answered")
    assert progress(plan, 30, outcomes("i" * 9 + "g" * 18 + "pp")).standing is Standing.CONTINUE
    assert progress(plan_for(12, "answered"), 12, outcomes("i" * 4 + "g" * 8)).standing is Standing.ACCEPT
    assert progress(plan_for(12, "answered"), 12, outcomes("i" * 5 + "g" * 7)).standing is Standing.ON_HOLD
    assert progress(plan_for(12), 12, outcomes("i" + "g" * 11)).standing is Standing.ON_HOLD


def test_a_wholly_known_batch_that_is_accepted_is_never_a_bad_one() -> None:
    for size in range(1, 500):
        plan = plan_for(size, "answered")
        for answered in range(-(-65 * size // 100), size + 1):
            assert len(plan.accept_at) - 1 < plan.bad_fakes(answered) or plan.n_max <= answered


def test_more_outcomes_than_leads_are_refused() -> None:
    with pytest.raises(ValueError, match="more outcomes"):
        progress(plan_for(10), 10, outcomes("g" * 11))


# --- confirmation --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ("", PENDING),
        ("g", GENUINE),
        ("f", PENDING),
        ("ff", FAKE),
        ("fg", PENDING),
        ("fgf", FAKE),
        ("fgg", GENUINE),
        ("i", NO_ANSWER),
        ("ig", GENUINE),
        ("if", PENDING),
        ("iff", FAKE),
        ("fi", PENDING),
        ("fif", FAKE),
        ("fii", NO_ANSWER),
        ("fgi", PENDING),
        ("fgii", NO_ANSWER),
        ("gff", GENUINE),
    ],
)
def test_a_fake_needs_a_second_checker_and_a_third_decides(verdicts: str, outcome: Outcome) -> None:
    word = {"g": Verdict.GENUINE, "f": Verdict.FAKE, "i": Verdict.INCONCLUSIVE}
    assert confirm([word[letter] for letter in verdicts]) is outcome


def test_every_preset_that_a_vertical_may_name_has_plans() -> None:
    assert set(PlanPreset) == set(PRESETS)
