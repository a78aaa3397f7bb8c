# `make run` and `make test` are all one needs; `make` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock
SHELL := /bin/sh

BIN := .venv/bin
# pip as it comes with Python; the locks pin every package with its hashes, whatever the index.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PIP_COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

# The first Python that is new enough. Run, not only found: version managers leave names that do not start.
NEW_VENV = rm -rf .venv; for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Installing into .venv with $$($$python --version); this takes a minute, once."; \
		$$python -m venv .venv && exit 0; \
		echo "This Python cannot make a virtual environment; on Debian and Ubuntu install python3-venv." >&2; exit 1; \
	fi; done; echo "Voice Studio needs Python 3.11 or newer." >&2; exit 1

# Tests and checks see a data folder of their own and none of a developer's settings but the database.
ISOLATED = data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; \
	for name in $$(env | sed -n 's/^\(VOICESTUDIO_[A-Z_]*\)=.*/\1/p' | grep -v '^VOICESTUDIO_DATABASE_URL$$'); do \
		unset $$name; done; \
	export VOICESTUDIO_DATA_DIR="$$data"

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

run: .venv/run.stamp ## install if needed, then serve with the built-in sandbox
	@VOICESTUDIO_SANDBOX=$${VOICESTUDIO_SANDBOX:-on} exec $(BIN)/python manage.py serve

test: lint ## lint, types, then every test
	@$(ISOLATED); $(BIN)/python manage.py makemigrations --check --dry-run && $(BIN)/python -m pytest

lint: .venv/dev.stamp ## ruff, djlint and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --lint --quiet templates
	@$(ISOLATED); $(BIN)/mypy

bench: .venv/dev.stamp ## measure speed and memory against their bounds
	@$(ISOLATED); $(BIN)/python -m tests.bench

lock: .venv/dev.stamp ## write the locks anew from pyproject.toml
	$(PIP_COMPILE) --extra postgres --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --all-extras --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# A changed lock makes .venv anew, so that nothing of the old one stays behind.
.venv/run.stamp: requirements.lock
	@$(NEW_VENV)
	@$(PIP) --requirement requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock requirements.lock
	@$(NEW_VENV)
	@$(PIP) --requirement requirements-dev.lock
	@touch .venv/run.stamp $@
