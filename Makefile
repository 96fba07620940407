# make run: set up and open the app · make test: set up and test · make check: everything before a commit
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
PARALLEL := -n auto --dist worksteal

ifeq ($(shell command -v $(PYTHON) 2>/dev/null),)
PYTHON := python3
endif

# Compiled modules are kept, whatever the environment says: each of the tests' processes would compile them anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run console test check format snapshots bench faults screenshots clean

run: $(READY)
	@$(BIN)/agor $(ARGS)

console: $(READY)
	@$(BIN)/textual console $(ARGS)

test: $(READY)
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: $(READY)
	@$(BIN)/ruff format --check --quiet . || { echo 'not formatted: run make format'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache | tail -n 3
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report="
	@echo "covered: $$($(BIN)/coverage report --format=total --fail-under=0) %"

format: $(READY)
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

snapshots: $(READY)
	@AGOR_TEST_WRITE_SNAPSHOTS=1 $(BIN)/python -m pytest $(PARALLEL) tests/tui/app/test_snapshots.py

bench: $(READY)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

faults: $(READY)
	@AGOR_FAULTS=long $(BIN)/python -m pytest tests/faults $(ARGS)

screenshots: $(READY)
	@$(BIN)/python -m screenshots $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info

# The environment: pinned versions, an editable install, compiled once so that every start is quick.
$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit("Agor needs Python 3.11 or newer.") if sys.version_info < (3, 11) else None'
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python -m compileall -q $(VENV)/lib agor_core agor_daemon agor_tui || true
	@touch $(READY)
