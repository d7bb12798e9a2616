"""Users, power and detectable effect of an A/B test: one design, solved for one of the three."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.extra import load_power
from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.records import Values
from mlplaybook.server.artefacts.calculators.show import number, percent, points

NORMAL = NormalDist()
# In standard deviations, or in rate: it would take more users than there are people.
SMALLEST = 1e-7
# A rate nearer to 0 or 1 has no variance that a float could hold.
EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Design:
    """What an A/B test is planned with; `base` is a rate, or None for a mean whose standard deviation is `sd`.

    `alpha` is the level of one comparison, after correction; `ratio` users get each treatment for one in control.
    `sd` is what is left of it after CUPED.
    """

    base: float | None
    sd: float
    alpha: float
    sides: int
    ratio: float
    power: float
    t_test: bool

    @property
    def z_alpha(self) -> float:
        """The standard normal quantile of the level."""
        return NORMAL.inv_cdf(1 - self.alpha / self.sides)

    @property
    def z_power(self) -> float:
        """The standard normal quantile of the power."""
        return NORMAL.inv_cdf(self.power)


def variances(design: Design, effect: float) -> tuple[float, float]:
    """Variance of one user in control and in treatment."""
    if design.base is None:
        return design.sd**2, design.sd**2
    new = design.base + effect
    return design.base * (1 - design.base), new * (1 - new)


def users_needed(design: Design, effect: float) -> int:
    """Users in control that detect an absolute effect: (z₁ + z₂)² (variance A + variance B / ratio) / effect².

    >>> users_needed(Design(0.04, 0, 0.05, 2, 1, 0.8, False), 0.002)
    154302
    >>> users_needed(Design(None, 12, 0.05, 2, 1, 0.8, False), 0.06)
    627911
    """
    if design.t_test:
        return ceil(round(solve_t(design, effect_size=abs(effect) / design.sd, nobs1=None), 6))
    control, treatment = variances(design, effect)
    exact = (design.z_alpha + design.z_power) ** 2 * (control + treatment / design.ratio) / effect**2
    return max(ceil(round(exact, 6)), 1)


def power_reached(design: Design, effect: float, users: float) -> float:
    """Chance to see an absolute effect with so many users in control.

    >>> round(power_reached(Design(0.04, 0, 0.05, 2, 1, 0.8, False), 0.002, 154302 / 4), 2)
    0.29
    """
    if design.t_test:
        return solve_t(design, effect_size=abs(effect) / design.sd, nobs1=users, power=None)
    control, treatment = variances(design, effect)
    error = sqrt((control + treatment / design.ratio) / users)
    return NORMAL.cdf(abs(effect) / error - design.z_alpha)


def smallest_effect(design: Design, users: float, *, up: bool) -> float | None:
    """The absolute effect that so many users in control detect, None when no rate between 0 and 1 is far enough.

    For rates the variance depends on the effect d, so d solves (n + c) d² − c (1 − 2p) d − z² p (1 − p) (1 + 1/r) = 0
    with c = z² / r: upwards its positive root, downwards its negative one.

    >>> round(smallest_effect(Design(0.04, 0, 0.05, 2, 1, 0.8, False), 154302, up=True), 6)
    0.002
    """
    if design.t_test:
        return solve_t(design, effect_size=None, nobs1=users) * design.sd * (1 if up else -1)
    z2 = (design.z_alpha + design.z_power) ** 2
    if design.base is None:
        return sqrt(z2 * design.sd**2 * (1 + 1 / design.ratio) / users) * (1 if up else -1)
    p, c = design.base, z2 / design.ratio
    a, b = users + c, -c * (1 - 2 * p)
    root = sqrt(b * b + 4 * a * z2 * p * (1 - p) * (1 + 1 / design.ratio))
    effect = (-b + root) / (2 * a) if up else (-b - root) / (2 * a)
    return effect if 0 <= p + effect <= 1 else None


def solve_t(design: Design, **known: float | None) -> float:
    """The one of effect_size, nobs1 and power that is None, by the t distribution; needs statsmodels.

    :raises BadDocument: its solver finds none, as for an effect of many standard deviations.
    """
    values = {
        "alpha": design.alpha, "power": design.power, "ratio": design.ratio,
        "alternative": "two-sided" if design.sides == 2 else "larger", **known,
    }  # fmt: skip
    test = load_power("test=t").TTestIndPower()
    with warnings.catch_warnings():
        # What does not converge is seen by its result, or by the solver's own error.
        warnings.simplefilter("ignore")
        try:
            solved = np.asarray(test.solve_power(**values), dtype=float)
        except (ValueError, ArithmeticError):
            solved = np.array(np.nan)
    if solved.size != 1 or not np.isfinite(solved).all():
        raise BadDocument("test=t finds no solution for such values.", "Use test=z, or check effect, users and ratio.")
    return float(solved.reshape(-1)[0])


def read_design(calculator: str, values: Values) -> Design:
    """The design that the inputs describe; raises BadDocument for what does not go together."""
    sd, base, t_test = values["sd"], values["baseline"], values["test"] == "t"
    if sd is None:
        need(calculator, "(a rate such as 4%), or sd for a mean", baseline=base)
        if not EDGE < base < 1 - EDGE:
            cause = f"baseline={percent(base)} leaves no variance, so no number of users can be computed from it"
            raise refuse(calculator, cause, "Give a rate between 0% and 100%.")
        if t_test or values["rho"]:
            raise refuse(calculator, "test=t and rho are for means", "Leave them out, or give sd for a mean.")
    level = comparison_level(values["alpha"], values["variants"], values["correction"])
    left = (sd or 0.0) * sqrt(1 - values["rho"] ** 2)
    sides = 2 if values["sides"] == "two" else 1
    return Design(base if sd is None else None, left, level, sides, values["ratio"], values["power"], t_test)


def comparison_level(alpha: float, variants: int, correction: str) -> float:
    """The level of one comparison with control, so that all together keep alpha.

    >>> comparison_level(0.05, 2, "bonferroni"), round(comparison_level(0.05, 2, "sidak"), 5)
    (0.025, 0.02532)
    """
    if correction == "bonferroni":
        return alpha / variants
    return 1 - (1 - alpha) ** (1 / variants) if correction == "sidak" else alpha


def read_effect(calculator: str, values: Values, design: Design) -> float:
    """The absolute effect of a lift, of points or of a difference; raises BadDocument when it cannot be."""
    own = "points" if design.base is not None else "difference"
    given = [name for name in ("lift", "points", "difference") if values[name] is not None]
    if len(given) != 1 or given[0] not in {"lift", own}:
        cause = f"give one of lift (relative) and {own} (absolute)" + (f", not {' and '.join(given)}" if given else "")
        raise refuse(calculator, cause, f"Write lift=5%, or {own}=0.2.")
    if given == ["lift"]:
        need(calculator, "to turn a lift into a difference", baseline=values["baseline"])
        effect = values["lift"] * values["baseline"]
    else:
        effect = values[own] / 100 if own == "points" else values[own]
    if effect == 0:
        raise refuse(
            calculator, "an effect of 0 needs infinitely many users", "Give the smallest effect worth shipping."
        )
    if design.base is not None and not EDGE < design.base + effect < 1 - EDGE:
        cause = f"{percent(design.base)} and {points(effect)} give {percent(design.base + effect)}, which is no rate"
        raise refuse(calculator, cause, "Give a smaller effect; lift is relative, points are absolute.")
    if abs(effect) < SMALLEST * (design.sd or 1):
        raise refuse(
            calculator, f"an effect of {number(effect)} is too small for any number of users", "Give a larger one."
        )
    return float(effect)


def effect_words(design: Design, effect: float) -> str:
    """An absolute effect as people read it."""
    return points(effect) if design.base is not None else number(effect)
