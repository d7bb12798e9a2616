"""Sample size, power and smallest detectable effect of an A/B test."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.experiments import (
    Design,
    effect_words,
    power_reached,
    read_design,
    read_effect,
    smallest_effect,
    users_needed,
    variances,
)
from mlplaybook.server.artefacts.calculators.inputs import refuse
from mlplaybook.server.artefacts.calculators.records import (
    Calculator,
    Chart,
    Figure,
    Parameter,
    Series,
    Values,
    Worked,
)
from mlplaybook.server.artefacts.calculators.show import count_of, number, percent, share_of, time_of

SECTION = "ab-testing#how-large-a-sample-does-an-ab-test-need"
DAY, WEEK = 86400.0, 7
# ab-testing: whole weeks, 14 days by default; beyond 28 days variants mix.
DEFAULT_DAYS, LONGEST_DAYS = 14, 28
# A curve reaches to this multiple of the marked sample.
CURVE_POINTS, CURVE_REACH = 40, 2.5


def size(values: Values) -> Worked:
    """Users per variant, in all, and the days they take."""
    name = "ab-sample-size"
    design = read_design(name, values)
    effect = read_effect(name, values, design)
    control = users_needed(design, effect)
    treatment = ceil(control * design.ratio - 1e-9)
    whole = control + values["variants"] * treatment
    more = [count_of("users in each treatment", treatment, "users"), count_of("users in all", whole, "users")]
    meaning, verdict = (
        "Half the effect needs about four times the users. Give daily_users to see how long it takes.",
        "",
    )
    if values["daily_users"]:
        days, meaning, verdict = runtime(whole, values["daily_users"])
        more.append(time_of("runtime in whole weeks", days * DAY))
    return Worked(
        count_of("users in control", control, "users"), steps_of_size(design, effect, control), meaning, verdict,
        tuple(more), assumptions(design, values), chart=power_curve(design, effect, control), unused=unused(design, values),
    )  # fmt: skip


def runtime(users: int, daily: int) -> tuple[int, str, str]:
    """Days of a test in whole weeks, what they mean, and one word for it.

    >>> runtime(308604, 30000)[0], runtime(308604, 5000)[::2]
    (14, (63, 'too-long'))
    """
    needed = ceil(users / daily)
    days = max(ceil(needed / WEEK) * WEEK, DEFAULT_DAYS)
    words = f"{needed:,} days of {daily:,} users, run {days} days: whole weeks, {DEFAULT_DAYS} days by default"
    if days > LONGEST_DAYS:
        advice = "aim at a larger effect, reduce variance (CUPED, rho), or choose a metric that moves more"
        return days, f"{words}. Longer than {LONGEST_DAYS} days mixes the variants: {advice}.", "too-long"
    return days, f"{words}.", "ok"


def power(values: Values) -> Worked:
    """The chance that the planned users show the effect."""
    name = "ab-power"
    design = read_design(name, values)
    effect = read_effect(name, values, design)
    reached = power_reached(design, effect, values["users"])
    enough = reached >= design.power
    needed = users_needed(design, effect)
    words = (
        "enough" if enough else f"below {percent(design.power)}, and a significant result would overstate the effect"
    )
    chance = f"{percent(round(reached, 4))} of such tests find an effect of {effect_words(design, effect)}"
    return Worked(
        share_of("power", reached),
        (*steps_of_effect(design, effect), step_of_power(design, effect, values["users"], reached)),
        f"{chance}: {words}.", "ok" if enough else "too-few",
        (count_of(f"users in control for {percent(design.power)}", needed, "users"),),
        assumptions(design, values), chart=power_curve(design, effect, values["users"], reached), unused=unused(design, values),
    )  # fmt: skip


def mde(values: Values) -> Worked:
    """The smallest effect that the planned users show."""
    name = "mde"
    design, up = read_design(name, values), values["direction"] == "up"
    effect = smallest_effect(design, values["users"], up=up)
    if effect is None:
        edge = "100%" if up else "0%"
        cause = (
            f"with {values['users']:,} users even a change from {percent(design.base or 0)} to {edge} is not detected"
        )
        raise refuse(name, cause, "Plan more users.")
    relative = None if not values["baseline"] else effect / values["baseline"]
    more = (share_of("relative to the baseline", relative),) if relative is not None else ()
    if design.base is not None:
        more = (share_of("rate then", design.base + effect), *more)
    return Worked(
        figure_of_effect(design, effect),
        (*steps_of_effect(design, effect),
         f"effect = √(variances × (z₁ + z₂)² / {values['users']:,}), solved for the effect: {effect_words(design, effect)}"),
        f"An effect below {effect_words(design, abs(effect))} is likely missed with these users; half of it needs about four "
        "times as many.", "",
        more, assumptions(design, values), chart=effect_curve(design, values["users"], effect, up=up),
        unused=unused(design, values),
    )  # fmt: skip


def figure_of_effect(design: Design, effect: float) -> Figure:
    """A detectable effect: a share for a rate, units of the metric for a mean."""
    unit = "ratio" if design.base is not None else "units of the metric"
    return Figure("smallest detectable effect", effect, unit, effect_words(design, effect))


def steps_of_effect(design: Design, effect: float) -> tuple[str, ...]:
    """Quantiles and variances."""
    control, treatment = variances(design, effect)
    z1, z2 = design.z_alpha, design.z_power
    sides = "two-sided" if design.sides == 2 else "one-sided"
    return (
        f"z₁ = {z1:.3f} ({sides}, level {percent(design.alpha)}), z₂ = {z2:.3f} (power {percent(design.power)}), "
        f"(z₁ + z₂)² = {(z1 + z2) ** 2:.3f}",
        f"effect = {number(effect)}, variance A = {number(control)}, variance B = {number(treatment)}",
    )


def steps_of_size(design: Design, effect: float, users: int) -> tuple[str, ...]:
    """The formula with its numbers."""
    first = steps_of_effect(design, effect)
    if design.t_test:
        return (*first, f"solved with the t distribution (statsmodels TTestIndPower): {users:,} users")
    control, treatment = variances(design, effect)
    share = f" / {number(design.ratio)}" if design.ratio != 1 else ""
    square = (design.z_alpha + design.z_power) ** 2
    return (
        *first,
        f"n = {square:.3f} × ({number(control)} + {number(treatment)}{share}) / {number(abs(effect))}² = {users:,}",
    )


def step_of_power(design: Design, effect: float, users: int, reached: float) -> str:
    """The power formula with its numbers."""
    if design.t_test:
        return f"power = {percent(round(reached, 4))} with the t distribution (statsmodels TTestIndPower)"
    control, treatment = variances(design, effect)
    error = ((control + treatment / design.ratio) / users) ** 0.5
    return (
        f"power = Φ(|effect| / standard error − z₁) = Φ({number(abs(effect))} / {number(error)} − {design.z_alpha:.3f})"
        f" = {percent(round(reached, 4))}"
    )


def assumptions(design: Design, values: Values) -> tuple[str, ...]:
    """What must hold for the numbers to."""
    found = ["users are independent and randomised one by one; one look, at the planned end"]
    found += ["large samples (normal approximation, unpooled variances)"] if not design.t_test else []
    if values["variants"] > 1:
        kept = {"none": f"no correction for {values['variants']} comparisons with control"}
        found.append(
            kept.get(values["correction"])
            or f"level {percent(design.alpha)} for each of {values['variants']} comparisons ({values['correction']})"
        )
    if values["rho"]:
        found.append(
            f"CUPED with correlation {number(values['rho'])} leaves {percent(1 - values['rho'] ** 2)} of the variance"
        )
    return tuple(found)


def unused(design: Design, values: Values) -> frozenset[str]:
    """The inputs that say nothing about this design."""
    rate, one = design.base is not None, values["variants"] == 1
    return frozenset((("rho", "test") if rate else ()) + (("correction",) if one else ()))


def power_curve(design: Design, effect: float, users: int, reached: float | None = None) -> Chart | None:
    """Power over users in control, with the plan marked; a plan of one or two users has no curve."""
    if users < 3:
        return None
    places = tuple(float(max(2, round(users * CURVE_REACH * n / CURVE_POINTS))) for n in range(1, CURVE_POINTS + 1))
    found = [(place, at(lambda n: power_reached(design, effect, n), place)) for place in places]
    drawn = [(n, 100 * p) for n, p in found if p is not None]
    curve = Series("power", tuple(n for n, _ in drawn), tuple(p for _, p in drawn))
    height = 100 * (power_reached(design, effect, users) if reached is None else reached)
    mark = (float(users), height, f"{users:,} users: {height:.0f}%")
    limit = (100 * design.power, f"{percent(design.power)} wanted")
    title = f"Power for an effect of {effect_words(design, effect)}"
    return Chart("lines", title, "users in control", "power, %", (curve,), (limit,), (mark,))


def at(solve: Callable[[float], float | None], users: float) -> float | None:
    """A point of a curve, None where it has none."""
    try:
        return solve(users)
    except BadDocument:
        return None


def effect_curve(design: Design, users: int, effect: float, *, up: bool) -> Chart | None:
    """Smallest detectable effect over users in control, with the plan marked."""
    scale = 100 if design.base is not None else 1
    places = [round(users * CURVE_REACH * n / CURVE_POINTS) for n in range(2, CURVE_POINTS + 1)]
    found = [(float(n), at(lambda n: smallest_effect(design, n, up=up), n)) for n in places if n >= 3]
    drawn = [(n, scale * abs(e)) for n, e in found if e is not None]
    if not drawn:
        return None
    unit = "points" if design.base is not None else "units of the metric"
    mark = (float(users), scale * abs(effect), f"{users:,} users: {effect_words(design, effect)}")
    curve = Series("effect", tuple(n for n, _ in drawn), tuple(e for _, e in drawn))
    return Chart(
        "lines", f"Smallest effect found with power {percent(design.power)}", "users in control", f"effect, {unit}",
        (curve,), (), (mark,),
    )  # fmt: skip


BASE = (
    Parameter("baseline", "share", "rate of the control group; for a mean the mean, if a lift is given", "4%"),
    Parameter("sd", "number", "standard deviation of a mean's metric per user", "12", minimum=1e-12),
)
EFFECT = (
    Parameter("lift", "share", "smallest effect worth shipping, relative to the baseline", "5%"),
    Parameter("points", "number", "the same for a rate, in percentage points", "0.2", unit="points"),
    Parameter("difference", "number", "the same for a mean, in units of the metric", "0.06"),
)
USERS = (Parameter("users", "count", "users in control", "154302", required=True, minimum=2),)
LEVELS = (
    Parameter("alpha", "share", "chance of a false positive", "5%", default=0.05, minimum=1e-9, below=0.5),
    Parameter("power", "share", "chance to find the effect", "80%", default=0.8, minimum=0.01, maximum=0.9999),
    Parameter("sides", "choice", "two when either direction counts, one when only one does", "two", default="two",
              allowed=("two", "one")),
    Parameter("ratio", "number", "users in each treatment for one in control", "1", default=1.0, minimum=0.001, maximum=1000),
    Parameter("variants", "count", "treatments that are compared with control", "1", default=1, minimum=1, maximum=100),
    Parameter("correction", "choice", "how several comparisons share alpha", "bonferroni", default="bonferroni",
              allowed=("bonferroni", "sidak", "none")),
    Parameter("rho", "number", "correlation with the metric before the test (CUPED), for a mean", "0.6", default=0.0,
              minimum=-0.999, maximum=0.999),
    Parameter("test", "choice", "z for large samples, t for means of small ones", "z", default="z", allowed=("z", "t")),
)  # fmt: skip

SIZE = Calculator(
    "ab-sample-size", "Sample size of an A/B test",
    "n = (z₁ + z₂)² × (variance A + variance B / ratio) / effect²", SECTION,
    (*BASE, *EFFECT, *LEVELS,
     Parameter("daily_users", "count", "users that enter the test a day, all variants together", "30000", minimum=1)),
    size,
    ("ab-sample-size baseline=4% lift=5% daily_users=30000", "ab-sample-size sd=12 difference=0.06 rho=0.6"),
    ("sample-size", "ab-test", "power-analysis"),
)  # fmt: skip
POWER = Calculator(
    "ab-power", "Power of an A/B test",
    "power = Φ(|effect| / √((variance A + variance B / ratio) / n) − z₁)", SECTION,
    (*USERS, *BASE, *EFFECT, *LEVELS), power,
    ("ab-power users=38576 baseline=4% lift=5%",), ("power", "statistical-power"),
)  # fmt: skip
MDE = Calculator(
    "mde", "Smallest detectable effect of an A/B test",
    "effect with n = (z₁ + z₂)² × (variance A + variance B / ratio) / effect²", SECTION,
    (*USERS, *BASE,
     Parameter("direction", "choice", "whether the rate goes up or down", "up", default="up", allowed=("up", "down")),
     *LEVELS),
    mde,
    ("mde users=154302 baseline=4%", "mde users=50000 sd=12"), ("minimum-detectable-effect",),
)  # fmt: skip
