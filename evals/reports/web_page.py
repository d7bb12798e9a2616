"""One self-contained page: the verdict, why, and every case; nothing in it comes from elsewhere or can run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from mlplaybook.evals.abstention import Point
from mlplaybook.evals.reports.casebook import casebook
from mlplaybook.evals.reports.curves import (
    COVERED,
    FOUND,
    calibration_error,
    histogram,
    reliability,
    risk_points,
    values_of,
)
from mlplaybook.evals.reports.panels import metric_tables, panel
from mlplaybook.evals.reports.plots import draw_histogram, draw_reliability, draw_risk, draw_split
from mlplaybook.evals.reports.sides import Report, Scores, Side, metric_of
from mlplaybook.evals.reports.words import headline

# Steps of a histogram of probabilities.
FINE = 20


def to_html(report: Report) -> str:
    """The page. Words are escaped by the template, data by `embed`, and what may run is named by its hash."""
    style, script = read("report.css"), read("browser.js") + read("details.js")
    judged = report.sides[1:] or report.sides
    base = report.base
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        read("report.html")
    )
    context: dict[str, Any] = {
        "title": headline(report.last.run, report.last.judgement),
        "panels": [panel(side, base, report) for side in judged],
        "sides": [side.run.config for side in judged],
        "base": base.name if base else "",
        "tables": metric_tables(report, judged),
        "plots": plots(report),
        "histograms": histograms(report),
        "made": made_from(report.last),
        "style": Markup(style),  # noqa: S704 (a file of ours)
        "script": Markup(script),  # noqa: S704 (a file of ours)
        "data": embed(casebook(report)),
        "policy": policy(style, script),
    }
    return without_surrogates(page.render(context)) + "\n"


def read(name: str) -> str:
    """A file of the page."""
    return files("mlplaybook.evals.reports").joinpath("page", name).read_text("utf-8")


def embed(record: Mapping[str, Any]) -> Markup:
    r"""JSON that can stand in a script element: nothing in it can end the element or begin a comment.

    >>> embed({"said": "</script><!--"})
    Markup('{"said":"\\u003c/script\\u003e\\u003c!--"}')
    """
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 (no letter of markup is left)


def policy(style: str, script: str) -> str:
    """A content security policy that lets nothing but these two run or apply."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{hash_of(style)}'",
            f"script-src '{hash_of(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def hash_of(text: str) -> str:
    """The name of an inline script or style in a policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def without_surrogates(text: str) -> str:
    """Text that UTF-8 can write: half a pair of UTF-16 becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def plots(report: Report) -> list[dict[str, Any]]:
    """Risk against coverage, reliability and probabilities, where the run has them."""
    now, was = report.last.scores, report.base.scores if report.base else {}
    if not values_of(now, FOUND):
        return []
    points, before = risk_points(now), risk_points(was)
    covered = values_of(now, COVERED)
    good, bad = (histogram([abs(v) for v in covered if (v > 0) == wanted], steps=FINE) for wanted in (True, False))
    return [
        {
            "name": "Risk and coverage",
            "svg": draw_risk(points, before, threshold(report.last)),
            "said": risk_in_words(points, before),
        },
        {
            "name": "Reliability",
            "svg": draw_reliability(reliability(now), reliability(was)),
            "said": calibration_in_words(now, was),
        },
        {
            "name": "Covered above, not covered below",
            "svg": draw_split(good, bad),
            "said": "How sure the search was. Bars that overlap are questions that no threshold can tell apart.",
        },
    ]


def risk_in_words(now: tuple[Point, ...], was: tuple[Point, ...]) -> str:
    """What the curve says where all questions are answered."""
    before = f" (was {was[-1].risk:.1%})" if was else ""
    return f"Answering everything, {now[-1].risk:.1%} would be wrong{before}. The dot is where it stops answering."


def calibration_in_words(now: Scores, was: Scores) -> str:
    """How far sure and right are apart."""
    before = f" (was {calibration_error(reliability(was)):.3f})" if was and values_of(was, FOUND) else ""
    error = f"Expected calibration error {calibration_error(reliability(now)):.3f}{before}."
    return f"{error} Above the line it is right more often than it says."


def threshold(side: Side) -> float | None:
    """The lowest probability that was answered, as far as the run has it."""
    answered = [output["probability"] for output in side.outputs.values() if output.get("status") == "answered"
                and "probability" in output]  # fmt: skip
    return min(answered, default=None)


def histograms(report: Report) -> list[dict[str, Any]]:
    """The scores of every graded metric, beside what they were."""
    now, was = report.last.scores, report.base.scores if report.base else {}
    found = []
    for verdict in report.last.judgement.verdicts:
        metric = metric_of(report.plan, verdict.metric)
        values, before = values_of(now, metric.name), values_of(was, metric.name)
        if metric.test == "bootstrap" and metric.aggregate == "mean" and values:
            low, high = min(0.0, *values, *before), max(1.0, *values, *before)
            drawn = draw_histogram(histogram(values, low, high), histogram(before, low, high) if before else None)
            found.append(
                {"name": metric.name, "svg": drawn, "cases": len(values), "low": f"{low:g}", "high": f"{high:g}"}
            )
    return found


def made_from(side: Side) -> list[tuple[str, str]]:
    """What the run was made from, and what it cost."""
    run, made = side.run, side.run.fingerprint
    cost = f"{run.usage.calls} calls of models, {run.usage.tokens} tokens"
    usd = "" if run.usage.usd is None else f", {run.usage.usd:.2f} USD"
    return [
        ("started", run.started),
        ("took", f"{run.seconds:.1f} s, {cost}{usd}"),
        ("whole suite", "yes" if run.complete else "no, only some cases"),
        ("pages", made.pages),
        ("encoder", made.encoder or "none"),
        ("index", made.generation),
        ("prompts", made.prompts),
        ("plan", made.config),
        ("program", made.version),
    ]
