"""The risks that the exchange states are exact: reference numbers, and properties of every plan."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.journey.spotchecks import (
    Outcome,
    PlanTooRisky,
    Verdict,
    confirm,
    evaluate,
    plan_for,
    posterior_fake_rate,
    refuse_if_risky,
    risks,
)
from marketplace.journey.spotchecks.confirmation import effective_sensitivity, effective_specificity
from marketplace.journey.spotchecks.evaluation import accept_probability, evaluate_with_checker_error
from marketplace.journey.spotchecks.plans import PRESETS
from tests.shared_data import shared

REFERENCE = [
    # batch size, fakes, P(accept), expected checks
    (50, 1, 1.0, 29.48),
    (50, 5, 0.04981215427891786, 16.543381978138157),
    (100, 6, 0.24962140590463977, 30.063009793025877),
    (1000, 20, 0.9550024515920497, 51.6009113267966),
    (1000, 60, 0.30747085293920756, 56.78401755373711),
    (1000, 100, 0.0485887389416399, 31.734016550273555),
]


def reference() -> dict[str, dict]:  # type: ignore[type-arg]
    document: dict[str, dict] = json.loads(shared("quality/spotcheck_reference.json").read_text())  # type: ignore[type-arg]
    return document


@pytest.mark.parametrize(("size", "fakes", "p_accept", "checks"), REFERENCE)
def test_acceptance_and_cost_of_known_batches(size: int, fakes: int, p_accept: float, checks: float) -> None:
    found = evaluate(plan_for(size), size, fakes)
    assert found.p_accept == pytest.approx(p_accept, abs=1e-9)
    assert found.expected_checks == pytest.approx(checks, abs=1e-6)


def test_acceptance_as_exact_fractions() -> None:
    assert accept_probability(plan_for(50), 50, 3) == Fraction(2243, 9800)
    assert accept_probability(plan_for(100), 100, 2) == Fraction(143, 150)
    assert accept_probability(plan_for(100), 100, 10) == Fraction(852995528741, 17310309456440)


@pytest.mark.parametrize("preset", ["standard", "trusted_beta10"])
def test_every_characteristic_of_the_reference(preset: str) -> None:
    for key, row in reference()["osp"][preset].items():
        size, plan = int(key), plan_for(int(key), preset)
        for point in row["oc"]:
            found = evaluate(plan, size, point["D"])
            assert found.p_accept == pytest.approx(point["Pacc"], abs=1e-9)
            assert found.p_reject == pytest.approx(point["Prej"], abs=1e-9)
            assert found.expected_checks == pytest.approx(point["ASN"], abs=1e-6)
            assert found.sd_checks == pytest.approx(point["SD"], abs=1e-6)
        proved = risks(plan, size)
        assert proved.seller == pytest.approx(row["time_uniform_reject_at_D0"], abs=1e-9)
        assert proved.buyer == pytest.approx(row["time_uniform_accept_at_D1"], abs=1e-9)


def test_every_wave_of_the_reference() -> None:
    for key, row in reference()["osp"]["standard"].items():
        size, plan = int(key), plan_for(int(key))
        if size > 100_000:
            continue
        tens = range(10, plan.n_max, 10)
        looks = {
            "w5": range(5, plan.n_max, 5),
            "w10": tens,
            "w20": range(20, plan.n_max, 20),
            "first30_then10": tens[2:],
        }
        for name, checked in looks.items():
            wave = row["waves"][name]
            for fakes, p_accept, checks in zip(wave["D"], wave["Pacc"], wave["ASN"], strict=True):
                found = evaluate(plan, size, fakes, frozenset(checked))
                assert found.p_accept == pytest.approx(p_accept, abs=1e-9)
                assert found.expected_checks == pytest.approx(checks, abs=1e-6)


def test_every_small_batch_and_fraction_of_the_reference() -> None:
    document = reference()
    for key, row in document["osp"]["small_batches_standard"].items():
        size = int(key)
        for fakes, p_accept, checks in zip(
            (0, row["D0"], row["D1"], 2 * row["D1"]), row["Pacc"], row["ASN"], strict=True
        ):
            found = evaluate(plan_for(size), size, fakes)
            assert found.p_accept == pytest.approx(p_accept, abs=1e-9)
            assert found.expected_checks == pytest.approx(checks, abs=1e-6)
    for key, row in document["exact_rational"].items():
        size, fakes = map(int, key.split("_"))
        assert accept_probability(plan_for(size), size, fakes) == Fraction(row["Pacc"])


def test_outgoing_quality_of_a_thousand_leads_is_at_most_2_57_percent() -> None:
    plan = plan_for(1000)
    assert evaluate(plan, 1000, 37).outgoing_fake_share == pytest.approx(0.025716817766151513, abs=1e-9)
    assert max(evaluate(plan, 1000, fakes).outgoing_fake_share for fakes in range(30, 45)) < 0.02573


@pytest.mark.parametrize(
    ("checked", "fakes", "rate"),
    [(2, 2, 0.33005895796124524), (31, 0, 0.008), (100, 3, 0.022), (206, 9, 0.038)],
)
def test_posterior_fake_rate_of_the_unchecked(checked: int, fakes: int, rate: float) -> None:
    assert posterior_fake_rate(checked, fakes) == pytest.approx(rate, abs=5e-4)


def test_posterior_fake_rates_of_the_reference() -> None:
    for table in reference()["estimators"]["terminal_table"].values():
        for stop in table:
            found = posterior_fake_rate(stop["n"], stop["d"])
            assert found == pytest.approx(stop["post_mean_unchecked"], abs=1e-9)


# --- properties ------------------------------------------------------------------------------------

sizes = st.one_of(st.integers(10, 400), st.integers(401, 99_999))


@pytest.mark.parametrize("preset", sorted(PRESETS))
@given(size=sizes)
@settings(max_examples=60, deadline=None)
def test_both_risks_hold_for_every_batch_size(preset: str, size: int) -> None:
    plan = plan_for(size, preset)
    found = risks(plan, size)
    assert found.seller <= plan.alpha + 1e-9
    assert found.buyer <= plan.beta + 1e-9
    refuse_if_risky(plan, size)


@pytest.mark.parametrize("size", range(51, 76))
def test_both_risks_hold_where_rounding_up_is_tightest(size: int) -> None:
    for preset in PRESETS:
        refuse_if_risky(plan_for(size, preset), size)


@pytest.mark.parametrize("size", [36, 37, 40, 49, 53, 101, 1000])
def test_the_buyer_is_safe_however_many_leads_answer(size: int) -> None:
    plan = plan_for(size, "answered")
    for answered in range(max(plan.n_max, size * 65 // 100), size + 1, max(1, size // 40)):
        assert risks(plan, answered).buyer <= plan.beta + 1e-9


def test_a_row_rounded_down_is_refused() -> None:
    with pytest.raises(PlanTooRisky) as refused:
        refuse_if_risky(plan_for(100), 149)
    assert refused.value.code == "plan_too_risky"
    assert refused.value.facts["batch_size"] == 149


@given(st.integers(10, 20_000), st.sampled_from(sorted(PRESETS)), st.data())
@settings(max_examples=40, deadline=None)
def test_more_fakes_never_help_and_every_check_ends(size: int, preset: str, data: st.DataObject) -> None:
    plan = plan_for(size, preset)
    few = data.draw(st.integers(0, size - 1))
    many = data.draw(st.integers(few + 1, size))
    low, high = evaluate(plan, size, few), evaluate(plan, size, many)
    assert high.p_accept <= low.p_accept + 1e-12
    for found in (low, high):
        assert found.p_accept + found.p_reject == pytest.approx(1.0, abs=1e-10)
        assert 1.0 <= found.expected_checks <= plan.n_max + 1e-9


def test_changing_from_standard_to_answered_on_the_way_would_break_the_promise() -> None:
    """The exact risk of the rule that was not taken, at 100 fakes of 1,000 of which 20 give no answer."""
    standard, answered = plan_for(1000), plan_for(1000, "answered")
    conclusive, fakes, silent = 980, 80, 20
    states, accepted = {(0, 0, False): 1.0}, 0.0
    for checked in range(answered.n_max):
        grown: dict[tuple[int, int, bool], float] = {}
        for (_, found, changed), weight in states.items():
            left = conclusive - checked
            change_now = 0.0 if changed else silent / (left + silent)
            for now, share in ((changed, 1.0 - change_now), (True, change_now)):
                plan = answered if now else standard
                for step, chance in ((1, (fakes - found) / left), (0, 1 - (fakes - found) / left)):
                    part, after = weight * share * chance, found + step
                    if part == 0.0 or checked + 1 > plan.n_max:
                        continue
                    if after < len(plan.accept_at) and checked + 1 >= plan.accept_at[after]:
                        accepted += part
                    elif after < len(plan.reject_by) and checked + 1 > plan.reject_by[after]:
                        key = (checked + 1, after, now)
                        grown[key] = grown.get(key, 0.0) + part
        states = grown
    assert accepted > 0.06
    assert evaluate(answered, conclusive, fakes).p_accept <= 0.05


# --- checkers that err --------------------------------------------------------------------------------


@pytest.mark.parametrize(("se", "sp"), [(0.95, 0.98), (0.9, 0.95), (0.8, 0.99), (1.0, 1.0)])
def test_confirmation_does_what_its_formulas_say(se: float, sp: float) -> None:
    def probability(chance_of_fake: float) -> float:
        total = 0.0
        for verdicts in product((Verdict.FAKE, Verdict.GENUINE), repeat=3):
            weight = 1.0
            for verdict in verdicts:
                weight *= chance_of_fake if verdict is Verdict.FAKE else 1 - chance_of_fake
            total += weight * (confirm(verdicts) is Outcome.FAKE)
        return total

    assert probability(se) == pytest.approx(effective_sensitivity(se), abs=1e-12)
    assert probability(1 - sp) == pytest.approx(1 - effective_specificity(sp), abs=1e-12)


def test_confirmation_brings_the_sellers_risk_back_below_its_limit() -> None:
    plan = plan_for(1000)
    alone = evaluate_with_checker_error(plan, 1000, 20, sensitivity=0.95, specificity=0.98)
    se, sp = effective_sensitivity(0.95), effective_specificity(0.98)
    confirmed = evaluate_with_checker_error(plan, 1000, 20, sensitivity=se, specificity=sp)
    assert alone.p_reject == pytest.approx(0.306, abs=5e-4)
    assert confirmed.p_reject == pytest.approx(0.044, abs=5e-4)


def test_every_risk_under_checker_error_of_the_reference() -> None:
    for row in reference()["checker_error"]["checker_error"]:
        size, plan = row["N"], plan_for(row["N"])
        if size > 1000:
            continue
        se, sp = row["se"], row["sp"]
        if row["rule"] == "confirm":
            se, sp = effective_sensitivity(se), effective_specificity(sp)
        assert (se, sp) == (pytest.approx(row["se_eff"]), pytest.approx(row["sp_eff"]))
        for share, risk, checks in ((0.02, "prod_risk", "ASN_p0"), (0.1, "cons_risk_at_10pct", "ASN_p1")):
            found = evaluate_with_checker_error(
                plan, size, round(share * size), sensitivity=se, specificity=sp
            )
            probability = found.p_reject if risk == "prod_risk" else found.p_accept
            assert probability == pytest.approx(row[risk], abs=1e-8)
            assert found.expected_checks == pytest.approx(row[checks], abs=1e-5)
