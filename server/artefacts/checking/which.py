"""Which template a document follows, and how that is known."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.checking.entries import fill_record, normal, read_entries
from mlplaybook.server.artefacts.checking.source import Source
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Template

HUB_KEYS = frozenset({"model-index", "pipeline_tag", "library_name", "base_model"})
# Fewer fields than these, or a smaller share of them, also occur in documents of another kind.
FEWEST, SMALLEST_SHARE = 3, 0.3
# A key above this share of a template's fields is its root.
MOST_FIELDS = 0.75


def find_template(source: Source, given: str = "", file: str = "") -> tuple[Template, str]:
    """The template and the reason: named by the caller, by our trailer, root key or file name, else the best match.

    :raises BadName: there is no template of the given name.
    :raises BadDocument: no template fits.
    """
    if given:
        return load_template(given), "named by --template"
    for name, reason in signs(source, file):
        if name in names("templates"):
            return load_template(name), reason
    return best_match(source)


def signs(source: Source, file: str) -> Iterator[tuple[str, str]]:
    """Names that the document itself gives, surest first."""
    tree = source.tree if isinstance(source.tree, dict) else {}
    if fill_record(tree) is not tree:
        yield str(tree["template"]), "named by the fill record"
    if source.trailer:
        yield source.trailer.template, "named by the line that mlplaybook wrote into it"
    for key in tree:
        root = roots().get(normal(str(key)))
        if root:
            yield root, f"its root key is {key}"
    if source.form == "markdown" and HUB_KEYS & set(tree):
        yield "model-card", "its front matter is that of a model card on the hub"
    yield from ((name, f"its file name is that of {name}") for name in by_file(file))


@functools.cache
def roots() -> Mapping[str, str]:
    """First key of the document to template, where it stands above most of that template's fields."""
    # Above the fields in the page's block, not in the template.
    found = {"evaluation_report": "evaluation-report"}
    for name in names("templates"):
        fields = load_template(name).fields
        tops = [field.name.partition(".")[0] for field in fields if "." in field.name]
        for top in set(tops):
            if tops.count(top) >= MOST_FIELDS * len(fields):
                found[top] = name
    return found


def by_file(file: str) -> Iterator[str]:
    """Templates whose usual file name a path has."""
    if not file:
        return
    for name in names("templates"):
        usual = load_template(name).file
        if " " in usual or not usual:
            continue
        pattern = re.sub(r"<[^>]+>|YYYY-MM-DD-NNN|001", "\0", PurePath(usual).name)
        if re.fullmatch(re.escape(pattern).replace("\0", ".+"), PurePath(file).name):
            yield name
    if PurePath(file).stem.lower() in names("templates"):
        yield PurePath(file).stem.lower()


def best_match(source: Source) -> tuple[Template, str]:
    """The template most of whose fields occur in the document; raises BadDocument where none has enough of them."""
    counts = sorted(((share(source, load_template(name)), name) for name in names("templates")), reverse=True)
    (part, count), name = counts[0]
    offer = f"Name it: --template {' | '.join(names('templates'))}."
    if count < FEWEST or part < SMALLEST_SHARE:
        raise BadDocument("No template fits the document.", offer)
    (next_part, _), next_name = counts[1]
    if next_part == part:
        raise BadDocument(f"The document fits {name} as well as {next_name}.", offer)
    template = load_template(name)
    reason = f"{count} of its {len(template.fields)} fields occur in the document"
    return template, f"{reason}; next is {next_name} with {next_part:.0%} of its fields"


def share(source: Source, template: Template) -> tuple[float, int]:
    """Part and number of a template's fields that a document has."""
    found = read_entries(source, template).entries
    return len(found) / len(template.fields), len(found)
