# Needs only GNU make 3.81 or newer and Python 3.11 or newer.
PYTHON ?= $(shell command -v python3 || command -v python || echo python3)
SETUP = "$(PYTHON)" -m launcher.setup
BIN = .venv/bin
SHARED := -n 6 --dist loadfile --no-loadscope-reorder --durations 20
PIP_AUDIT = --strict --disable-pip --require-hashes --progress-spinner=off --cache-dir .holdfast/cache/pip-audit
ON_A_CLUSTER = $(addprefix tests/contract/test_,$(addsuffix .py,seed_contract stream turns sessions replacing waiting user_limits))

# Else each of the suite's processes compiles anew what it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-programs page-test test-cluster test-browsers test-accessibility test-clients test-tools chaos fuzz bench bench-curves bench-scale page-speed screenshots lint format lock clean siege web-latency
.PHONY: containers audit one unit coverage types icons movie reading manifests docs-test

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## install all packages into this folder, and build the page
	@$(SETUP) run && echo "Everything is installed: make run starts Holdfast."

run: ## start Holdfast on this machine: http://127.0.0.1:8000 (Ctrl-C stops it)
	@$(SETUP) start && exec $(BIN)/python -m launcher

test: ## run all checks and all tests, with those in the browser
	@$(SETUP) dev
	@$(MAKE) --no-print-directory -j 3 lint page-test test-programs
	@$(SETUP) browser $(BIN)/python -m pytest $(SHARED) $(PYTEST)
	@$(if $(PYTEST),,HOLDFAST_TEST_STORE=cluster $(BIN)/python -m pytest $(SHARED) -n 2 $(ON_A_CLUSTER))

test-programs: ## install what only the tests need besides packages: a browser and zsh, as root on Debian
	@$(SETUP) shells
	@$(SETUP) browser true

page-test: ## run the tests of the page that need no browser
	@$(SETUP) npm test

unit: ## run the tests of tests/unit, in less than a minute
	@$(SETUP) dev
	@$(BIN)/python -m pytest $(SHARED) tests/unit $(PYTEST)

one: ## run the tests that T selects by path or pattern: make one T=tests/unit/test_rates.py, or T="-k rates"
	@$(if $(T),,$(error Select tests with T: make one T=tests/unit/test_rates.py, or T="-k rates"))
	@$(SETUP) dev
	@$(if $(findstring tests/e2e,$(T)),$(SETUP) browser) $(BIN)/python -m pytest $(T)

docs-test: ## run every code block of the documents as printed, for some minutes, and print a table
	@$(SETUP) shells
	@$(SETUP) browser $(BIN)/python -m tests.documents $(DOCS)

coverage: ## run all Python tests under coverage.py, and print which lines of the product they do not reach
	@$(SETUP) dev
	@rm -rf .holdfast/coverage
	@$(SETUP) browser $(BIN)/python -m coverage run -m pytest $(SHARED) $(PYTEST)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

test-clients: ## run real clients of the AI SDK, AG-UI and OpenAI in Chromium and Node, some of whose servers are killed
	@$(SETUP) dev
	@$(SETUP) npm ci --prefix ../tests/clients --no-audit --no-fund
	@$(SETUP) browser $(BIN)/python -m pytest $(SHARED) tests/clients/slow_*.py

test-tools: ## call tools of the reference MCP server, which is installed from its registry
	@$(SETUP) dev
	@$(SETUP) npm ci --prefix ../tests/tools --no-audit --no-fund
	@$(BIN)/python -m pytest tests/tools/slow_*.py

test-cluster: ## run the tests of the HTTP contract with a Cluster as the store
	@$(SETUP) dev
	@HOLDFAST_TEST_STORE=cluster $(BIN)/python -m pytest $(SHARED) tests/contract

test-browsers: ## run the resilience cases of the page in Firefox and WebKit, for some minutes
	@$(SETUP) browsers
	@$(BIN)/python -m pytest --timeout 900 tests/browsers/slow_*.py $(PYTEST)

test-accessibility: ## check every state of the page with axe, at all widths, in both languages and themes
	@$(SETUP) dev
	@$(SETUP) browser $(BIN)/python -m pytest tests/e2e/slow_accessible.py $(PYTEST)

screenshots: ## take a picture of every state of the page, into .holdfast/screenshots
	@$(SETUP) dev
	@$(SETUP) browser $(BIN)/python -m tests.e2e.screenshots $(SHOTS)

reading: ## write down what a screen reader has of a reply over time, into .holdfast/reading.txt
	@$(SETUP) dev
	@$(SETUP) browser $(BIN)/python -m tests.e2e.reading

movie: ## film how a reply goes on after its worker was killed, into docs/images
	@$(SETUP) dev
	@$(SETUP) browser $(BIN)/python -m tests.e2e.movie

icons: ## draw the icons of the page from web/public/favicon.svg
	@$(SETUP) dev
	@$(SETUP) browser $(BIN)/python -m tests.e2e.icons

types: ## generate web/src/api/types.ts from the API's schemas
	@$(SETUP) types
	@$(BIN)/python -m api.print_schemas | $(SETUP) npm run --silent types

lint: ## check style, types, the imports between packages, words, and the files that documents name
	@$(SETUP) dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/unit/test_documents.py tests/unit/test_words.py
	@$(BIN)/python -m api.print_schemas | $(SETUP) npm run --silent types -- --check \
		|| { echo "web/src/api/types.ts differs from the API's schemas: run make types"; exit 1; }
	@$(SETUP) npm run check

chaos: ## kill, freeze and disconnect real processes for about ten minutes, and check every turn
	@$(SETUP) plots
	@$(BIN)/python -m tests.chaos $(CHAOS)

bench: ## compare Holdfast with its peers for about twenty minutes: tables, JSON and plots
	@$(SETUP) plots
	@$(BIN)/python -m bench $(BENCH)

bench-curves: ## measure how the costs of scripts and routes grow, for about two minutes
	@$(SETUP) plots
	@$(BIN)/python -m bench.curves $(BENCH)

bench-scale: ## predict by simulation what large fleets need (docs/scale.md); BENCH=measure measures anew
	@$(SETUP) dev
	@$(BIN)/python -m bench.scale $(BENCH)

fuzz: ## send thousands of requests generated from the OpenAPI document, and check all answers
	@$(SETUP) dev
	@$(BIN)/python -m tests.fuzz $(FUZZ)

page-speed: ## measure the page's loading and rendering in a real browser
	@$(SETUP) dev
	@$(SETUP) browser $(BIN)/python -m tests.e2e.performance

siege: ## open 10,000 slow and idle connections to the web tier and an API, and measure other visitors' requests
	@$(SETUP) dev
	@$(BIN)/python -m tests.load $(SIEGE)

web-latency: ## measure the latency that the web tier adds to each token
	@$(SETUP) dev
	@$(BIN)/python -m tests.load.latency

containers: ## build the images; scale, kill and restart the containers of docker-compose.yml under load
	@$(SETUP) dev
	@$(BIN)/python -m tests.containers $(CONTAINERS)

manifests: ## render the Kubernetes manifests; check them against schemas, policies and a simulated day of load
	@$(SETUP) manifests
	@$(BIN)/python -m tests.manifests

audit: ## ask PyPI and npm for known vulnerabilities of all locked packages
	@$(SETUP) audit
	@$(BIN)/python -m pip_audit $(PIP_AUDIT) $(addprefix -r ,$(wildcard requirements/*.lock)); \
		found=$$?; $(SETUP) npm audit && exit $$found

format: ## format the code
	@$(SETUP) dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(SETUP) npm run format

lock: ## renew requirements/*.lock from pyproject.toml
	@$(SETUP) lock

clean: ## remove everything that make installed and built; keeps conversations
	rm -rf .venv web/node_modules web/dist .holdfast/cache .holdfast/coverage .holdfast/stamps .holdfast/logs
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
