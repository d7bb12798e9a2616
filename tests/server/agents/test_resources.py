"""Resources as clients read them: exact names, the nearest ones otherwise, nothing that is no name of ours."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, TextResourceContents

from mlplaybook.server.calls.library import KINDS, artefact_names
from tests.server.agents.world import ERAS, Era, World, text_of

TEMPLATES = ["playbook://page/{id}", "playbook://page/{id}/{heading}", *(f"playbook://{kind}/{{id}}" for kind in KINDS)]
PAGE = "playbook://page/"
ODD = [
    "..", ".", "%2e%2e", "%2E%2E%2F", "../drift-detection", "..%2fdrift-detection", "..%5Cdrift-detection", "..\\drift-detection",
    "./drift-detection", "%2fetc%2fpasswd", "/etc/passwd", "//etc/passwd", "%2Fetc", "C:%5CWindows", "C:/Windows",
    "c:drift-detection", "file:///etc/passwd", "drift-detection/../../etc",
    "drift-detection%2F..%2F..", "drift-detection%00", "drift-detection%00.md",
    "drift-detection.md", "drift-detection.yaml", "drift-detection%23summary", "drift-detection#summary", "drift-detection?x=1",
    "%20drift-detection", "drift-detection%20", "drift-detection%0a", "drift-detection%0D%0Ax:y", "Drift-Detection",
    "drift_detection", "%252e%252e%252f", "%c0%ae%c0%ae", "%u002e%u002e", "..;/drift-detection", "~root", "~", "$HOME", "${jndi:ldap://x}",
    "'%20OR%201=1--", "drift-detection'--", "%25", "%", "*", "dri%66t%2Ddetection%2f", "", "/", "//", " ", "%E2%80%AEnoitceted",
    "drift-detection/summary/more", "drift-detection//summary", "drift-detection/..%2fsummary", "drift-detection/%2e%2e",
    "drift-detection/summary%2f", "drift-detection/%00", "07-operations/drift-detection", "../../templates/model-card",
    "x" * 3_000,
]  # fmt: skip


def read(world: World, uri: str, era: Era = "auto") -> str:
    async def work() -> str:
        async with Client(world.server, mode=era) as client:
            (contents,) = (await client.read_resource(uri)).contents
            assert isinstance(contents, TextResourceContents)
            assert (contents.uri, contents.mime_type) == (uri, "text/markdown")
            return contents.text

    return anyio.run(work)


def refused(world: World, uris: list[str], era: Era = "auto") -> list[MCPError]:
    async def work() -> list[MCPError]:
        found = []
        async with Client(world.server, mode=era) as client:
            for uri in uris:
                try:
                    await client.read_resource(uri)
                except MCPError as error:
                    found.append(error)
                else:
                    raise AssertionError(uri)
        return found

    return anyio.run(work)


@pytest.mark.parametrize("era", ERAS)
def test_the_list_is_short_and_the_templates_are_all_there(library: World, era: Era) -> None:
    async def work() -> tuple[list[str], list[str]]:
        async with Client(library.server, mode=era) as client:
            listed = (await client.list_resources()).resources
            templates = (await client.list_resource_templates()).resource_templates
            assert all(one.title and one.description and one.mime_type == "text/markdown" for one in templates)
            return [str(one.uri) for one in listed], [one.uri_template for one in templates]

    listed, templates = anyio.run(work)
    assert templates == TEMPLATES
    assert [uri for uri in listed if not uri.startswith("skill://")] == ["playbook://index"]


@pytest.mark.parametrize("era", ERAS)
def test_a_resource_is_the_text_that_the_tool_gives(library: World, era: Era) -> None:
    for uri in (f"{PAGE}drift-detection/summary", "playbook://decision/rag-flow", "playbook://template/problem-brief"):
        tool = text_of(library.call("read_playbook", {"name": uri, "max_tokens": 10_000}, era))
        assert read(library, uri, era).strip() in tool


def test_a_page_is_whole_with_its_sources(library: World) -> None:
    text = read(library, f"{PAGE}drift-detection")
    assert "## Summary" in text
    assert "\nSources\n[^" in text
    assert read(library, f"{PAGE}drift-detection/summary").strip().splitlines()[-1] in text


def test_the_index_names_every_page_and_artefact(library: World) -> None:
    text = read(library, "playbook://index")
    assert text.count("\n- ") >= 80
    assert all(name in text for kind in KINDS for name in artefact_names(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_artefact_can_be_read(library: World, kind: str) -> None:
    for name in artefact_names(kind):  # type: ignore[arg-type]
        assert read(library, f"playbook://{kind}/{name}").startswith("# ")


@pytest.mark.parametrize("era", ERAS)
def test_a_name_that_there_is_not_is_refused_with_the_nearest(library: World, era: Era) -> None:
    wrong = {
        f"{PAGE}drift": "Nearest: drift-detection, drift-response.",
        f"{PAGE}data-leak": "Nearest: data-leakage",
        f"{PAGE}drift-detection/psi": "how-is-the-population-stability-index-psi-computed",
        "playbook://template/modelcard": "Nearest: model-card",
        "playbook://checklist/rag": "Nearest: rag-quality",
        "playbook://decision/serving": "serving-strategy",
        "playbook://rubric/quality": "data-quality",
        "playbook://calculator/sample-size": "ab-sample-size",
        "playbook://pages/drift-detection": "URIs are playbook://index, playbook://page/{id}",
        "playbook:///": "URIs are playbook://index",
    }
    for uri, error in zip(wrong, refused(library, list(wrong), era), strict=True):
        assert error.error.code == INVALID_PARAMS
        assert error.error.data == {"uri": uri}
        assert wrong[uri] in error.error.message


@pytest.mark.parametrize("era", ERAS)
def test_sixty_odd_uris_are_refused(library: World, era: Era) -> None:
    assert len(set(ODD)) == 60
    for error in refused(library, [PAGE + odd for odd in ODD], era):
        assert error.error.code == INVALID_PARAMS
        assert len(error.error.message) < 700
        assert error.error.message.isprintable()


@pytest.mark.parametrize("kind", KINDS)
def test_odd_uris_of_artefacts_are_refused_as_well(library: World, kind: str) -> None:
    known = artefact_names(kind)[0]  # type: ignore[arg-type]
    odd = [*ODD, f"{known}.yaml", f"../{kind}s/{known}", f"x%2f..%2f{known}", f"{known}/", f"{known}%20", known.upper()]
    for error in refused(library, [f"playbook://{kind}/{one}" for one in odd]):
        assert error.error.code == INVALID_PARAMS


def test_a_corpus_of_ones_own_is_read_the_same_way(world: World) -> None:
    assert "A population stability index above 0.2" in read(world, f"{PAGE}drift/which-cut-offs-raise-an-alert")
    (error,) = refused(world, [f"{PAGE}drift-detection"])
    assert "Nearest: drift." in error.error.message
