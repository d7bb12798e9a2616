"""Templates, checks, checklists, rubrics, decisions, calculators and guides: what of the playbook is executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from mlplaybook.server.artefacts.calculators.records import Calculation
from mlplaybook.server.artefacts.calculators.registry import Description, find_calculator
from mlplaybook.server.artefacts.checking.check import SEVERITIES, Checked
from mlplaybook.server.artefacts.deciding.aliases import Found, find_decision
from mlplaybook.server.artefacts.deciding.records import Verdict
from mlplaybook.server.artefacts.guiding.records import Guide, Wish
from mlplaybook.server.artefacts.guiding.steps import find_step, read_steps
from mlplaybook.server.artefacts.records import Template
from mlplaybook.server.artefacts.scoring.records import Rubric, Score
from mlplaybook.server.artefacts.scoring.rubrics import find_rubric
from mlplaybook.server.calls.artefacts import CheckRequest, calculate, check, decide, guide, score
from mlplaybook.server.calls.library import (
    Kind,
    list_artefacts,
    show_calculator,
    show_checklist,
    show_decision,
    show_rubric,
    show_template,
)
from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.filling import fill_for
from mlplaybook.server.rest.models import CalculateBody, CheckBody, DecideBody, FillBody, GuideBody, ScoreBody
from mlplaybook.server.rest.named import Id, named
from mlplaybook.server.rest.openapi import problems
from mlplaybook.server.rest.records import (
    ChecklistRecord,
    CheckRecord,
    DecideRecord,
    DecisionRecord,
    FillRecord,
    ListRecord,
    StepEntry,
    StepsRecord,
)
from mlplaybook.server.rest.reply import reply
from mlplaybook.server.wiring import project_profile

T = TypeVar("T")


def create_artefact_router(deps: Deps) -> APIRouter:
    """Endpoints of artefacts; what may ask a model needs the scope for asking."""
    keys = deps.keys is not None
    router = APIRouter(
        prefix="/v1", tags=["artefacts"], responses=problems(keys=keys), dependencies=[Depends(deps.allow("read"))]
    )
    add_lists(deps, router)
    add_checks(deps, router)
    add_tables(deps, router)
    asking = APIRouter(
        prefix="/v1",
        tags=["artefacts"],
        responses=problems(keys=keys, name=True),
        dependencies=[Depends(deps.allow("ask"))],
    )
    add_fill(deps, asking)
    both = APIRouter()
    both.include_router(router)
    both.include_router(asking)
    return both


def add_lists(deps: Deps, router: APIRouter) -> None:
    """What there is, kind by kind, and one of each."""
    keys = deps.keys is not None
    kinds: tuple[tuple[Kind, str, type, Callable[[str], object]], ...] = (
        ("template", "templates", Template, show_template),
        ("checklist", "checklists", ChecklistRecord, show_checklist),
        ("rubric", "rubrics", Rubric, show_rubric),
        ("decision", "decisions", DecisionRecord, show_decision),
        ("calculator", "calculators", Description, show_calculator),
    )
    for kind, plural, record, show in kinds:
        # Another name of `calculators`, as in /v1/calculate/{id}.
        router.add_api_route(
            f"/{plural}", create_list(deps, kind), response_model=ListRecord, methods=["GET"], summary=f"All {plural}",
            operation_id=f"list_{plural}",
        )  # fmt: skip
        router.add_api_route(
            f"/{plural}/{{id}}", create_show(deps, show), response_model=record, methods=["GET"], summary=f"One {kind}",
            operation_id=f"show_{kind}", responses=problems(keys=keys, name=True),
        )  # fmt: skip


def create_list(deps: Deps, kind: Kind) -> Callable[..., object]:
    """The endpoint that lists a kind."""

    async def list_route() -> Response:
        """Each with what it is for and the page that explains it."""
        return reply(await deps.searches.run(lambda: ListRecord(items=list(list_artefacts(kind)))))

    return list_route


def create_show(deps: Deps, show: Callable[[str], object]) -> Callable[..., object]:
    """The endpoint that shows one of a kind."""

    async def show_route(name: Id) -> Response:
        """By its id; rubrics, decisions and calculators by other names too."""
        return reply(await deps.searches.run(lambda: by_name(show, name)))

    return show_route


def by_name(find: Callable[[str], T], name: str) -> T:
    """What a path names; raises Problem 404."""
    with named():
        return find(name)


def add_fill(deps: Deps, router: APIRouter) -> None:
    """Filling a template, which may ask a model."""

    @router.post("/templates/{id}/fill", response_model=FillRecord, summary="Fill a template from notes and values")
    async def fill_route(request: Request, name: Id, body: FillBody) -> Response:
        """Every value with the words it is from; what is in no note stays open, with the question to ask."""
        caller = request.state.caller
        by_name(show_template, name)
        return reply(await deps.write(lambda service: fill_for(service, deps.accounts, caller, name, body)))


def add_checks(deps: Deps, router: APIRouter) -> None:
    """Checking a document, rating, guidance for a step."""
    keys = deps.keys is not None

    @router.post("/check", response_model=CheckRecord, summary="Check a filled document")
    async def check_route(body: CheckBody) -> Response:
        """What is wrong or doubtful by its template and by the playbook, each with what to do."""
        request = CheckRequest(body.text, body.template, body.file)
        return reply(await deps.works.run(lambda: check_record(check(request))))

    @router.post(
        "/rubrics/{id}/score", response_model=Score, summary="Apply a rubric", responses=problems(keys=keys, name=True)
    )
    async def score_route(name: Id, body: ScoreBody) -> Response:
        """The sum line by line, band, floors, weakest dimensions and next steps; what is not rated is asked for."""

        def work() -> Score:
            rubric = by_name(find_rubric, name)
            return score(rubric.id, body.ratings, body.evidence)[0]

        return reply(await deps.works.run(work))

    @router.get("/steps", response_model=StepsRecord, summary="The steps of development")
    async def steps_route() -> Response:
        """In their order, with the pages that each draws on."""
        entries = [
            StepEntry(id=s.id, title=s.title, number=s.number, pages=[e.page for e in s.entries])
            for s in read_steps().values()
        ]
        return reply(StepsRecord(steps=entries))

    @router.post(
        "/steps/{id}/guide",
        response_model=Guide,
        summary="Guidance for a step",
        responses=problems(keys=keys, name=True),
    )
    async def guide_route(name: Id, body: GuideBody) -> Response:
        """Pages, checks and documents that apply to the project, within a number of tokens."""
        step = by_name(find_step, name)
        profile = project_profile(deps.settings, [f"{option}={value}" for option, value in body.profile.items()])
        wish = Wish(step.id, profile, body.tokens, body.depth, body.question)
        return reply(await deps.work(lambda service: guide(service, wish)))


def add_tables(deps: Deps, router: APIRouter) -> None:
    """Decision tables and formulas."""
    keys = deps.keys is not None

    @router.post(
        "/decisions/{id}",
        response_model=DecideRecord,
        summary="Run a decision table",
        responses=problems(keys=keys, name=True),
    )
    async def decide_route(name: Id, body: DecideBody) -> Response:
        """The row that fired, what would change it, and the inputs that still matter."""

        def work() -> DecideRecord:
            by_name(find_decision, name)
            return decide_record(*decide(name, body.inputs, body.rest))

        return reply(await deps.works.run(work))

    @router.post(
        "/calculate/{id}",
        response_model=Calculation,
        summary="Work out a formula",
        responses=problems(keys=keys, name=True),
    )
    async def calculate_route(name: Id, body: CalculateBody) -> Response:
        """Inputs as they were understood, the arithmetic, the result, and what the playbook says about it."""

        def work() -> Calculation:
            calculator = by_name(find_calculator, name)
            return calculate(calculator.id, body.inputs, body.csv, body.column, body.reference)

        return reply(await deps.works.run(work))


def check_record(checked: Checked) -> CheckRecord:
    """The findings with their counts."""
    counts = {f"{severity}s": checked.count(severity) for severity in SEVERITIES}
    return CheckRecord(
        template=checked.template, reason=checked.reason, filled=checked.filled, fields=checked.fields,
        findings=list(checked.findings), **counts,
    )  # fmt: skip


def decide_record(verdict: Verdict, found: Found) -> DecideRecord:
    """A verdict with what its name was taken for."""
    return DecideRecord(verdict=verdict, note=found.note, see=list(found.see))
