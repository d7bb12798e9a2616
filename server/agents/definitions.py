"""The seven tools as models see them. Every word here is paid for in every conversation: `make` nothing longer without need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlplaybook.server.agents.arguments import Argument

FEWEST_TOKENS, MOST_TOKENS = 500, 10_000
MOST_HITS = 20

SEARCH, ASK, READ = "search_playbook", "ask_playbook", "read_playbook"
FILL, CHECK, DECIDE, VERIFY = "fill_template", "check_document", "decide", "verify_citations"


def tokens(default: int) -> Argument:
    """How long a reply may be."""
    return Argument(
        "max_tokens", "number", f"Size of the reply, {FEWEST_TOKENS} to {MOST_TOKENS}.",
        ("tokens", "token_budget", "budget", "max_length", "max_output_tokens", "limit_tokens"), default=default,
        minimum=FEWEST_TOKENS, maximum=MOST_TOKENS, example=default,
    )  # fmt: skip


CURSOR = Argument(
    "cursor", "text", "next_cursor of the reply before.",
    ("next_cursor", "page_token", "next_page", "next_page_token", "continuation"), example="",
)  # fmt: skip
TOPICS = Argument(
    "topics", "list", "Only pages with one of these topics.", ("topic", "tags", "tag", "filter"), example=["drift"]
)
QUESTIONS = (
    "query", "question", "q", "text", "user_query", "search_query", "user_question", "prompt", "search", "keywords",
    "message", "topic_query", "content",
)  # fmt: skip
NAMES = ("id", "title", "document", "page", "section", "uri", "url", "path", "template", "key", "ref", "resource")


def others(names: tuple[str, ...], *own: str) -> tuple[str, ...]:
    """Aliases without the argument's own name and others of the tool."""
    return tuple(name for name in names if name not in own)


@dataclass(frozen=True, slots=True)
class Definition:
    """A tool: `reply` holds the properties of its record, of which `always` are there in each."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    reply: Mapping[str, Any]
    always: tuple[str, ...]


TEXT, NUMBER, YES_NO = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}
COVERAGE = {"type": "string", "enum": ["full", "partial", "none"]}
MORE = {"truncated": YES_NO, "next_cursor": TEXT, "next": TEXT}


def listed(always: tuple[str, ...], **properties: Any) -> Mapping[str, Any]:  # noqa: ANN401 (JSON schema)
    """A list of objects that have at least these properties."""
    shown = dict.fromkeys(always, TEXT) | properties
    return {"type": "array", "items": {"type": "object", "properties": shown, "required": list(always)}}


DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        SEARCH, "Search the ML playbook",
        "Search a sourced playbook of machine learning engineering: framing, data, features, training, metrics, evaluation, "
        "deployment, serving, monitoring, drift, LLM and RAG, fairness, cost. Returns sections in their exact words with ids and "
        "URIs. Use it before you plan, write or review ML code, to read about a topic; for one question ask_playbook is "
        "shorter. Not for library syntax or facts of the user's project. coverage none: say that the playbook does not cover it.",
        (
            Argument("query", "text", "One question in plain English, at most 1000 characters, no secrets.",
                     others(QUESTIONS, "query"), required=True, example="How do I detect data drift?"),
            Argument("limit", "number", f"Sections, 1 to {MOST_HITS}.",
                     ("k", "top_k", "n", "max_results", "num_results", "count", "size", "results"), default=5, minimum=1,
                     maximum=MOST_HITS, example=5),
            TOPICS, tokens(2000), CURSOR,
        ),
        {
            "coverage": COVERAGE, "hint": TEXT,
            "hits": listed(("section", "uri", "document", "text"), score=NUMBER), **MORE,
        },
        ("coverage", "hits", "truncated"),
    ),
    Definition(
        ASK, "Ask the ML playbook",
        "Answer one ML engineering question (how, why, which value, is it right that) with verified quotes, or say that it is "
        "not covered. Use it first when the user asks something; for a choice or a figure use decide, for more text "
        "search_playbook. Cite the sections it names.",
        (
            Argument("question", "text", "One question in plain English, at most 1000 characters, no secrets.",
                     others(QUESTIONS, "question"), required=True, example="Which PSI value is an alert?"),
            TOPICS, tokens(2000),
        ),
        {
            "status": {"type": "string", "enum": ["answered", "partial", "abstained"]}, "coverage": COVERAGE, "text": TEXT,
            "citations": listed(("section", "uri"), n=NUMBER, quotes=TEXTS), "suggestions": TEXTS, "hint": TEXT, **MORE,
        },
        ("status", "coverage", "text", "citations"),
    ),
    Definition(
        READ, "Read a page or section",
        "Read a page, section, template or checklist of the playbook by id or URI, when you have one from a reply; to find "
        "one use search_playbook. Without a name, the list of pages.",
        (
            Argument("name", "text", "page, page#heading or playbook:// URI, as search returns them.",
                     others(NAMES, "name"), example="drift-detection#summary"),
            tokens(2000), CURSOR,
        ),
        {"name": TEXT, "uri": TEXT, "text": TEXT, "sections": TEXTS, **MORE},
        ("name", "text", "truncated"),
    ),
    Definition(
        FILL, "Fill a template",
        "Fill an ML document: problem-brief, model-card, dataset-card, experiment-record, ab-test-plan, monitoring-config, "
        "serving-config, cost-sheet and more. Use it instead of writing such a document by hand. Nothing is invented: what is "
        "not given stays open, with the question to ask the user. Returns the document to save. Without a template lists all.",
        (
            Argument("template", "text", "Template id.", ("template_id", "template_name", "name", "id", "kind", "type",
                     "document_type", "doc_type"), example="problem-brief"),
            Argument("values", "mapping", "Known values by field name.", ("facts", "fields", "answers", "data", "inputs",
                     "field_values", "context", "known"), takes_rest=True, example={"business_objective": "fewer refunds"}),
            Argument("notes", "text", "Notes, README, config or metrics to take values from, with the words as evidence.",
                     ("note", "text", "source", "sources", "input_text", "content", "description", "from"), example=""),
            Argument("earlier", "text", "Your edited earlier document, to update.", ("document", "existing", "previous",
                     "current"), example=""),
            Argument("format", "text", "", ("output_format", "fmt"), default="own",
                     allowed=("own", "yaml", "md", "json", "hub"), example="own"),
            tokens(4000), CURSOR,
        ),
        {
            "template": TEXT, "file": TEXT, "complete": YES_NO, "document": TEXT,
            "missing": listed(("field", "question")), "problems": TEXTS, **MORE,
        },
        ("complete", "truncated"),
    ),
    Definition(
        CHECK, "Check a document",
        "Check an ML document (problem brief, model card, plan, config), filled here or written by hand, against the "
        "playbook's rules; not for code. Mend what it finds and call it again until complete is true.",
        (
            Argument("document", "text", "The whole text.", ("text", "content", "markdown", "yaml", "body", "doc", "file_content",
                     "card"), required=True, example="problem_brief:\n  business_objective: ..."),
            Argument("template", "text", "Template id; found if left out.", ("template_id", "template_name", "kind", "type",
                     "name", "document_type"), example="model-card"),
            tokens(2500), CURSOR,
        ),
        {
            "template": TEXT, "complete": YES_NO,
            "findings": listed(("severity", "field", "problem", "remedy", "section")), **MORE,
        },
        ("template", "complete", "findings", "truncated"),
    ),
    Definition(
        DECIDE, "Decide, score or calculate",
        "Run a decision table (serving strategy, model or GPU choice, metric by task, drift response), score a rubric "
        "(data-quality, ml-system-quality, ml-test-score) or calculate (psi, ab-sample-size, gpu-cost, kv-cache, slo). "
        "Use it for every choice, score or number instead of judging by yourself. Without a name lists all, without inputs "
        "says what it needs.",
        (
            Argument("name", "text", "Which one.", ("decision", "rubric", "calculator", "id", "kind", "type", "table",
                     "tool", "method"), example="serving-strategy"),
            Argument("inputs", "mapping", "Values by input name, with units: 80ms, 5%, yes, - if it does not apply.",
                     ("values", "given", "arguments", "parameters", "params", "facts", "answers", "scores", "ratings",
                      "dimensions", "data"), takes_rest=True, example={"fits_device": "yes"}),
            tokens(2000), CURSOR,
        ),
        {
            "kind": TEXT, "name": TEXT, "status": TEXT, "result": TEXT, "uri": TEXT,
            "asks": listed(("input", "question")), **MORE,
        },
        ("kind", "status", "truncated"),
    ),
    Definition(
        VERIFY, "Verify citations",
        "Check that quotes you wrote really stand in the playbook. Use it before you hand over text that cites it. Give "
        "quotes, or a text with \"quote\" (page#heading).",
        (
            Argument("quotes", "quotes", "Quotes with the section each is from.", ("citations", "quote", "claims", "items"),
                     example=[{"quote": "...", "section": "page#heading"}]),
            Argument("text", "text", "Your text with its citations.", ("document", "content", "answer", "markdown",
                     "body"), example='"..." (page#heading)'),
            tokens(2000), CURSOR,
        ),
        {
            "ok": YES_NO,
            "results": listed(("quote", "state"), section=TEXT, uri=TEXT, nearest=TEXT), **MORE,
        },
        ("ok", "results", "truncated"),
    ),
)  # fmt: skip


def reply_schema(definition: Definition) -> dict[str, Any]:
    """The JSON schema of a tool's record."""
    return {"type": "object", "properties": dict(definition.reply), "required": list(definition.always)}
