"""For whatever watches the process: alive, ready, and its figures."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from mlplaybook.server.rest.deps import Deps
from mlplaybook.server.rest.metrics import age_seconds
from mlplaybook.server.rest.openapi import problems
from mlplaybook.server.rest.records import Alive, Ready
from mlplaybook.server.rest.reply import reply


def create_health_router(deps: Deps) -> APIRouter:
    """Endpoints without a key, but for the figures."""
    keys = deps.keys is not None
    router = APIRouter(tags=["health"])
    guarded = [] if deps.settings.rest_open_metrics else [Depends(deps.allow("admin"))]

    @router.get("/health", response_model=Alive, summary="Is the process alive?", responses=problems(keys=False))
    async def health_route() -> Response:
        """Always ok, as long as somebody answers."""
        return reply(Alive(status="ok", version=version("mlplaybook")))

    @router.get(
        "/ready", response_model=Ready, summary="Is the index open and the encoder loaded?",
        responses=problems(keys=False) | {503: {"model": Ready, "description": "Not yet: by words only until then."}},
    )  # fmt: skip
    async def ready_route() -> Response:
        """200 once everything is loaded that can be; questions are answered by words until then."""
        record = await deps.searches.in_thread(lambda: ready_record(deps))
        return reply(record, 200 if record.status == "ready" else 503)

    @router.get(
        "/metrics", summary="Figures for Prometheus", dependencies=guarded, response_class=Response,
        responses=problems(keys=keys) | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    async def metrics_route() -> Response:
        """Requests, answers, stages, cache, fallbacks, verified statements, tokens, money, age of the generation."""
        return Response(await deps.searches.in_thread(lambda: write_metrics(deps)), media_type=CONTENT_TYPE_LATEST)

    return router


def ready_record(deps: Deps) -> Ready:
    """What serves now; a newer generation that is being loaded does not make a service unready."""
    deps.live.follow()
    with deps.live.lend() as service:
        degraded = list(service.index.degraded)
    state = deps.live.state
    return Ready(
        status="ready" if state.ready else "loading",
        generation=state.generation,
        degraded=degraded,
        trouble=state.trouble,
    )


def write_metrics(deps: Deps) -> bytes:
    """All figures, with those that are read at the moment."""
    with deps.live.lend() as service:
        created = service.index.manifest.created
    gauge = deps.metrics.gauge
    gates = {"searches": deps.searches, "works": deps.works, "calls": deps.calls, "answers": deps.answers}
    for name, gate in gates.items():
        gauge.labels(f"{name}_inside").set(gate.inside)
        gauge.labels(f"{name}_waiting").set(gate.waiting)
    gauge.labels("answers_working").set(deps.turns.inside + deps.long_turns.inside)
    gauge.labels("ready").set(deps.live.state.ready)
    gauge.labels("generation_age_seconds").set(age_seconds(created))
    return deps.metrics.write()
