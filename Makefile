# `make demo` runs the dashboard, `make test` runs the tests, `make help` lists all targets.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
PYTEST ?=
# About half of the time a test waits for a browser or a server, so each core has two of these processes.
WORKERS ?= 4
BENCH ?=

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv-$(VERSION)
BIN := $(VENV)/bin
LIBRARIES := .venv-integrations
# Container images often set this variable. Each of the hundreds of processes that the tests start would then compile Django again.
unexport PYTHONDONTWRITEBYTECODE
# Print the output of parallel targets in one piece each, where make supports it.
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync)

.PHONY: help setup demo cluster test ready quick chaos integrations lint types js browser redis bench bench-servers bench-scaling bench-peers bench-page screenshots widget-pictures lock sbom clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.demo ## start a server with demo producers, on PORT (8000) or the next free port
	@exec $(BIN)/python -m dashboard_project.demo --host $(HOST) --port $(PORT) --parent $$PPID

cluster: $(VENV)/.cluster ## start four server processes on one Valkey, behind nginx if it is installed
	@exec $(BIN)/python -m dashboard_project.cluster --port $(PORT) --parent $$PPID

setup: $(VENV)/.dev browser redis ## install everything that development and the tests need
	@[ node_modules/.package-lock.json -nt package-lock.json ] || ! command -v npm >/dev/null || npm ci --silent --no-audit --no-fund
	@echo "Ready: $(BIN)/python. Next: make quick"

test: ## run the linters, type checks and all tests except the chaos tests, on PYTHON (python3)
	@$(MAKE) -j2 $(SYNC) ready
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST)

# The installations run one after the other, because the system's package manager allows only one at a time.
ready: lint types js
	@sh scripts/get_chromium.sh
	@sh scripts/get_firefox.sh
	@sh scripts/get_redis.sh
	@sh scripts/get_postgres.sh

quick: $(VENV)/.dev ## run the fast tests that need no browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not browser and not chaos" --hypothesis-profile quick $(PYTEST)

chaos: $(VENV)/.dev ## run the tests that kill, stop and disconnect processes under load (takes minutes)
	$(BIN)/python -m pytest -m "chaos or hypothesis" --hypothesis-profile random $(PYTEST)

integrations: $(LIBRARIES)/.installed ## test the hooks for training libraries with the real ones (installs about 2 GB)
	$(LIBRARIES)/bin/python -m pytest -c tests/integrations/pytest.ini tests/integrations $(PYTEST)

lint: $(VENV)/.dev ## run ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## run mypy in strict mode
	$(BIN)/mypy

js: ## check the types of the page's JavaScript modules and run their tests, if node is installed
	@sh scripts/check_js.sh

browser: ## install Chromium, Firefox and fonts, if the package manager needs no password
	@sh scripts/get_chromium.sh
	@sh scripts/get_firefox.sh

redis: ## install redis-server, if the package manager needs no password
	@sh scripts/get_redis.sh

bench: $(VENV)/.bench bench-peers ## compare with similar servers and write docs/measurements/benchmarks.md
	@$(BIN)/python -m benchmarks $(BENCH)

bench-servers: $(VENV)/.bench ## measure each ASGI server
	@$(BIN)/python -m benchmarks servers $(BENCH)

bench-scaling: $(VENV)/.bench ## plot cost against size into docs/measurements/
	@$(BIN)/python -m benchmarks scaling $(BENCH)

bench-peers:
	@sh scripts/get_peers.sh

bench-page: $(VENV)/.dev browser ## measure painting and loading of the page in Chromium and write docs/measurements/page.md
	@$(BIN)/python -m benchmarks.page $(BENCH)

screenshots: $(VENV)/.dev browser ## take the README's screenshots again, with demo producers (takes four minutes)
	@$(BIN)/python -m tests.support.screenshots

widget-pictures: $(VENV)/.dev browser ## take the pictures of the widgets again, from the gallery
	@$(BIN)/python -m tests.support.widget_pictures

lock: ## pin the newest versions that pyproject.toml allows
	sh scripts/lock.sh

sbom: $(VENV)/.dev ## write a bill of materials (CycloneDX) for each lock file into build/sbom/
	@sh scripts/sbom.sh $(BIN)/python build/sbom
	@echo "build/sbom/ has one CycloneDX document for each file in requirements/"

clean: ## remove everything that was installed or built; stored data remains
	rm -rf .venv-* node_modules benchmarks/node_modules build *.egg-info
	@if [ -d var ]; then echo "The stored state, accounts and tokens remain in var. To delete them: rm -r var"; fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Stickyboard needs Python 3.11 or newer; $(PYTHON) is $(or $(VERSION),missing). Name another one: make demo PYTHON=python3.13"; exit 1; }
	@test -w . || { echo "This user cannot write to $(CURDIR), into which Stickyboard is installed; copy it to a folder of your own"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python's venv module is missing; install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	@echo "Creating a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be created; the reason is above"; exit 1; }

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

# With pip rather than uv, because only pip is likely to be configured for builds of torch for CPUs.
$(LIBRARIES)/.installed: requirements/integrations.txt | $(VENV)/bin/python
	@echo "Installing training libraries into $(LIBRARIES) (some minutes, about 2 GB) …"
	@$(PYTHON) -m venv $(LIBRARIES)
	@$(LIBRARIES)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
