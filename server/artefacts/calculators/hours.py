"""GPU hours of a training run, and their price."""

from __future__ import annotations

from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.records import Calculator, Figure, Parameter, Values, Worked
from mlplaybook.server.artefacts.calculators.show import (
    HOUR,
    amount_of,
    money,
    number,
    percent,
    scaled,
    scientific,
    time_of,
)

# Dense bf16 peaks in TFLOPS (gpu-selection-and-memory, the table of specifications).
PEAKS = {"l40s": 362.0, "a100": 312.0, "h100": 989.0, "h200": 989.0, "b200": 2250.0, "mi300x": 1300.0}
TERA = 1e12
# Below this utilisation the page says to look for a bottleneck.
LOW_MFU = 0.3


def gpu_hours(parameters: float, tokens: float, peak_tflops: float, mfu: float, factor: float = 6.0) -> float:
    """Hours of one GPU: factor × parameters × tokens / (peak × MFU × 3,600).

    >>> round(gpu_hours(7e9, 140e9, 989, 0.4))
    4129
    """
    return factor * parameters * tokens / (peak_tflops * TERA * mfu * HOUR)


def hours_of(values: Values) -> Worked:
    """GPU hours, days on so many GPUs, and hours with failed runs."""
    if (values["peak"] is None) == (values["gpu"] is None):
        raise refuse("gpu-hours", "give either gpu or peak", f"Write gpu=h100 (one of {', '.join(PEAKS)}) or peak=989.")
    peak = values["peak"] or PEAKS[values["gpu"]]
    operations = values["factor"] * values["parameters"] * values["tokens"]
    hours = gpu_hours(values["parameters"], values["tokens"], peak, values["mfu"], values["factor"])
    days = hours / values["gpus"] * HOUR
    planned = hours * values["margin"]
    low = values["mfu"] < LOW_MFU
    return Worked(
        Figure("GPU hours", hours, "GPU-hours", f"{number(hours)} GPU-hours"),
        (f"operations = {number(values['factor'])} × {scaled(values['parameters'])} × {scaled(values['tokens'])} = "
         f"{scientific(operations)}",
         f"speed = {number(peak)} TFLOPS × {percent(values['mfu'])} = {number(peak * values['mfu'])} TFLOPS on each GPU",
         f"{scientific(operations)} / ({scientific(peak * values['mfu'] * TERA)} × 3,600 s) = {number(hours)} GPU-hours"),
        f"MFU of {percent(values['mfu'])} is below 30%: look for a bottleneck before buying more." if low else
        f"Budget {number(planned)} GPU-hours: {number(values['margin'])} times, for failed runs and evaluation.",
        "bottleneck" if low else "ok",
        (time_of(f"time on {values['gpus']:,} GPUs" if values["gpus"] > 1 else "time on one GPU", days),
         Figure("GPU hours to budget", planned, "GPU-hours", f"{number(planned)} GPU-hours")),
        ("dense transformer: 6 operations per parameter and token; for LoRA the factor is nearer 4",
         "MFU stays the same on all GPUs; peaks are dense, datasheets often quote sparse ones, twice as high"),
    )  # fmt: skip


def cost_of(values: Values) -> Worked:
    """The price of GPU hours, on demand and on spot capacity."""
    hours = values["gpu_hours"]
    if hours is None:
        need("gpu-cost", "(or gpu_hours)", time=values["time"])
        hours = values["gpus"] * values["time"]
    currency, price = values["currency"], values["price"]
    base = hours * price
    planned = base * values["margin"]
    steps = [
        f"{number(hours)} GPU-hours × {money(price, currency)} = {money(base, currency)}",
        f"× {number(values['margin'])} for failed runs and evaluation = {money(planned, currency)}",
    ]
    more = [amount_of("to budget", planned, currency)]
    meaning = "Give discount to see what spot capacity would cost for work that can be restarted."
    if values["discount"] is not None:
        overhead = (values["lost"] + values["restart"]) / values["interruption_every"]
        if overhead >= 1:
            cause = "interruptions cost more time than lies between them"
            raise refuse("gpu-cost", cause, "Checkpoint more often, or do not use spot capacity.")
        share = (1 - values["discount"]) / (1 - overhead)
        steps.append(
            f"spot: {percent(1 - values['discount'])} of the price / (1 − {percent(round(overhead, 4))} lost) = "
            f"{percent(round(share, 4))} of the list price for useful time"
        )
        more += [Figure("spot, of the list price", share, "ratio", percent(round(share, 4))),
                 amount_of("to budget on spot", planned * share, currency)]  # fmt: skip
        cheaper = share < 1
        meaning = (
            f"Spot capacity is {'cheaper' if cheaper else 'not cheaper'} for restartable work with regular checkpoints."
        )
    return Worked(
        amount_of("GPU cost", base, currency), tuple(steps), meaning, "", tuple(more),
        ("one price for all hours; prices change within weeks, so date them", "egress, storage and people are not counted"),
        unused=frozenset(
            (() if values["discount"] is not None else ("interruption_every", "lost", "restart"))
            + (() if values["gpu_hours"] is None else ("gpus",))
        ),
    )  # fmt: skip


GPU_HOURS = Calculator(
    "gpu-hours", "GPU hours of training",
    "GPU-hours = 6 × parameters × tokens / (peak operations per second × MFU × 3,600)",
    "gpu-selection-and-memory#how-long-will-training-take-and-what-is-mfu",
    (
        Parameter("parameters", "count", "parameters of the model", "7B", required=True, minimum=1),
        Parameter("tokens", "count", "tokens that are trained on", "140B", required=True, minimum=1),
        Parameter("gpu", "choice", "a card of the playbook's table", "h100", allowed=tuple(PEAKS)),
        Parameter("peak", "number", "dense peak of another card", "989", unit="TFLOPS", above=0),
        Parameter("mfu", "share", "model FLOPs utilisation, measured or expected", "40%", default=0.4, above=0, maximum=1),
        Parameter("gpus", "count", "GPUs at work", "8", default=1, minimum=1),
        Parameter("factor", "number", "operations per parameter and token", "6", default=6.0, above=0),
        Parameter("margin", "number", "for failed runs and evaluation", "1.5", default=1.5, minimum=1),
    ),
    hours_of,
    ("gpu-hours parameters=7B tokens=140B gpu=h100 gpus=8",), ("training-time",),
)  # fmt: skip
GPU_COST = Calculator(
    "gpu-cost", "Cost of GPU hours",
    "cost = GPU-hours × price per hour × margin; spot: × (1 − discount) / (1 − (lost + restart) / time between interruptions)",
    "gpu-selection-and-memory#when-is-spot-capacity-worth-it-and-how-is-a-cloud-chosen",
    (
        Parameter("price", "money", "price of one GPU", "3USD", unit="hour", required=True, minimum=0),
        Parameter("gpu_hours", "number", "hours of all GPUs together", "4129", minimum=0),
        Parameter("gpus", "count", "GPUs, in place of gpu_hours with time", "8", default=1, minimum=1),
        Parameter("time", "time", "how long they run", "21.5 days", unit="h", minimum=0),
        Parameter("margin", "number", "for failed runs and evaluation", "1.5", default=1.5, minimum=1),
        Parameter("discount", "share", "of spot capacity", "60%", minimum=0, below=1),
        Parameter("interruption_every", "time", "mean time between interruptions", "4h", unit="h", default=4.0, above=0),
        Parameter("lost", "time", "mean work lost by one, half the time between checkpoints", "15min", unit="h",
                  default=0.25, minimum=0),
        Parameter("restart", "time", "until it works again", "10min", unit="h", default="10min", minimum=0),
    ),
    cost_of,
    ("gpu-cost gpu_hours=4129 price=3USD", "gpu-cost gpus=8 time=24h price=3USD/h discount=60%"), ("training-cost",),
)  # fmt: skip
