"""What spans and their attributes are called. Only names that stand here leave the process.

The `gen_ai.*` names follow OpenTelemetry's GenAI conventions of 2026 (github.com/open-telemetry/semantic-conventions-genai),
which are still "Development": when they change, this file changes. Ours begin with `mlplaybook.`.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
MAX_TOKENS = "gen_ai.request.max_tokens"
STREAMED = "gen_ai.request.stream"
TIME_TO_FIRST = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
WRITTEN_TOKENS = "gen_ai.usage.cache_creation.input_tokens"
WORKFLOW = "gen_ai.workflow.name"
PROMPT = "gen_ai.prompt.name"
PROMPT_VERSION = "gen_ai.prompt.version"
SOURCE = "gen_ai.data_source.id"
TOP_K = "gen_ai.retrieval.top_k"
ERROR = "error.type"

MODE = "mlplaybook.mode"
STATUS = "mlplaybook.status"
CONFIDENCE = "mlplaybook.confidence"
GENERATION = "mlplaybook.generation"
DEGRADED = "mlplaybook.degraded"
HITS = "mlplaybook.hits"
STATEMENTS = "mlplaybook.statements"
REMOVED = "mlplaybook.removed"
CARRIED = "mlplaybook.carried"
ATTEMPT = "mlplaybook.attempt"
CACHE_KIND = "mlplaybook.cache.kind"
CACHE_HIT = "mlplaybook.cache.hit"
COST_USD = "mlplaybook.cost_usd"

# What people wrote or read: only with MLPLAYBOOK_OTEL_TEXT=true.
QUERY = "gen_ai.retrieval.query.text"
QUESTION = "mlplaybook.question"
ANSWER = "mlplaybook.answer"

TEXT = frozenset({QUERY, QUESTION, ANSWER})
KNOWN = TEXT | frozenset(
    {
        *(OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, MAX_TOKENS, STREAMED, TIME_TO_FIRST),
        *(INPUT_TOKENS, OUTPUT_TOKENS, CACHED_TOKENS, WRITTEN_TOKENS, TOP_K, ERROR),
        *(WORKFLOW, PROMPT, PROMPT_VERSION, SOURCE),
        *(MODE, STATUS, CONFIDENCE, GENERATION, DEGRADED, HITS, STATEMENTS, REMOVED, CARRIED, ATTEMPT),
        *(CACHE_KIND, CACHE_HIT, COST_USD),
    }
)

# Values of `gen_ai.operation.name`.
CHAT = "chat"
RETRIEVAL = "retrieval"
INVOKE_WORKFLOW = "invoke_workflow"

# Spans; those of the conventions are an operation and what it works on.
REQUEST = "mlplaybook.request"
ASK = f"{INVOKE_WORKFLOW} ask"
CONDENSE = "mlplaybook.condense"
CACHE = "mlplaybook.cache"
COMPOSE = "mlplaybook.compose"
VERIFY = "mlplaybook.verify"
STAGE = "mlplaybook.stage"
