# One line per target; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 6
STACK ?= current
SCENARIOS ?=
QUICK ?=
BASE ?=
HEAD ?=
ARGS ?=
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup conformance faults up down clients test test-load requirements bench bench-compare bench-embedded cluster cluster-delete lint types check constraints clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## make .venv with the pinned wheels (every other target does it when needed)
	@command -v $(PYTHON) >/dev/null || { echo "setup: $(PYTHON) not found; install Python 3.11 or newer, or name one: make setup PYTHON=..."; exit 1; }
	@$(PYTHON) scripts/setup.py

conformance: setup  ## the suites on the embedded platform, to a report (STACK=current|tutorial, WORKERS=6)
	@$(BIN)/pytest suites/ -n $(WORKERS) --stack $(STACK) $(ARGS)

faults: setup  ## prove that every seeded defect turns red the test that names it
	@$(BIN)/python scripts/faults.py $(ARGS)

requirements: setup  ## write suites/README.md: every promise, its test and its fault, and every known behaviour
	@$(BIN)/python scripts/requirements.py

up: setup  ## the embedded platform by itself, for kubectl and curl (STACK=current|tutorial); Ctrl-C stops it
	@$(BIN)/python -m kserve_conformance.embedded up --stack $(STACK) $(ARGS)

down: setup  ## stop every embedded platform of this user
	@$(BIN)/python -m kserve_conformance.embedded down

clients: setup  ## real clients against both stacks, and the README's table of what works
	@$(BIN)/python scripts/clients.py $(ARGS)

# The load generator against a server with known delays measures time: it needs a machine that is otherwise idle.
MEASURING := tests/load/test_golden.py

test: setup  ## the project's own tests, without those of `make clients` and `make test-load`
	@$(BIN)/pytest tests/ -n 4 --ignore $(MEASURING) --ignore tests/clients $(ARGS)

test-load: setup  ## the load generator's accuracy, on an idle machine
	@$(BIN)/pytest $(MEASURING) $(ARGS)

bench: setup  ## how fast it is (SCENARIOS="latency knee", QUICK=1, ARGS="--target cluster --context NAME", ARGS=--list)
	@$(BIN)/python scripts/bench.py $(if $(SCENARIOS),--scenario $(SCENARIOS)) $(if $(QUICK),--quick) $(ARGS)

bench-compare: setup  ## is one benchmark run worse than another? (BASE=run HEAD=run: ids, folders or bench.json files)
	@$(BIN)/python scripts/bench_compare.py $(BASE) $(HEAD) $(ARGS)

bench-embedded: setup  ## what the embedded platform itself costs, each figure with its bound (STACK=current|tutorial)
	@$(BIN)/python scripts/bench_embedded.py --stack $(STACK) $(ARGS)

cluster: setup  ## a Kind cluster with a pinned stack (STACK=tutorial|current; needs docker, kind, helm)
	@$(BIN)/python scripts/cluster.py create --stack $(STACK) $(ARGS)

cluster-delete: setup  ## delete that Kind cluster
	@$(BIN)/python scripts/cluster.py delete --stack $(STACK) $(ARGS)

lint: setup  ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup  ## mypy, strict, on the engine
	@$(BIN)/mypy

check: lint types test  ## lint, types and the project's own tests

constraints: setup  ## write constraints.txt from what is installed
	@{ echo "# Exact versions of everything 'make setup' installs. Made by: make constraints"; \
	  $(BIN)/pip freeze --exclude-editable; } > constraints.txt

clean:  ## remove the environment and all reports
	@rm -rf .venv build *.egg-info reports/runs
