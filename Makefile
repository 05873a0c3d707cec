PORT ?= 8000

export PATH := $(CURDIR)/.tools/bin:$(PATH)
export TURBO_TELEMETRY_DISABLED := 1
# The programs below belong to the virtual environment made by .ci/bootstrap.
VENV ?= .venv
export VENV
PYTHON := $(VENV)/bin/python
# The example's other pages need none of it.
FRONTEND := .ci/bootstrap frontend || echo "==> The example comes without its pages for React and Vue: see the line above."

.DEFAULT_GOAL := help
.PHONY: help demo stack test test-python test-ts test-e2e test-mariadb test-matrix lint format docs build bench chaos lock clean

help: ## Show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '  make %-12s %s\n' "$$target" "$$text"; done

demo: ## Serve the example from one process: SQLite, threads (PORT=8000)
	@.ci/bootstrap python
	@$(FRONTEND)
	@exec $(PYTHON) -m devstack serve --embedded --port $(PORT)

stack: ## Serve the example on PostgreSQL, Redis and a Celery worker (PORT=8000)
	@.ci/bootstrap python redis postgres
	@$(FRONTEND)
	@exec $(PYTHON) -m devstack serve --port $(PORT)

test: ## Run every test: Python, TypeScript, end-to-end
	@.ci/bootstrap
	@$(PYTHON) .ci/check.py ts python e2e

test-python: ## Run the Python tests, on SQLite and on PostgreSQL
	@.ci/bootstrap python redis postgres nginx
	@$(PYTHON) .ci/check.py python

test-ts: ## Run the TypeScript tests
	@.ci/bootstrap python node chromium
	@$(PYTHON) .ci/check.py ts

test-e2e: ## Run the end-to-end tests, in Chromium on the whole stack
	@.ci/bootstrap
	@$(PYTHON) .ci/check.py e2e

test-mariadb: ## Run the Python tests on MariaDB, if mariadb-server is installed
	@.ci/bootstrap python redis nginx
	@if $(PYTHON) -c 'from devstack.mariadb import find_mariadb; find_mariadb()' 2>/dev/null; \
	then exec $(PYTHON) .ci/check.py python-mariadb; \
	else echo "Skipped: MariaDB is missing. As root: apt-get install mariadb-server"; fi

test-matrix: ## Run the Python tests on the oldest and the newest supported Python and Django
	@.ci/matrix

lint: ## Run linters and type checkers
	@.ci/bootstrap python node
	@$(PYTHON) .ci/check.py lint

format: ## Format the code and mend what linters can mend
	@.ci/bootstrap python node
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .
	@pnpm format

docs: ## Build the documentation into docs/_build/html
	@.ci/bootstrap python
	@$(VENV)/bin/sphinx-build --fail-on-warning --builder html docs docs/_build/html

build: ## Build JavaScript, wheel, sdist and npm tarballs into dist/
	@.ci/bootstrap python node
	@.ci/build

bench: ## Run the benchmarks (BENCH_JSON=file writes the results as JSON too)
	@.ci/bench

chaos: ## Run tasks under random faults (TASKS=2000 SEEDS=1,2,3; BREAK=fencing, and it has to fail)
	@.ci/chaos

lock: ## Lock the newest versions of the Python packages
	@.ci/bootstrap python
	@.ci/lock

clean: ## Remove what was built and installed here
	rm -rf .tools .venv* node_modules packages/*/node_modules packages/*/dist e2e/node_modules e2e/test-results \
		e2e/playwright-report examples/*/node_modules examples/demo/static/frontend dist docs/_build .turbo packages/*/.turbo \
		.mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
