# `make run` and `make test` are all you need; `make` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock
SHELL := /bin/sh

BIN := .venv/bin
# The locks pin every package by version and hash, whichever index it comes from.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PIP_COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

# The first Python that is new enough. It must start: version managers leave commands behind that do not.
NEW_VENV = rm -rf .venv; for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Installing into .venv with $$($$python --version); this takes a minute, once."; \
		$$python -m venv .venv && exit 0; \
		echo "This Python cannot create a virtual environment; on Debian and Ubuntu install python3-venv." >&2; exit 1; \
	fi; done; echo "Voice Studio needs Python 3.11 or newer." >&2; exit 1

# Tests and checks get a data folder of their own and none of the developer's settings, except the database. Byte code
# is kept even where the environment says otherwise: without it, each process of a test run compiles everything again.
ISOLATED = unset PYTHONDONTWRITEBYTECODE; data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; \
	for name in $$(env | sed -n 's/^\(VOICESTUDIO_[A-Z_]*\)=.*/\1/p' | grep -v '^VOICESTUDIO_DATABASE_URL$$'); do \
		unset $$name; done; \
	export VOICESTUDIO_DATA_DIR="$$data"

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

run: .venv/run.stamp ## install if needed, then serve with the built-in sandbox
	@VOICESTUDIO_SANDBOX=$${VOICESTUDIO_SANDBOX:-on} exec $(BIN)/python manage.py serve

test: lint ## lint, check types, run every test
	@$(ISOLATED); $(BIN)/python manage.py makemigrations --check --dry-run && $(BIN)/python -m pytest

lint: .venv/dev.stamp ## ruff, djlint, bandit and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/bandit --configfile pyproject.toml --severity-level medium --recursive --quiet voices voicestudio manage.py
	@$(ISOLATED); $(BIN)/mypy

bench: .venv/dev.stamp ## measure speed and memory against the limits
	@$(ISOLATED); $(BIN)/python -m tests.bench

lock: .venv/dev.stamp ## rewrite the locks from pyproject.toml
	$(PIP_COMPILE) --extra postgres --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --all-extras --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# A changed lock rebuilds .venv, so that nothing of the old one stays behind.
.venv/run.stamp: requirements.lock
	@$(NEW_VENV)
	@$(PIP) --requirement requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock requirements.lock
	@$(NEW_VENV)
	@$(PIP) --requirement requirements-dev.lock
	@touch .venv/run.stamp $@
