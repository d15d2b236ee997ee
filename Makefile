# `make demo` and `make test` need Python 3.11 or later, make and a package index; everything else is set up here.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= workspace
# uv does not read pip's configuration; people behind a mirror have theirs there.
INDEX = $(shell $(BIN)/pip config get global.index-url 2>/dev/null || $(BIN)/pip config get install.index-url 2>/dev/null)
UV = $(if $(INDEX),UV_DEFAULT_INDEX=$(INDEX),) $(BIN)/uv

.PHONY: help setup demo test test-all lint types docs bench bench-quality lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | column -t -s '|'

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found on the PATH"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

setup: $(READY) ## make the virtual environment from the lock

demo: $(READY) ## a sample workspace, run end to end (DEMO=folder)
	@$(BIN)/voc demo $(DEMO)

test: $(READY) ## all tests that a change must pass (under 15 minutes on 2 cores)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not heavy" -n 2 --dist loadfile

test-all: $(READY) ## also the long ones
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY) ## ruff, with what it can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## the type checker over all packages
	$(BIN)/mypy

docs: $(READY) ## the data dictionary, and the grains in warehouse/README.md
	$(BIN)/python -m warehouse.contracts
	$(BIN)/python -m tests.sql.test_analyst_questions

bench: $(READY) ## a table of speeds per step at 10k, 100k and 1M inquiries
	$(BIN)/python -m tests.benchmarks.spine

bench-quality: $(READY) ## how right feelings, topics, steps, rates and alerts are, from ../shared/data and simulations
	$(BIN)/python -m tests.benchmarks.language
	$(BIN)/python -m tests.benchmarks.learned
	$(BIN)/python -m tests.benchmarks.topics
	$(BIN)/python -m tests.benchmarks.journey
	$(BIN)/python -m tests.benchmarks.rates
	$(BIN)/python -m tests.benchmarks.alerts
	$(BIN)/python -m tests.benchmarks.snownlp

lock: $(READY) ## pin all dependencies anew; the lock names no host
	$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock

clean: ## remove the virtual environment and the sample workspace
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache
