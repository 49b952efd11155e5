# `make` alone prints what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest
# What installs: a later start with nothing changed skips it.
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: help
help: ## Print this help
	@echo "Usage: make <target> [PORT=8000] [PYTHON=python3.11]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name text; do printf '  %-16s %s\n' "$$name" "$$text"; done

.PHONY: run
run: $(RUN_STAMP) ## Do all set-up and start everything with demo data; Ctrl-C stops it
	@STOP_WITH_PARENT=1 exec $(PY) -m scripts.run

.PHONY: setup
setup: $(DEV_STAMP) ## Make .venv and var/run.env, and start nothing
	@$(PY) -m scripts.run_env

.PHONY: test
test: $(DEV_STAMP) ## Do all set-up and run the tests on the embedded default (ARGS="tests/orders -x")
	@env -u TEST_DATABASE_URL $(PYTEST) $(ARGS)

.PHONY: test-postgres
test-postgres: $(DEV_STAMP) ## Run the tests on TEST_DATABASE_URL, or on a PostgreSQL from a wheel
	@$(PY) -m scripts.test_postgres $(ARGS)

.PHONY: check
check: $(DEV_STAMP) ## Run what CI runs: lint, types, layers, deploy check, migrations, all tests
	@$(PY) -m scripts.check

.PHONY: lint
lint: $(DEV_STAMP) ## Run ruff, mypy and the import contracts
	@$(PY) -m scripts.check --only lint

.PHONY: format
format: $(DEV_STAMP) ## Format the code and sort its imports
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format .

.PHONY: screenshots
screenshots: $(DEV_STAMP) ## Write every page state to build/screenshots (light, dark, mobile)
	@$(PY) -m tests.browser.screenshots

.PHONY: messages
messages: $(DEV_STAMP) ## Collect texts for translators into locale/ and compile them
	@$(PY) -m scripts.messages

.PHONY: requirements
requirements: ## Pin requirements*.in anew (needs uv)
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command "make requirements" requirements.in -o requirements.txt
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--custom-compile-command "make requirements" requirements-dev.in -o requirements-dev.txt

.PHONY: clean
clean: ## Remove .venv, caches and builds; data in var/ stays
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf var/static var/test var/coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.txt scripts/bootstrap.sh
	@scripts/bootstrap.sh requirements.txt
	@touch $@

$(DEV_STAMP): requirements.txt requirements-dev.txt scripts/bootstrap.sh
	@scripts/bootstrap.sh requirements.txt requirements-dev.txt
	@touch $(RUN_STAMP) $@
