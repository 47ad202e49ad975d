# Everything starts here: `make demo` shows it, `make test` proves it, `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
PYTEST ?=
BENCH ?=

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv-$(VERSION)
BIN := $(VENV)/bin
# Real servers, sockets and browsers meet real time, and a machine that its host stops for half a second
# has less of it than they expect. What failed beside others is run once more, alone; what fails then has failed.
AGAIN = $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(PYTEST)
# Images of containers often set this; then each of the hundreds of processes that tests start compiles Django anew.
unexport PYTHONDONTWRITEBYTECODE
# What runs beside others is said in one piece, where make can.
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync)

.PHONY: help setup demo cluster test ready quick chaos lint types js browser redis bench bench-servers bench-scaling bench-peers bench-page screenshots lock clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.demo ## start a server with real producers, on PORT (8000) or the next free one
	@exec $(BIN)/python -m dashboard_project.demo --host $(HOST) --port $(PORT) --parent $$PPID

cluster: $(VENV)/.cluster ## four server processes on one Valkey, with nginx in front where it is installed
	@exec $(BIN)/python -m dashboard_project.cluster --port $(PORT) --parent $$PPID

setup: $(VENV)/.dev browser redis ## install everything that development and the tests need
	@echo "Ready: $(BIN)/python. Next: make quick"

test: ## lint, types and every test but the long ones, on PYTHON (python3)
	@$(MAKE) -j2 $(SYNC) ready
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST) || $(AGAIN)

# One of these installs while another one computes; the system's package manager serves one at a time.
ready: lint types js
	@sh scripts/get_chromium.sh
	@sh scripts/get_firefox.sh
	@sh scripts/get_redis.sh

quick: $(VENV)/.dev ## the tests that need no browser and little time
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser and not chaos" --hypothesis-profile quick $(PYTEST) || $(AGAIN)

chaos: $(VENV)/.dev ## the long tests: processes that are killed, stopped and cut off, under load
	$(BIN)/python -m pytest -m chaos $(PYTEST)

lint: $(VENV)/.dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

js: ## types and tests of the page's modules, where there is node
	@sh scripts/check_js.sh

browser: ## Chromium, Firefox and fonts, where the system's package manager may
	@sh scripts/get_chromium.sh
	@sh scripts/get_firefox.sh

redis: ## Redis' server, where the system's package manager may
	@sh scripts/get_redis.sh

bench: $(VENV)/.bench bench-peers ## measure beside servers of its kind, and write docs/measurements/benchmarks.md
	@$(BIN)/python -m benchmarks $(BENCH)

bench-servers: $(VENV)/.bench ## measure under each ASGI server
	@$(BIN)/python -m benchmarks servers $(BENCH)

bench-scaling: $(VENV)/.bench ## draw cost against size into docs/measurements/
	@$(BIN)/python -m benchmarks scaling $(BENCH)

bench-peers:
	@sh scripts/get_peers.sh

bench-page: $(VENV)/.dev browser ## measure the page in Chromium, painting and loading, and write docs/measurements/page.md
	@$(BIN)/python -m benchmarks.page $(BENCH)

screenshots: $(VENV)/.dev browser ## take the pictures of README.md anew, of real producers (four minutes)
	@$(BIN)/python -m tests.browser.screenshots

lock: ## pin what pyproject.toml allows today
	sh scripts/lock.sh

clean: ## remove what was installed and built; what boards have kept stays
	rm -rf .venv-* node_modules benchmarks/node_modules build *.egg-info
	@if [ -d var ]; then echo "What boards have kept, accounts and tokens stay in var; to delete them too: rm -r var"; fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Stickyboard needs Python 3.11 or newer; $(PYTHON) is $(or $(VERSION),not there). Name another: make demo PYTHON=python3.13"; exit 1; }
	@test -w . || { echo "Stickyboard is installed into $(CURDIR), where this user may not write; copy it to a folder of your own"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be made; above stands why"; exit 1; }

$(VENV)/.demo: requirements/demo.lock | $(VENV)/bin/python
	@echo "Installing what the demo needs (half a minute, about 300 MB) …"
	@sh scripts/install.sh $(BIN)/python $<
	@touch $@

$(VENV)/.cluster: requirements/cluster.lock | $(VENV)/bin/python
	@echo "Installing what the cluster needs (half a minute, about 300 MB) …"
	@sh scripts/install.sh $(BIN)/python $<
	@touch $@

$(VENV)/.dev: requirements/dev.lock | $(VENV)/bin/python
	@echo "Installing what the tests need (a minute, about 700 MB) …"
	@sh scripts/install.sh $(BIN)/python $<
	@touch $@

$(VENV)/.bench: requirements/bench.lock | $(VENV)/bin/python
	@echo "Installing what the benchmarks need (a minute, about 800 MB) …"
	@sh scripts/install.sh $(BIN)/python $<
	@touch $@
