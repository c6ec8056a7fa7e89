# Everything that a person types. `make` alone lists it.
# Set-up: uv builds .venv from uv.lock; it is found, or installed into .tooling. Nothing is installed outside of this folder.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tooling/bin/uv)
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
PORT ?= 3000
# A file stays with one worker; the order is that of tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

export PYTHONDONTWRITEBYTECODE :=
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help setup nightly build backfill check ui query metrics explain review export rollback simulate dbt sample test test-quick test-marathon loyalty-oracle lint format docs bench bench-identity train-identity clean
.DEFAULT_GOAL := help

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(RUNTIME) ## install what a night needs (the other commands do it by themselves)

nightly: $(RUNTIME) ## land, stage, identify, build, audit, publish
	@$(BIN)/evermart nightly

build: $(RUNTIME) ## what comes after landing, from what has landed
	@$(BIN)/evermart build

backfill: $(RUNTIME) ## read a range of days again: make backfill FROM=2026-10-01 TO=2026-10-07
	@$(BIN)/evermart backfill $(FROM) $(TO)

check: $(RUNTIME) ## validate settings, mappings, files and connections; lands nothing
	@$(BIN)/evermart check

ui: $(RUNTIME) ## Dagster at http://127.0.0.1:3000 (PORT=...), for this machine only
	@$(BIN)/evermart ui --port $(PORT)

query: $(RUNTIME) ## ask the published snapshot: make query SQL="select ...", or a prompt without SQL
	@$(BIN)/evermart query $${SQL:+"$$SQL"}

metrics: $(RUNTIME) ## metrics by name: make metrics M=net_sales BY=order__channel LAST="12 months"; without M, the list
	@$(BIN)/evermart metrics $(if $(M),"$(M)") $(if $(BY),--by "$(BY)") $(if $(LAST),--last "$(LAST)") $(ARGS)

explain: $(RUNTIME) ## why two records are or are not one person: make explain A=webshop:eshop_account:17 B=c0123
	@$(BIN)/evermart explain "$(A)" "$(B)" $(if $(JSON),--json)

review: $(RUNTIME) ## pairs of records that a person should look at, most money at stake first (LIMIT=...)
	@$(BIN)/evermart review $(if $(LIMIT),--limit $(LIMIT))

export: $(RUNTIME) ## an audience as CSV with addresses, recorded: make export AUDIENCE=audience_second_purchase (TO=folder)
	@$(BIN)/evermart export "$(AUDIENCE)" $(if $(TO),--to "$(TO)")

rollback: $(RUNTIME) ## point BI at the snapshot before, or at TO=<release>
	@$(BIN)/evermart rollback $(if $(TO),--to $(TO))

simulate: $(RUNTIME) ## another loyalty programme over the same history: make simulate PROGRAMME=folder
	@$(BIN)/evermart simulate $(PROGRAMME) $(ARGS)

dbt: $(RUNTIME) ## dbt on the private warehouse: make dbt ARGS="test --select fct_order"
	@$(BIN)/evermart dbt $(ARGS)

sample: $(RUNTIME) ## make the sample retailer's files
	@$(BIN)/evermart sample

test: $(DEVELOPMENT) ## the test suite (ARGS=... are pytest's)
	@$(PYTEST) $(ARGS)

test-quick: $(DEVELOPMENT) ## the tests that take no longer than a few seconds each
	@$(PYTEST) -m "not slow and not marathon" $(ARGS)

test-marathon: $(DEVELOPMENT) ## the tests that take too long for every change, on examples drawn anew
	@$(PYTEST) -m marathon --hypothesis-profile=explore $(ARGS)

loyalty-oracle: $(DEVELOPMENT) ## points and tiers by the SQL and by a reference: make loyalty-oracle PROGRAMME=folder EVENTS=file
	@$(BIN)/python -m tests.loyalty.oracle --programme "$(PROGRAMME)" --events "$(EVENTS)" $(ARGS)

lint: $(DEVELOPMENT) ## ruff, mypy, sqlfluff, yamllint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/evermart run -- sqlfluff lint --processes 2 dbt_project

format: $(DEVELOPMENT) ## let ruff and sqlfluff put the layout right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/evermart run -- sqlfluff fix dbt_project

docs: $(RUNTIME) ## write the data dictionary and the landing contract's pages
	@$(BIN)/evermart run -- python -m dbt_project.document
	@$(BIN)/evermart run -- python -m ingestion.contract.document

train-identity: $(RUNTIME) ## fit the identity model to your own records (rarely; TO=file)
	@$(BIN)/evermart train-identity $(if $(TO),--to $(TO))

bench-identity: $(DEVELOPMENT) ## how right identity is: make bench-identity FILE=records.parquet (ARGS=--febrl ...)
	@$(BIN)/python -m benchmarks.identity $(FILE) $(ARGS)

bench: $(DEVELOPMENT) ## the benchmarks, as a table and as JSON
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove .venv, .tooling and caches; the data folder stays
	rm -rf $(VENV) .tooling .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +

# What a night needs first, so that the first night begins soon; --inexact keeps the development tools once they are there.
$(RUNTIME): pyproject.toml uv.lock | $(UV)
	@echo "Installing what a night needs into $(VENV) (once, and when uv.lock changes)"
	@$(UV) sync --quiet --frozen --no-dev --inexact --compile-bytecode --no-python-downloads
	@touch $@

$(DEVELOPMENT): $(RUNTIME) | $(UV)
	@echo "Installing the development tools into $(VENV) (once, and when uv.lock changes)"
	@$(UV) sync --quiet --frozen --compile-bytecode --no-python-downloads
	@touch $@

# Debian without python3-venv has pip at most, which may install into a folder of ours.
.tooling/bin/uv:
	@echo "Installing uv into .tooling"
	@$(PYTHON) -m venv .tooling >/dev/null 2>&1 && .tooling/bin/python -m pip install --quiet --disable-pip-version-check uv \
	  || $(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tooling uv \
	  || { rm -rf .tooling; echo "uv could not be installed: install it (https://docs.astral.sh/uv), or the package python3-venv"; exit 1; }
