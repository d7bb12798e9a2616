"""What an availability target leaves to spend, and how fast it is spent."""

from __future__ import annotations

from mlplaybook.server.artefacts.calculators.inputs import refuse
from mlplaybook.server.artefacts.calculators.records import Calculator, Figure, Parameter, Values, Worked
from mlplaybook.server.artefacts.calculators.show import DAY, count_of, duration, number, percent, share_of, time_of

SECTION = "latency-budgets#how-does-an-availability-target-become-an-error-budget"
# Google's workbook for a 30-day window, as the page has it: burn rate and window of each alert.
ALERTS = ((14.4, "page", "over 1 hour"), (6.0, "page", "over 6 hours"), (1.0, "ticket", "over 3 days"))


def budget(target: float, window: float) -> float:
    """Seconds of full outage that a target leaves in a window of seconds.

    >>> round(budget(0.999, 30 * 86400) / 60, 1)
    43.2
    """
    return (1 - target) * window


def run(values: Values) -> Worked:
    """The budget in time and requests, what is left of it, and the burn rate."""
    target = values["target"] ** values["in_series"]
    window = values["window"] * DAY
    allowed = budget(target, window)
    steps = [f"1 − {percent(target)} = {percent(1 - target)}; × {duration(window)} = {duration(allowed)}"]
    if values["in_series"] > 1:
        product = f"{percent(values['target'])} to the power of {values['in_series']} = {percent(target)}"
        steps.insert(0, f"independent parts in series multiply: {product}")
    more = [share_of("error budget", 1 - target), count_of("failures per million requests", 1e6 * (1 - target), "")]
    meaning, verdict = f"{duration(allowed)} of full outage, or that share of requests, may fail in the window.", ""
    if values["requests"] is not None:
        more.append(count_of("failed requests in the window", values["requests"] * (1 - target), "requests"))
    if values["downtime"] is not None:
        left = 1 - values["downtime"] * 60 / allowed
        more.append(share_of("left of the budget", round(left, 4)))
        verdict = "left" if left > 0 else "spent"
        meaning = f"{duration(values['downtime'] * 60)} of {duration(allowed)} are spent" + (
            f", {percent(round(left, 3))} is left."
            if left > 0
            else ": freeze risky releases until the window moves on."
        )
    if values["failed"] is not None or values["of_requests"] is not None:
        burn, step = burn_rate(values, target)
        steps.append(step)
        more.append(Figure("burn rate", burn, "times", f"{number(burn)} times"))
        if burn > 0:
            more.append(time_of("budget lasts at this rate", window / burn))
        verdict, words = read_burn(burn)
        meaning = f"{meaning} {words}"
    return Worked(
        time_of("error budget", allowed), tuple(steps), meaning, verdict, tuple(more),
        ("an outage counts in full; answers by a fallback belong in a quality objective of their own",
         "failures of parts are independent" if values["in_series"] > 1 else "the window rolls"),
    )  # fmt: skip


def burn_rate(values: Values, target: float) -> tuple[float, str]:
    """The observed error rate over the sustainable one, with its arithmetic."""
    failed, of = values["failed"], values["of_requests"]
    if failed is None or of is None:
        raise refuse("error-budget", "failed and of_requests go together", "Write failed=50 of_requests=10000.")
    if failed > of:
        raise refuse("error-budget", f"{failed:,} failed of {of:,} requests", "Give failures among the requests.")
    rate = failed / of
    # Rounded, so that exactly 6 times is not a hair below 6.
    burn = round(rate / (1 - target), 9)
    return burn, f"burn rate = ({failed:,} / {of:,}) / {percent(1 - target)} = {number(burn)}"


def read_burn(burn: float) -> tuple[str, str]:
    """The alert that a burn rate calls for.

    >>> read_burn(20)[0], read_burn(7)[0], read_burn(1)[0], read_burn(0.5)[0]
    ('page', 'page', 'ticket', 'sustainable')
    """
    for limit, alert, where in ALERTS:
        if burn >= limit:
            return alert, f"At {number(burn)} times the sustainable rate: {alert}, if it holds {where}."
    return "sustainable", f"At {number(burn)} times the sustainable rate the budget lasts."


CALCULATOR = Calculator(
    "error-budget",
    "Error budget of an availability target",
    "budget = (1 − target) × window; burn rate = error rate / (1 − target)",
    SECTION,
    (
        Parameter("target", "share", "availability that is promised", "99.9%", required=True, above=0, below=1),
        Parameter("window", "time", "over which it is promised", "30 days", unit="day", default=30.0, above=0),
        Parameter("requests", "count", "requests in the window", "1M", minimum=1),
        Parameter("downtime", "time", "outage in the window so far", "10min", unit="min", minimum=0),
        Parameter("failed", "count", "failed requests of late", "50", minimum=0),
        Parameter("of_requests", "count", "of so many requests in the same time", "10000", minimum=1),
        Parameter("in_series", "count", "parts that each have the target and must all work", "3", default=1, minimum=1,
                  maximum=1000),
    ),
    run,
    ("error-budget target=99.9%", "error-budget target=99.9% failed=100 of_requests=10000"),
    ("slo", "availability", "burn-rate"),
)  # fmt: skip
