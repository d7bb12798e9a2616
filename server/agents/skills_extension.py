"""The packaged skill over the protocol (SEP-2640): the same files that plugins install, with their digests."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding, ResourceBinding
from mcp.server.mcpserver.resources import TextResource
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, PaginatedRequestParams, RequestParams

from mlplaybook.ingest.frontmatter import read_front_matter

FOLDER = Path(__file__).with_name("skills")
MAIN, SCHEME = "SKILL.md", "skill://"
# The skill changes with a release only.
TTL = {"ttlMs": 3_600_000, "cacheScope": "public"}
FIRST_WITH_TTL = "2026-07-28"
DIRECTORY = "inode/directory"


class SkillNamed(RequestParams):
    """A skill or a folder by its URI."""

    uri: str


@dataclass(frozen=True, slots=True)
class SkillFile:
    """A file of a skill as it is served."""

    uri: str
    text: str
    mime: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Skill:
    """A folder with a SKILL.md; `frontmatter` is that of the file, word for word."""

    uri: str
    frontmatter: Mapping[str, Any]
    files: tuple[SkillFile, ...]

    def record(self) -> dict[str, Any]:
        """The `Skill` of the extension."""
        resources = [{"uri": one.uri, "digest": one.digest, "size": one.size} for one in self.files]
        return {"uri": self.uri, "frontmatter": dict(self.frontmatter), "resources": resources}


def create_skills(folder: Path = FOLDER) -> Skills:
    """The extension with every skill of a folder."""
    return Skills([read_skill(path.parent) for path in sorted(folder.glob(f"*/{MAIN}"))])


def read_skill(folder: Path) -> Skill:
    """A skill's files in their order, SKILL.md first; what the system leaves behind is not one of them."""
    values = read_front_matter((folder / MAIN).read_text("utf-8")).values
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    shown = [name for name in names if not any(part.startswith((".", "__")) for part in name.split("/"))]
    base = f"{SCHEME}{values['name']}/"
    files = tuple(
        read_file(folder / name, base + name) for name in sorted(shown, key=lambda name: (name != MAIN, name))
    )
    return Skill(base + MAIN, values, files)


def read_file(path: Path, uri: str) -> SkillFile:
    """A file with the digest of its bytes."""
    data = path.read_bytes()
    mime = "text/markdown" if path.suffix == ".md" else mimetypes.guess_type(path.name)[0] or "text/plain"
    return SkillFile(uri, data.decode("utf-8"), mime, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))


class Skills(Extension):
    """`skills/list`, `skills/get`, `resources/directory/read`, and each file as a resource."""

    identifier = "io.modelcontextprotocol/skills"

    def __init__(self, skills: Sequence[Skill]) -> None:
        self.skills = {skill.uri: skill for skill in skills}
        self.files = {file.uri: file for skill in skills for file in skill.files}

    def settings(self) -> dict[str, Any]:
        """What the server says of the extension."""
        return {"directoryRead": True}

    def resources(self) -> Sequence[ResourceBinding]:
        """Every file; SKILL.md with the skill's name and description."""
        return [ResourceBinding(self.resource(file)) for file in self.files.values()]

    def resource(self, file: SkillFile) -> TextResource:
        """A file as a resource."""
        skill = self.skills.get(file.uri)
        name = str(skill.frontmatter["name"]) if skill else file.uri.rpartition("/")[2]
        description = str(skill.frontmatter["description"]) if skill else None
        return TextResource(uri=file.uri, name=name, description=description, mime_type=file.mime, text=file.text)

    def methods(self) -> Sequence[MethodBinding]:
        """The three methods."""
        return [
            MethodBinding("skills/list", PaginatedRequestParams, self.list_skills),
            MethodBinding("skills/get", SkillNamed, self.get_skill),
            MethodBinding("resources/directory/read", SkillNamed, self.read_directory),
        ]

    async def list_skills(
        self, ctx: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> dict[str, Any]:
        """All skills on one page."""
        if params and params.cursor:
            raise MCPError(INVALID_PARAMS, "There is one page of skills: call skills/list without a cursor.")
        return with_ttl(ctx, {"skills": [skill.record() for skill in self.skills.values()]})

    async def get_skill(self, ctx: ServerRequestContext[Any, Any], params: SkillNamed) -> dict[str, Any]:
        """A skill by the URI of its SKILL.md."""
        skill = self.skills.get(params.uri)
        if skill is None:
            known = ", ".join(self.skills) or "none"
            raise MCPError(INVALID_PARAMS, f"No skill is served at that URI. Skills: {known}.", {"uri": params.uri})
        return with_ttl(ctx, {"skill": skill.record()})

    async def read_directory(self, ctx: ServerRequestContext[Any, Any], params: SkillNamed) -> dict[str, Any]:
        """What a folder of a skill holds, one level deep."""
        children = self.children(params.uri)
        if not children:
            raise MCPError(INVALID_PARAMS, "That URI is no directory of a skill.", {"uri": params.uri})
        return complete(ctx, {"resources": children})

    def children(self, folder: str) -> list[dict[str, Any]]:
        """Files and folders directly below a folder."""
        base = f"{folder}/"
        if folder.endswith("/") or not folder.startswith(SCHEME):
            return []
        found: dict[str, dict[str, Any]] = {}
        for file in self.files.values():
            if file.uri.startswith(base):
                name, _, below = file.uri.removeprefix(base).partition("/")
                found[name] = {"uri": base + name, "name": name, "mimeType": DIRECTORY if below else file.mime}
        return list(found.values())


def complete(ctx: ServerRequestContext[Any, Any], record: dict[str, Any]) -> dict[str, Any]:
    """A result; later revisions say that it is a whole one."""
    modern = (ctx.protocol_version or "") >= FIRST_WITH_TTL
    return record | ({"resultType": "complete"} if modern else {})


def with_ttl(ctx: ServerRequestContext[Any, Any], record: dict[str, Any]) -> dict[str, Any]:
    """A result that may be kept; earlier revisions know no time for that."""
    made = complete(ctx, record)
    return made | TTL if "resultType" in made else made
