# Every command by name; `make` alone lists them. Works with GNU make 3.81, which macOS has.

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

# Recipes run in the folder of this file, wherever make was started and whatever its name holds:
# make's own functions would split the name at a space.
quoted = '$(subst ','\'',$(1))'
HERE := $(shell dirname "$$(printf %s $(call quoted,$(MAKEFILE_LIST)) | sed 's/^ *//')")
IN_HERE := cd $(call quoted,$(HERE)) &&

# bootstrap.py itself looks for another Python if this one is too old or too new.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	command -v $$name && exit; done; echo python3)
BOOTSTRAP := $(IN_HERE) $(call quoted,$(PYTHON)) -I app/bootstrap.py
VENV_PYTHON := .venv/bin/python
# Two at a time, each file in one process; `make test ARGS="-n0 …"` runs them one after another.
PYTEST := exec env QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m pytest -n 2 --dist loadfile
# More words for the program behind a command, such as `make test ARGS="-k gguf"`.
ARGS ?=

.PHONY: help run setup test test-all check format bench bundle screenshots features clean
.DEFAULT_GOAL := help

help: ## list the commands
	@$(IN_HERE) sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: ## set up what is missing, then open the app (or answer what is piped in)
	@$(BOOTSTRAP) run && exec $(VENV_PYTHON) -m app $(ARGS)

setup: ## the set-up alone
	@$(BOOTSTRAP) setup

test: ## set up the test tools and run the tests
	@$(BOOTSTRAP) tests && $(PYTEST) -m "not slow and not large_model" $(ARGS)

test-all: ## the same with the slow ones
	@$(BOOTSTRAP) tests && $(PYTEST) -m "not large_model" $(ARGS)

check: ## format, lint, types, walls
	@$(BOOTSTRAP) tests && \
	$(VENV_PYTHON) -m ruff format --check --quiet . && \
	$(VENV_PYTHON) -m ruff check --quiet . && \
	$(VENV_PYTHON) -m mypy && \
	$(VENV_PYTHON) -c "from importlinter.cli import lint_imports_command as check; check()"

format: ## put the code into the house's format
	@$(BOOTSTRAP) tests && \
	$(VENV_PYTHON) -m ruff check --quiet --fix . ; \
	$(VENV_PYTHON) -m ruff format .

bench: ## measure speed and memory against the peers
	@$(BOOTSTRAP) tests && exec $(VENV_PYTHON) -m tests.benchmarks $(ARGS)

bundle: ## build dist/Shvayambhu.app (on a Mac)
	@if [ "$$(uname -s)" != Darwin ]; then \
		echo "make bundle needs a Mac: py2app packs only for the system it runs on." >&2; exit 1; \
	fi; \
	$(BOOTSTRAP) tests && exec $(VENV_PYTHON) -m resources.packaging.build $(ARGS)

screenshots: ## render every page into a folder (DIR=screenshots)
	@$(BOOTSTRAP) run && exec $(VENV_PYTHON) -m app screenshots "$${DIR:-screenshots}" $(ARGS)

features: ## write FEATURES.md from the tests that prove each feature
	@$(BOOTSTRAP) tests && exec $(VENV_PYTHON) -m tests.features

clean: ## remove what was built, but not the environment
	@$(IN_HERE) rm -rf build dist screenshots .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .setup/wheels && \
	find app engine ui tests resources -name __pycache__ -type d -prune -exec rm -rf {} +
