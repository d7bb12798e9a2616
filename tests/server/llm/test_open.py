from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.cite import Reference
from mlplaybook.server.llm.deadline import Limits, create_deadline
from mlplaybook.server.llm.open import create_model, url_of
from mlplaybook.server.llm.parse import Claim, Parser
from mlplaybook.server.llm.provider import LangchainModel
from mlplaybook.server.llm.records import Done, Message, ModelFailed, Part, Request, Source, Usage
from tests.server.llm.fault_server import QUOTE, REPLY, SECTION, FaultServer

for package in ("langchain_openai", "langchain_anthropic", "langchain_ollama"):
    pytest.importorskip(package)

ITEM = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"statements": {"type": "array", "items": ITEM}},
    "required": ["statements"],
    "additionalProperties": False,
}
RULES = Message("system", "Rules.", static=True)
ASK = Request((RULES, Message("user", "Q?")), max_tokens=77, schema=SCHEMA)
KEYS = {"OPENAI_API_KEY": "sk-one", "ANTHROPIC_API_KEY": "sk-two"}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as serving:
        yield serving


def open_model(server: FaultServer, spec: str, keys: Mapping[str, str] = KEYS, **more: object) -> LangchainModel:
    url = server.openai if spec.startswith("openai") else server.root
    return create_model(spec, url, keys, Limits(), **more)  # type: ignore[arg-type]


def run(model: LangchainModel, request: Request = ASK) -> tuple[str, Done]:
    *parts, done = model.stream(request, create_deadline())
    assert isinstance(done, Done)
    return "".join(part.text for part in parts if isinstance(part, Part)), done


@pytest.mark.parametrize("spec", ["openai:gpt-4o", "anthropic:claude-haiku-4-5", "ollama:llama3.1:8b"])
@pytest.mark.parametrize("streaming", [True, False], ids=["stream", "whole"])
def test_every_provider_answers(server: FaultServer, spec: str, streaming: bool) -> None:
    text, done = run(open_model(server, spec, streaming=streaming))
    assert (text, done.model, done.finish) == (REPLY, spec, "stop")
    assert done.usage.prompt_tokens == 100


def test_openai_is_sent_the_schema_the_bound_and_the_messages_in_order(server: FaultServer) -> None:
    _, done = run(open_model(server, "openai:some-model"))
    sent = server.requests[0]
    assert sent["path"] == "/v1/chat/completions"
    assert sent["headers"]["Authorization"] == "Bearer sk-one"
    assert sent["body"] == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "Rules."}, {"role": "user", "content": "Q?"}],
        "max_tokens": 77,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
        },
    }
    assert done.usage == Usage(100, 20, 64)


def test_anthropic_is_told_what_to_keep(server: FaultServer) -> None:
    _, done = run(open_model(server, "anthropic:claude-haiku-4-5"))
    sent = server.requests[0]
    assert (sent["path"], sent["headers"]["Authorization"]) == ("/v1/messages", "Bearer sk-two")
    body = sent["body"]
    assert body["system"] == [{"type": "text", "text": "Rules.", "cache_control": {"type": "ephemeral"}}]
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Q?"}]}]
    assert (body["max_tokens"], body["output_config"]["format"]["type"]) == (77, "json_schema")
    assert done.usage == Usage(100, 20, 64)


@pytest.mark.parametrize("streaming", [True, False], ids=["stream", "whole"])
def test_what_anthropic_keeps_from_now_on_is_counted(streaming: bool) -> None:
    with FaultServer(written=500) as server:
        _, done = run(open_model(server, "anthropic:claude-haiku-4-5", streaming=streaming))
    assert done.usage == Usage(600, 20 if streaming else 1, 64, 500)


def test_passages_that_every_question_shares_are_kept_by_anthropic(server: FaultServer) -> None:
    passages = Message("user", "All pages.", kept=True)
    request = Request((RULES, passages, Message("user", "Q?")), schema=SCHEMA)
    run(open_model(server, "anthropic:claude-haiku-4-5"), request)
    kept = {"type": "text", "text": "All pages.", "cache_control": {"type": "ephemeral"}}
    assert server.requests[0]["body"]["messages"] == [
        {"role": "user", "content": [kept, {"type": "text", "text": "Q?"}]}
    ]


@pytest.mark.parametrize("spec", ["openai:gpt-4o", "ollama:llama3.1:8b"])
def test_neighbours_of_one_role_are_one_message(server: FaultServer, spec: str) -> None:
    run(open_model(server, spec), Request((RULES, Message("user", "All pages."), Message("user", "Q?"))))
    sent = [(message["role"], message["content"]) for message in server.requests[0]["body"]["messages"]]
    assert sent == [("system", "Rules."), ("user", "All pages.\n\nQ?")]


def test_documents_are_kept_only_where_every_question_shares_them() -> None:
    with FaultServer(blocks=BLOCKS) as server:
        model = open_model(server, "anthropic:claude-haiku-4-5", cites=True)
        for shared in (True, False):
            run(model, Request((RULES, Message("user", "Q?")), sources=SOURCES, sources_kept=shared))
        sent = [request["body"]["messages"][0]["content"] for request in server.requests]
    assert [["cache_control" in block for block in content] for content in sent] == [[False, True, False], [False] * 3]


def test_a_citing_model_without_passages_is_sent_the_schema(server: FaultServer) -> None:
    """A follow-up to rewrite has no passages."""
    text, _ = run(open_model(server, "anthropic:claude-haiku-4-5", cites=True))
    assert text == REPLY
    assert "output_config" in server.requests[0]["body"]


def test_ollama_is_told_the_window_that_we_count_with(server: FaultServer) -> None:
    model = open_model(server, "ollama:llama3.1:8b", window=16_384)
    run(model)
    body = server.requests[0]["body"]
    assert body["options"] == {"num_ctx": 16_384, "num_predict": 77, "temperature": 0.0}
    assert (body["format"], model.window) == (SCHEMA, 16_384)


def test_a_server_that_refuses_a_schema_is_asked_without_from_then_on() -> None:
    with FaultServer(scripts={"old": ["400", "ok"]}) as server:
        model = open_model(server, "openai:old")
        assert run(model)[0] == REPLY
        assert run(model)[0] == REPLY
        assert ["response_format" in sent["body"] for sent in server.requests] == [True, False, False]


def test_a_refusal_that_has_nothing_to_do_with_the_schema_stays_one(server: FaultServer) -> None:
    model = open_model(server, "openai:400")
    for _ in range(2):
        with pytest.raises(ModelFailed) as failed:
            run(model)
        assert failed.value.kind == "bad-request"
    assert ["response_format" in sent["body"] for sent in server.requests] == [True, False, True, False]


PASSAGE = "An index above 0.2 raises an alert.\n\nAn index below 0.1 counts as stable."
SOURCES = (
    Source("drift#cut-offs", "Drift > Cut-offs", PASSAGE),
    Source("data/leakage#when", "Leakage", "Split by time."),
)


def location(document: int, quote: str) -> dict[str, object]:
    return {
        "type": "content_block_location",
        "cited_text": quote,
        "document_index": document,
        "document_title": None,
        "start_block_index": 0,
        "end_block_index": 1,
        "file_id": None,
    }


BLOCKS = [
    {"type": "text", "text": "There are two cut-offs:\n\n- According to the page, "},
    {"type": "text", "text": "an index above 0.2 raises an alert", "citations": [location(0, PASSAGE[:35] + "\n\n")]},
    {"type": "text", "text": ".\n- "},
    {"type": "text", "text": "Below 0.1 is stable.", "citations": [location(0, PASSAGE[37:])]},
    {"type": "text", "text": "\n\nNobody has said this. And "},
    {
        "type": "text",
        "text": "the rows are split by time.",
        "citations": [location(1, "Split by time."), location(9, "made up")],
    },
]


@pytest.mark.parametrize("streaming", [True, False], ids=["stream", "whole"])
def test_anthropics_own_citations_become_statements_with_section_and_quote(streaming: bool) -> None:
    with FaultServer(blocks=BLOCKS) as server:
        model = open_model(server, "anthropic:claude-haiku-4-5", streaming=streaming, cites=True)
        text, _ = run(model, Request((RULES, Message("user", "Q?")), sources=SOURCES))
        content = server.requests[0]["body"]["messages"][0]["content"]
    parser = Parser()
    assert parser.feed(text) + parser.finish() == [
        Claim(
            "According to the page, an index above 0.2 raises an alert",
            (Reference("drift#cut-offs", "An index above 0.2 raises an alert."),),
        ),
        Claim("Below 0.1 is stable.", (Reference("drift#cut-offs", "An index below 0.1 counts as stable."),)),
        Claim("Nobody has said this."),
        Claim("And the rows are split by time.", (Reference("data/leakage#when", "Split by time."),)),
    ]
    assert content[0] == {
        "type": "document",
        "source": {
            "type": "content",
            "content": [
                {"type": "text", "text": "An index above 0.2 raises an alert.\n\n"},
                {"type": "text", "text": "An index below 0.1 counts as stable."},
            ],
        },
        "title": "Drift > Cut-offs",
        "context": "drift#cut-offs",
        "citations": {"enabled": True},
    }
    assert content[-1] == {"type": "text", "text": "Q?"}


def test_statements_with_anthropics_citations_arrive_before_the_reply_is_over() -> None:
    with FaultServer(blocks=BLOCKS) as server:
        model = open_model(server, "anthropic:claude-haiku-4-5", cites=True)
        parts = [
            part
            for part in model.stream(Request((RULES, Message("user", "Q?")), sources=SOURCES), create_deadline())
            if isinstance(part, Part)
        ]
    assert [len(part.text.splitlines()) for part in parts] == [1, 1, 1, 1]


def test_a_citing_model_that_answers_in_json_is_taken_at_its_word(server: FaultServer) -> None:
    text, _ = run(
        open_model(server, "anthropic:m", cites=True), Request((RULES, Message("user", "Q?")), sources=SOURCES)
    )
    assert text == REPLY
    assert Parser().feed(text) == [Claim(QUOTE, (Reference(SECTION, QUOTE),))]


def test_sources_are_left_out_where_the_model_does_not_cite(server: FaultServer) -> None:
    model = open_model(server, "anthropic:m")
    run(model, Request((RULES, Message("user", "Q?")), schema=SCHEMA, sources=SOURCES))
    assert (model.cites, server.requests[0]["body"]["messages"][0]["content"]) == (
        False,
        [{"type": "text", "text": "Q?"}],
    )


@pytest.mark.parametrize(
    ("spec", "window"),
    [
        ("openai:gpt-4o", 128_000),
        ("anthropic:claude-haiku-4-5", 200_000),
        ("anthropic:claude-of-the-future", 200_000),
        ("openai:local-model", 8_192),
        ("ollama:llama3.1:8b", 8_192),
    ],
)
def test_windows_are_known_by_model_or_family_and_small_where_they_are_not(spec: str, window: int) -> None:
    assert create_model(spec, "http://127.0.0.1:9", KEYS).window == window


def test_a_server_on_this_machine_needs_no_key_and_another_does(server: FaultServer) -> None:
    assert run(open_model(server, "openai:m", keys={}))[0] == REPLY
    with pytest.raises(BadSetting) as refused:
        create_model("openai:m", "https://models.example.org/v1", {})
    assert str(refused.value) == (
        "The model openai:m needs a key, and OPENAI_API_KEY is not set. Set OPENAI_API_KEY, or ask without a model."
    )


@pytest.mark.parametrize("spec", ["openai:redirect", "anthropic:redirect", "ollama:redirect"])
def test_a_redirect_is_not_followed_with_question_and_key(server: FaultServer, spec: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        run(open_model(server, spec), Request((RULES, Message("user", "Q?"))))
    assert (failed.value.kind, len(server.requests)) == ("bad-request", 1)


@pytest.mark.parametrize("spec", ["gpt-4o", "openai:", "azure:gpt", ""])
def test_a_model_without_a_known_provider_is_refused(spec: str) -> None:
    with pytest.raises(BadSetting, match="openai, anthropic, ollama"):
        create_model(spec)


@pytest.mark.parametrize(
    ("address", "provider", "url"),
    [
        ("https://api.example.org/v1/", "openai", "https://api.example.org/v1"),
        ("localhost:8000/v1", "openai", "http://localhost:8000/v1"),
        ("0.0.0.0", "ollama", "http://0.0.0.0:11434"),
        ("gpu-box:5000", "ollama", "http://gpu-box:5000"),
    ],
)
def test_addresses_are_taken_as_people_write_them(address: str, provider: str, url: str) -> None:
    assert url_of(address, provider) == url


def test_another_scheme_is_refused() -> None:
    with pytest.raises(BadSetting, match="no web address"):
        url_of("file:///etc/passwd", "openai")


def test_a_missing_package_is_named_with_its_remedy() -> None:
    code = (
        "import sys; sys.modules['openai'] = None\n"
        "from mlplaybook.server.llm.open import create_model\n"
        "try: create_model('openai:m', 'http://127.0.0.1:9')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "BadSetting Models of openai need packages that are not installed (openai). Run: pip install 'mlplaybook[openai]'"
    )


def test_nothing_of_a_provider_is_imported_before_a_model_is_opened() -> None:
    names = ["langchain", "langchain_core", "openai", "anthropic", "ollama", "httpx", "httpx2", "langsmith"]
    code = (
        "import sys, mlplaybook.server.llm.open, mlplaybook.server.llm.chain, mlplaybook.server.llm.parse;"
        f"print(sorted(set(sys.modules) & {set(names)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert all(importlib.util.find_spec(name) for name in names)


def test_tracing_that_other_programs_set_up_does_not_see_the_question(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer() as spy:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", spy.root)
        monkeypatch.setenv("LANGSMITH_API_KEY", "key")
        run(open_model(server, "openai:m"))
        assert json.dumps(spy.requests) == "[]"
