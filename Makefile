# Everything a person or CI does here. Each target makes what it needs; nothing is installed by hand.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help demo test lint fix bench torture generate requirements clean

PYTHON ?= $(shell tools/find_python.sh)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The order of tests is shuffled, the same way for everybody; SEED=last or another number shuffles anew.
SEED ?= 20261125

help:          ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements/dev.txt pyproject.toml tools/find_python.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(STAMP) ## Tell the walk-through on a throw-away server
	tools/install_functions.sh
	$(BIN)/lodekey demo

test: $(STAMP) ## The whole default suite
	tools/install_services.sh
	$(BIN)/python -m pytest -m "not torture" -n 2 --dist loadfile --randomly-seed=$(SEED) $(ARGS)

lint: $(STAMP) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)  ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## Measure; writes docs/benchmarks.md
	$(BIN)/python bench/run.py $(ARGS)

torture: $(STAMP) ## The long runs
	tools/install_services.sh
	$(BIN)/python -m pytest -m torture $(ARGS)

generate: $(STAMP) ## Write the generated files anew from the service models
	$(BIN)/python tools/generate_models.py
	$(BIN)/python tools/generate_shapes.py
	$(BIN)/python tools/generate_lint_reference.py
	$(BIN)/python tools/generate_cli_reference.py
	$(BIN)/python tools/generate_reference.py

requirements:  ## Pin the dependencies anew, with hashes
	tools/pin_requirements.sh

clean:         ## Forget what was installed and cached here
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache
