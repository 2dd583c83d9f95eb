# Two commands: `make up` and `make test`. Each sets up what it needs by itself, in .venv.
.DEFAULT_GOAL := help
.PHONY: help up down doctor test test-containers proof bench lint types arch fmt schemas lock clean
BIN := .venv/bin
MEMBERS := contracts regulations kit casefile client stack cli $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml))
ARGS ?=

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

up: .venv/installed ## start everything, and show where it runs
	@$(BIN)/neove up

down: ## stop everything; the data stays in .neove
	@if [ -x $(BIN)/neove ]; then $(BIN)/neove down; else echo "Nothing was running."; fi

doctor: .venv/installed ## say which part is healthy
	@$(BIN)/neove doctor

test: .venv/installed ## all tests, on servers of their own; ARGS="-k word" chooses
	@$(BIN)/pytest $(ARGS)

test-containers: .venv/installed ## some tests again, with NATS and Temporal in containers (needs a Docker daemon)
	@$(BIN)/python -m tests.containers.run $(ARGS)

proof: .venv/installed ## what must hold, at full size; writes docs/proof.md
	@$(BIN)/python -m tests.proof $(ARGS)

bench: .venv/installed ## measure against the budgets; writes docs/performance.md
	@$(BIN)/python -m tests.bench.run $(ARGS)

lint: .venv/installed ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/installed ## types
	@$(BIN)/pyright

arch: .venv/installed ## who may import whom
	@$(BIN)/lint-imports --cache-dir .cache/import-linter

fmt: .venv/installed ## put style right
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schemas: .venv/installed ## write the schemas and documents of contracts/schemas anew
	@$(BIN)/python -P -m contracts.schemas
	@$(BIN)/python -P -m neove.tools.problems_page
	@mkdir -p contracts/schemas/openapi contracts/schemas/asyncapi
	@for service in $(notdir $(filter services/%,$(MEMBERS))); do \
	  for kind in openapi asyncapi; do \
	    $(BIN)/python -P -m $$service $$kind > contracts/schemas/$$kind/$$service.json || exit 1; \
	  done; \
	done

lock: .venv/installed ## write requirements.lock anew from the members' dependencies
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q \
	  $(foreach member,$(MEMBERS),--no-emit-package neove-$(notdir $(member))) \
	  $(MEMBERS:%=%/pyproject.toml) pyproject.toml --group dev -o requirements.lock

clean: ## stop everything and delete the state: databases, streams, keys, logs
	@if [ -x $(BIN)/neove ]; then $(BIN)/neove clean; fi
	@rm -rf .cache .ruff_cache .hypothesis

.venv/installed: requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "make: Python 3.11 or newer is needed; name one with PYTHON=…" >&2; exit 1; fi; \
	if [ ! -x $(BIN)/python ]; then \
	  $$found -m venv .venv >/dev/null || { rm -rf .venv; echo "make: $$found cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }; \
	fi
	@echo "Installing what requirements.lock names into .venv …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --no-cache --python $(BIN)/python --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch .venv/installed
