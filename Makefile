# `make demo` crawls the made-up news site of demo/ and serves the archive; `make test` checks everything.
# Both make their own environment first. Needs git, make and python3 >= 3.11 with venv.

PYTHON ?= python3
SERVE ?= 1
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint types tests docs clean

help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/.ready  ## crawl the demo site and serve the archive (SERVE=0: crawl only)
	@$(BIN)/python -m demo $(if $(filter 0,$(SERVE)),--no-serve)

test: lint types tests  ## lint, types, tests

lint: $(VENV)/.ready  ## ruff
	$(BIN)/ruff check .

types: $(VENV)/.ready  ## mypy, strict
	$(BIN)/mypy

tests: $(VENV)/.ready  ## pytest
	$(BIN)/python -m pytest

docs: $(VENV)/.ready  ## make docs/schema.md and docs/commands.md anew
	$(BIN)/python -m newsarchive.reference

clean:           ## forget the environment and the demo's archive
	rm -rf $(VENV) archive.db archive.db-wal archive.db-shm frontier.db frontier.db-wal frontier.db-shm archive.lock warc

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "newsarchive needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "$(PYTHON) cannot make a virtual environment. On Debian: apt install python3-venv"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
