"""The playbook as its authors see it: pages with their front matter, sections and links, and the artefacts beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlplaybook.ingest.blocks import Block, parse_blocks
from mlplaybook.ingest.documents import Document, Section
from mlplaybook.ingest.frontmatter import read_front_matter
from mlplaybook.ingest.read import read_corpus, scan
from mlplaybook.ingest.sections import split_sections

# Folder of each kind of artefact, and the schema that it must follow.
ARTEFACTS = {
    "templates": "template",
    "rubrics": "rubric",
    "decisions": "decision",
    "checklists": "checklist",
    "overlays": "overlay",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page, parsed: `values` is its front matter."""

    document: Document
    values: Mapping[str, Any]
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]

    @property
    def id(self) -> str:
        """The page's name, unique in the playbook."""
        return self.document.id

    @property
    def anchors(self) -> frozenset[str]:
        """What can be linked to."""
        return frozenset(section.anchor for section in self.sections)

    def body(self, section: Section) -> str:
        """A section's text without its heading."""
        return self.document.text[section.body_start : section.char_end]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A template, rubric, decision, checklist or overlay; `problem` says why it could not be read."""

    kind: str
    source: str
    values: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Playbook:
    """Everything that is checked together."""

    pages: tuple[Page, ...]
    artefacts: tuple[Artefact, ...] = ()
    features: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def read_playbook(folder: Path) -> Playbook:
    """Read the pages and artefacts below a knowledge folder; what cannot be read is listed, not raised."""
    corpus = read_corpus(folder, scan(folder))
    return Playbook(
        pages=tuple(read_page(document) for document in corpus.documents),
        artefacts=tuple(read_artefacts(folder)),
        features=read_yaml(folder / "features.yaml"),
        schemas={
            kind: json.loads(path.read_text("utf-8"))
            for kind in ARTEFACTS.values()
            if (path := folder / "schemas" / f"{kind}.schema.json").is_file()
        },
        unreadable=tuple(str(entry) for entry in corpus.rejected),
    )


def read_page(document: Document) -> Page:
    """Parse one document."""
    blocks = parse_blocks(document.text, document.body_start)
    values = read_front_matter(document.text).values
    return Page(document, values, blocks, split_sections(document, blocks))


def read_artefacts(folder: Path) -> Iterator[Artefact]:
    """The YAML files of every artefact folder, in name order."""
    for room, kind in ARTEFACTS.items():
        for path in sorted((folder / room).glob("*.yaml")):
            source = f"{room}/{path.name}"
            try:
                yield Artefact(kind, source, read_yaml(path))
            except yaml.YAMLError as error:
                yield Artefact(kind, source, {}, " ".join(str(error).split()))


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file, empty when there is no file."""
    values = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None
    return values if isinstance(values, dict) else {}
