# Each target prepares .venv by itself; only CPython 3.11 to 3.13, make and git are assumed.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

FITS := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,\
	$(shell $(name) -c '$(FITS)' >/dev/null 2>&1 && echo $(name))))
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development

.PHONY: help demo test check bench campaign clean

help: ## Print this list
	@echo "Qantara keeps an Odoo and the systems around it in agreement."
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

demo: $(RUNTIME) ## Two stand-in Odoos and two stores in step, live (ONCE=1: end after the story)
	@$(BIN)/qantara demo $(if $(ONCE),--once)

test: check ## Lint, types, imports and every test but the long proofs
	@$(BIN)/pytest -n 4

check: $(DEVELOPMENT) ## Lint, types and imports only
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(DEVELOPMENT) ## Measure against the budgets (long; PARTS=load for one part)
	@$(BIN)/python -m bench $(PARTS)

campaign: $(DEVELOPMENT) ## The long proofs
	@$(BIN)/pytest -n 3 --maxschedchunk 1 -m campaign

clean: ## Remove the environment, caches and builds
	@rm -rf .venv .*_cache .hypothesis .coverage build dist
	@find src tests $(wildcard bench) -name __pycache__ -prune -exec rm -rf {} +

$(RUNTIME): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Qantara needs CPython 3.11, 3.12 or 3.13 with its venv module." \
	"Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Preparing .venv with $$($(PYTHON) --version); this is done once."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --upgrade "pip>=25.1"
	@$(PIP) install --editable ".[postgresql,demo]"
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	@echo "Adding the tools for tests and checks."
	@$(PIP) install --group dev
	@touch $@
