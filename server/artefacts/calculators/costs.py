"""Cost of predictions, of one query to a language model, and where self-hosting begins to pay."""

from __future__ import annotations

from mlplaybook.server.artefacts.calculators.inputs import need, refuse
from mlplaybook.server.artefacts.calculators.records import Calculator, Parameter, Values, Worked
from mlplaybook.server.artefacts.calculators.show import amount_of, count_of, money, number, percent, share_of

# A month of 30 days, as in every worked example of the pages.
DAYS, HOURS, SECONDS = 30, 720, 30 * 86400
MILLION = 1_000_000


def prediction_cost(values: Values) -> Worked:
    """Cost per 1,000 predictions of a month, beside the cost at full use."""
    name, currency = "cost-per-prediction", values["currency"]
    bill, steps = monthly_bill(name, values)
    volume = volume_of(name, values)
    each = bill / volume
    steps.append(f"{money(bill, currency)} / {number(volume)} predictions × 1,000 = {money(1000 * each, currency)}")
    more = [amount_of("per prediction", each, currency), amount_of("monthly bill", bill, currency)]
    meaning, verdict = "", ""
    if values["sustained"] is not None:
        need(name, "to compare with full use", price=values["price"])
        full = values["price"] / (values["sustained"] * 3600)
        steps.append(f"at full use: {number(values['price'])} / {number(values['sustained'] * 3600)} × 1,000 = "
                     f"{money(1000 * full, currency)}")  # fmt: skip
        more += [
            amount_of("per 1,000 at full use", 1000 * full, currency),
            count_of("gap to full use", each / full, "times"),
        ]
        meaning = f"Real traffic costs {number(each / full)} times the benchmark figure: autoscale, share or lower the minimum."
    if values["target"] is not None:
        over = round(each / values["target"] - 1, 9)
        # cost-tracking: 20% above target for 7 days calls for a plan.
        verdict = "within" if over <= 0 else "watch" if over <= 0.2 else "plan"
        words = f"{percent(abs(over))} {'above' if over > 0 else 'below'} the target"
        plan = ": after 7 days above 20% it calls for a reduction plan" if verdict == "plan" else ""
        meaning = f"{meaning} The cost is {words}{plan}.".strip()
    notes = ("every replica is paid for every hour it runs; a month has 30 days (720 hours)",
             "people, labelling, failed runs and wrong decisions are not counted")  # fmt: skip
    return Worked(amount_of("cost per 1,000 predictions", 1000 * each, currency), tuple(steps), meaning, verdict,
                  tuple(more), notes)  # fmt: skip


def monthly_bill(name: str, values: Values) -> tuple[float, list[str]]:
    """The month's serving bill, as given or from replicas."""
    if values["monthly_cost"] is not None:
        return values["monthly_cost"], []
    need(name, "(or monthly_cost)", replicas=values["replicas"], price=values["price"])
    bill = values["replicas"] * values["price"] * HOURS
    price, sum_ = money(values["price"], values["currency"]), money(bill, values["currency"])
    return bill, [f"{values['replicas']:,} replicas × {price} × {HOURS} h = {sum_}"]


def volume_of(name: str, values: Values) -> float:
    """Predictions in a month, from a mean rate or a daily volume."""
    if (values["rate"] is None) == (values["daily_volume"] is None):
        raise refuse(name, "give either daily_volume or rate", "Write daily_volume=20000, or rate=600 (a second).")
    volume = values["daily_volume"] * DAYS if values["rate"] is None else values["rate"] * SECONDS
    return float(volume)


def query_cost(values: Values) -> Worked:
    """The cost of one query by token class, with escalation and caching as the page counts them."""
    currency, hit = values["currency"], values["cache_hits"]
    prefix, rest, output = values["prefix_tokens"], values["input_tokens"], values["output_tokens"]
    read = values["cached_price"] if values["cached_price"] is not None else values["input_price"]
    write = values["write_price"] if values["write_price"] is not None else values["input_price"]
    if hit is not None and values["cached_price"] is None:
        need("llm-query-cost", "beside cache_hits", cached_price=None)
    per_prefix = values["input_price"] if hit is None else hit * read + (1 - hit) * write
    parts = [prefix * per_prefix / MILLION, rest * values["input_price"] / MILLION,
             output * values["output_price"] / MILLION]  # fmt: skip
    each = sum(parts)
    prices = (per_prefix, values["input_price"], values["output_price"])
    names = ("prefix", "fresh input", "output")
    steps = [
        f"{name}: {tokens:,} × {number(price)} / 1,000,000 = {part:.6f}"
        for name, tokens, price, part in zip(names, (prefix, rest, output), prices, parts, strict=True) if tokens
    ]  # fmt: skip
    if hit is not None:
        blend = (
            f"{percent(hit)} × {number(read)} + {percent(round(1 - hit, 6))} × {number(write)} = {number(per_prefix)}"
        )
        steps.insert(0, f"price of the prefix: {blend}")
    more = [amount_of("per 1,000 queries", 1000 * each, currency)]
    steps.append(f"sum = {each:.6f}")
    meaning = "Compare by cost per successful task, not by cost per call."
    if values["success"] is not None:
        task = each + (1 - values["success"]) * values["failure_cost"]
        steps.append(f"per task: {number(each)} + {percent(round(1 - values['success'], 6))} × "
                     f"{number(values['failure_cost'])} = {task:.4f}")  # fmt: skip
        more.append(amount_of("per task, with people for failures", task, currency))
    if values["daily_queries"] is not None:
        more.append(amount_of("in 30 days", each * values["daily_queries"] * DAYS, currency))
    return Worked(amount_of("cost per query", each, currency), tuple(steps), meaning, "", tuple(more),
                  ("output includes hidden reasoning tokens; retries, retrieval and long-prompt surcharges are not counted",
                   "tokenizers differ, and prices change: keep them with their date"),
                  unused=frozenset(() if values["success"] is not None else ("failure_cost",)))  # fmt: skip


def break_even(values: Values) -> Worked:
    """Queries a month from which self-hosting is cheaper, and whether the GPUs can serve them."""
    name, currency = "break-even", values["currency"]
    hosted = hosted_price(name, values)
    saving = hosted - values["own_price"]
    fixed = values["gpus"] * values["gpu_price"] * HOURS + values["upkeep"]
    if saving <= 0:
        cause = f"hosted costs {money(hosted, currency)} a query and self-hosting {money(values['own_price'], currency)} more"
        raise refuse(name, f"{cause}, so it never pays", "Lower own_price, or stay with the hosted model.")
    volume = fixed / saving
    steps = [
        f"fixed = {values['gpus']:,} GPUs × {number(values['gpu_price'])} × {HOURS} h + {number(values['upkeep'])} = "
        f"{money(fixed, currency)} a month",
        f"saving = {number(hosted)} − {number(values['own_price'])} = {number(saving)} a query",
        f"{number(fixed)} / {number(saving)} = {number(volume)} queries a month",
    ]
    more = [count_of("queries a day", volume / DAYS, "queries"), amount_of("fixed cost a month", fixed, currency)]
    meaning, verdict = compare(values, hosted, fixed, volume)
    if values["capacity"] is not None:
        use = volume / SECONDS / (values["capacity"] * values["gpus"])
        more.append(share_of("utilisation at break-even", round(use, 4)))
        if use > 1:
            meaning, verdict = (
                f"These GPUs cannot serve the break-even volume ({percent(round(use, 3))} of them).",
                "hosted",
            )
        steps.append(f"use = {number(volume / SECONDS)} queries/s / ({number(values['capacity'])} × {values['gpus']}) = "
                     f"{percent(round(use, 4))}")  # fmt: skip
    return Worked(
        count_of("break-even", volume, "queries a month"), tuple(steps), meaning, verdict, tuple(more),
        ("both models answer equally well; else compare cost per successful task",
         "GPUs run all month, idle or not (720 hours); peaks need spare ones",
         "privacy, latency or a fine-tune that no host offers can decide against the arithmetic"),
    )  # fmt: skip


def hosted_price(name: str, values: Values) -> float:
    """Money for one hosted query, as given or from tokens."""
    if values["hosted"] is not None:
        return float(values["hosted"])
    need(name, "(or tokens and hosted_per_million)", hosted=values["hosted_per_million"])
    need(name, "beside hosted_per_million", tokens=values["tokens"])
    return float(values["tokens"] * values["hosted_per_million"] / MILLION)


def compare(values: Values, hosted: float, fixed: float, volume: float) -> tuple[str, str]:
    """Which side is cheaper at the planned volume, and by how much."""
    if values["daily_queries"] is None:
        return f"Below {number(volume / DAYS)} queries a day the hosted model is cheaper, above it self-hosting.", ""
    month = values["daily_queries"] * DAYS
    there, here = month * hosted, fixed + month * values["own_price"]
    cheaper = "hosted" if there <= here else "self-hosted"
    gap = money(abs(there - here), values["currency"])
    sums = f"hosted {money(there, values['currency'])}, self-hosted {money(here, values['currency'])} a month"
    return f"At {values['daily_queries']:,} queries a day the {cheaper} model is cheaper by {gap}: {sums}.", cheaper


TARGET = Parameter("target", "money", "the most it may cost", "0.005USD", unit="query", above=0)
PREDICTION = Calculator(
    "cost-per-prediction", "Cost per 1,000 predictions",
    "cost per 1,000 = monthly serving cost / monthly predictions × 1,000",
    "cost-tracking#how-is-the-cost-per-1000-predictions-computed",
    (
        Parameter("monthly_cost", "money", "the month's serving bill", "4200USD", unit="month", minimum=0),
        Parameter("replicas", "count", "in place of the bill: replicas that run all month", "12", minimum=1),
        Parameter("price", "money", "price of one replica", "1.20USD", unit="hour", above=0),
        Parameter("daily_volume", "count", "predictions a day, mean of 30 days", "20000", minimum=1),
        Parameter("rate", "number", "in place of the volume: mean requests per second", "600", unit="rps", above=0),
        Parameter("sustained", "number", "requests per second that a replica sustains", "400", unit="rps", above=0),
        TARGET,
    ),
    prediction_cost,
    ("cost-per-prediction replicas=12 price=1.20USD rate=600 sustained=400",
     "cost-per-prediction monthly_cost=4200USD daily_volume=20000 target=0.005USD"),
    ("cost-per-1000", "prediction-cost"),
)  # fmt: skip
QUERY = Calculator(
    "llm-query-cost", "Cost of one query to a language model",
    "cost = (fresh input × price + cached reads × read price + cache writes × write price + output × price) / 1,000,000",
    "llm-cost#what-does-one-llm-query-cost",
    (
        Parameter("input_tokens", "count", "tokens that change with each query", "2000", required=True, minimum=0),
        Parameter("output_tokens", "count", "tokens of the answer, hidden reasoning included", "400", required=True,
                  minimum=0),
        Parameter("input_price", "money", "price of input", "2USD", unit="million tokens", required=True, minimum=0),
        Parameter("output_price", "money", "price of output", "10USD", unit="million tokens", required=True, minimum=0),
        Parameter("prefix_tokens", "count", "tokens that every query begins with", "2000", default=0, minimum=0),
        Parameter("cache_hits", "share", "queries that find the prefix cached", "95%", minimum=0, maximum=1),
        Parameter("cached_price", "money", "price of cached input", "0.20USD", unit="million tokens", minimum=0),
        Parameter("write_price", "money", "price of writing the cache; the input price when left out", "2.50USD",
                  unit="million tokens", minimum=0),
        Parameter("daily_queries", "count", "queries a day", "100000", minimum=1),
        Parameter("success", "share", "of tasks that need no person after it", "75%", minimum=0, maximum=1),
        Parameter("failure_cost", "money", "cost of people for one failure", "2USD", default=0.0, minimum=0),
    ),
    query_cost,
    ("llm-query-cost prefix_tokens=2000 input_tokens=2000 output_tokens=400 input_price=2USD output_price=10USD "
     "daily_queries=100000",
     "llm-query-cost prefix_tokens=2000 cache_hits=95% cached_price=0.20USD write_price=2.50USD input_tokens=2000 "
     "output_tokens=400 input_price=2USD output_price=10USD"),
    ("llm-cost", "query-cost", "token-cost"),
)  # fmt: skip
BREAK_EVEN = Calculator(
    "break-even", "Hosted model or self-hosting: break-even",
    "break-even queries a month = monthly fixed cost / saving per query",
    "cost-tracking#how-do-unit-economics-decide-between-self-hosting-and-a-hosted-api",
    (
        Parameter("gpus", "count", "GPUs of the own service", "2", required=True, minimum=1),
        Parameter("gpu_price", "money", "price of one GPU", "4USD", unit="hour", required=True, minimum=0),
        Parameter("upkeep", "money", "cost of people and the rest", "1500USD", unit="month", default=0.0, minimum=0),
        Parameter("hosted", "money", "price of a hosted query", "0.006USD", unit="query", above=0),
        Parameter("hosted_per_million", "money", "in place of hosted", "0.50USD", unit="million tokens", above=0),
        Parameter("tokens", "count", "tokens of a query, both ways", "4400", minimum=1),
        Parameter("own_price", "money", "price of a self-hosted query, beside the fixed cost", "0USD", unit="query", default=0.0,
                  minimum=0),
        Parameter("daily_queries", "count", "queries a day that are planned", "20000", minimum=1),
        Parameter("capacity", "number", "queries per second that one GPU serves", "3.6", unit="rps", above=0),
    ),
    break_even,
    ("break-even gpus=2 gpu_price=4USD upkeep=1500USD hosted=0.006USD daily_queries=20000 capacity=3.6",),
    ("breakeven", "self-hosting", "hosted-or-self-hosted"),
)  # fmt: skip
