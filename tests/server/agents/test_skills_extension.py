"""The packaged skill, its references, and how it is served."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, PaginatedRequestParams, Request, Result
from pydantic import ConfigDict

from mlplaybook.ingest.frontmatter import read_front_matter
from mlplaybook.server.agents.skill_build import REFERENCES, SKILL, build, main
from mlplaybook.server.agents.skills_extension import FOLDER, MAIN, SkillNamed, read_skill
from tests.server.agents.world import ERAS, Era, World

URI = "skill://ml-playbook/SKILL.md"
TEXT = (SKILL / MAIN).read_text("utf-8")
HEAD = read_front_matter(TEXT)
NO_FOLDERS = (URI, "skill://ml-playbook/", "skill://ml-playbook/..", "skill:/", "x", "")


class Reply(Result):
    """Any result, as it came."""

    model_config = ConfigDict(extra="allow")


class ListSkills(Request[PaginatedRequestParams | None, Literal["skills/list"]]):
    method: Literal["skills/list"] = "skills/list"
    params: PaginatedRequestParams | None = None


class GetSkill(Request[SkillNamed, Literal["skills/get"]]):
    method: Literal["skills/get"] = "skills/get"
    params: SkillNamed


class ReadDirectory(Request[SkillNamed, Literal["resources/directory/read"]]):
    method: Literal["resources/directory/read"] = "resources/directory/read"
    params: SkillNamed


def ask(world: World, request: Request[Any, Any], era: Era = "auto") -> dict[str, Any] | MCPError:
    async def work() -> dict[str, Any] | MCPError:
        async with Client(world.server, mode=era) as client:
            try:
                reply = await client.session.send_request(request, Reply)
            except MCPError as error:
                return error
            return reply.model_dump(by_alias=True, mode="json", exclude_none=True)

    return anyio.run(work)


def test_the_skill_has_the_form_that_agents_read() -> None:
    values = HEAD.values
    assert set(values) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
    assert values["name"] == SKILL.name == "ml-playbook"
    assert len(values["description"]) <= 1_024
    assert len(values["compatibility"]) <= 500
    assert len(TEXT.splitlines()) < 500


def test_the_skill_links_to_every_reference_and_to_nothing_else() -> None:
    linked = set(re.findall(rf"\(({REFERENCES}/[^)]+)\)", TEXT))
    there = {path.relative_to(SKILL).as_posix() for path in SKILL.rglob("*.md") if path.name != MAIN}
    assert linked == there


def test_references_are_those_of_the_playbook_as_it_is() -> None:
    """If this fails, run `python -m mlplaybook.server.agents.skill_build`."""
    assert build() == {path.name: path.read_text("utf-8") for path in (SKILL / REFERENCES).glob("*.md")}


def test_references_are_written_anew_and_old_ones_go(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("old", "utf-8")
    main(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == build()


def test_only_files_of_the_skill_are_served(tmp_path: Path) -> None:
    (tmp_path / "s" / "__pycache__").mkdir(parents=True)
    (tmp_path / "s" / MAIN).write_text("---\nname: s\ndescription: d\n---\n# S\n", "utf-8")
    for name in (".DS_Store", "__pycache__/x.pyc"):
        (tmp_path / "s" / name).write_bytes(b"\xff")
    assert [file.uri for file in read_skill(tmp_path / "s").files] == ["skill://s/SKILL.md"]


@pytest.mark.parametrize("era", ERAS)
def test_the_list_names_every_file_with_its_digest(library: World, era: Era) -> None:
    reply = ask(library, ListSkills(), era)
    assert isinstance(reply, dict)
    (skill,) = reply["skills"]
    assert (skill["uri"], skill["frontmatter"]) == (URI, HEAD.values)
    files = {f"skill://ml-playbook/{path.relative_to(SKILL).as_posix()}": path for path in SKILL.rglob("*.md")}
    assert {one["uri"] for one in skill["resources"]} == set(files)
    for one in skill["resources"]:
        data = files[one["uri"]].read_bytes()
        assert one["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert one["size"] == len(data)
    assert ("ttlMs" in reply) == (era == "auto")


@pytest.mark.parametrize("era", ERAS)
def test_a_skill_and_its_folders_can_be_got(library: World, era: Era) -> None:
    listed, got = ask(library, ListSkills(), era), ask(library, GetSkill(params=SkillNamed(uri=URI)), era)
    assert isinstance(listed, dict)
    assert isinstance(got, dict)
    assert got["skill"] == listed["skills"][0]
    top = ask(library, ReadDirectory(params=SkillNamed(uri="skill://ml-playbook")), era)
    assert isinstance(top, dict)
    assert [(one["name"], one["mimeType"]) for one in top["resources"]] == [
        ("SKILL.md", "text/markdown"), ("references", "inode/directory"),
    ]  # fmt: skip
    below = ask(library, ReadDirectory(params=SkillNamed(uri="skill://ml-playbook/references")), era)
    assert isinstance(below, dict)
    assert {one["name"] for one in below["resources"]} == set(build())


@pytest.mark.parametrize(
    "request_",
    [
        ListSkills(params=PaginatedRequestParams(cursor="x")), GetSkill(params=SkillNamed(uri="skill://other/SKILL.md")),
        *(ReadDirectory(params=SkillNamed(uri=uri)) for uri in NO_FOLDERS),
    ],
)  # fmt: skip
def test_what_is_no_skill_is_refused(library: World, request_: Request[Any, Any]) -> None:
    error = ask(library, request_)
    assert isinstance(error, MCPError)
    assert error.error.code == INVALID_PARAMS


def test_every_file_can_be_read_as_a_resource(library: World) -> None:
    async def work() -> dict[str, str]:
        async with Client(library.server) as client:
            uris = [
                str(one.uri) for one in (await client.list_resources()).resources if str(one.uri).startswith("skill://")
            ]
            return {uri: (await client.read_resource(uri)).contents[0].text for uri in uris}  # type: ignore[union-attr]

    read = anyio.run(work)
    assert read[URI] == TEXT
    assert len(read) == 1 + len(build())
    assert FOLDER.is_dir()
