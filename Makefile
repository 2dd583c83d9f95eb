# `make up` starts everything, `make test` tests everything. Each first installs what it needs into .venv.
.DEFAULT_GOAL := help
.PHONY: help up down doctor test test-containers proof bench lint types arch fmt schemas lock sbom clean
BIN := .venv/bin
MEMBERS := contracts regulations kit casefile client stack cli $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml))
ARGS ?=
PROCESSES ?= 2
COMPILE = $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

up: .venv/installed ## start everything, and show where it listens
	@$(BIN)/neove up

down: ## stop everything; the data stays in .neove
	@if [ -x $(BIN)/neove ]; then $(BIN)/neove down; else echo "Nothing was running."; fi

doctor: .venv/installed ## show which parts are healthy
	@$(BIN)/neove doctor

test: .venv/installed ## run all tests, on servers of their own; ARGS="-k word" chooses
	@PYTHONHASHSEED=0 $(BIN)/pytest -n $(PROCESSES) --dist loadscope --no-loadscope-reorder $(ARGS)

test-containers: .venv/installed ## run some tests again, with NATS and Temporal in containers (needs a Docker daemon)
	@$(BIN)/python -m tests.containers.run $(ARGS)

proof: .venv/installed ## show at full size what must hold; writes docs/proof.md
	@$(BIN)/python -m tests.proof $(ARGS)

bench: .venv/installed ## measure against the budgets; writes docs/performance.md
	@$(BIN)/python -m tests.bench.run $(ARGS)

lint: .venv/installed ## check the style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/installed ## check the types
	@$(BIN)/pyright

arch: .venv/installed ## check which package imports which
	@$(BIN)/lint-imports --cache-dir .cache/import-linter

fmt: .venv/installed ## correct the style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schemas: .venv/installed ## write contracts/schemas, docs/problems.md and docs/rights.md again
	@$(BIN)/python -P -m contracts.schemas
	@$(BIN)/python -m tests.contract.problems_page
	@$(BIN)/python -m tests.contract.rights_page
	@mkdir -p contracts/schemas/openapi contracts/schemas/asyncapi
	@for service in $(notdir $(filter services/%,$(MEMBERS))); do \
	  for kind in openapi asyncapi; do \
	    $(BIN)/python -P -m $$service $$kind > contracts/schemas/$$kind/$$service.json || exit 1; \
	  done; \
	done

lock: .venv/installed ## write requirements.lock again, from the dependencies of the members; and the one of the bench's peers
	@$(COMPILE) \
	  $(foreach member,$(MEMBERS),--no-emit-package neove-$(notdir $(member))) \
	  $(MEMBERS:%=%/pyproject.toml) pyproject.toml --group dev -o requirements.lock
	@$(COMPILE) tests/bench/peers/requirements.in -o tests/bench/peers/requirements.lock

sbom: .venv/installed ## write the SBOM of the lock to .cache/sbom.cdx.json, and docs/licences.md again
	@$(BIN)/python -m tests.contract.sbom $(ARGS)

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
	@$(BIN)/python -m compileall -q $(MEMBERS) # so that no process compiles the same code at its start
	@touch .venv/installed
