# `make run` serves the app, `make test` tests it; each sets up all it needs first, and is quick when nothing changed.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python deploy/install.py --constraint constraints.txt
FOLDERS := app.py pages lib tests deploy docs

.PHONY: run setup test test-slow test-all test-cluster coverage check docs screenshots fuzz bench biology bench-gpu format clean

run: $(VENV)/installed
	$(BIN)/motiflens serve --port $(PORT)

setup: $(VENV)/installed-dev

# Tests without those marked slow; those; or both. Each file stays in one process, which makes its fixtures once; they
# wait for pages and workers so much that three of them keep two cores busy.
TESTS := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile
test: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.chromium --install
	$(TESTS) -m 'not slow and not cluster' $(ARGS)

test-slow: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.chromium --install
	$(TESTS) -m 'slow and not cluster' $(ARGS)

test-all: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.chromium --install
	$(TESTS) $(ARGS)

# A real Ray cluster and a real PostgreSQL on this machine; what cannot be had is said, and its tests are skipped.
test-cluster: $(VENV)/installed-cluster
	$(BIN)/python -m tests.cluster.postgres --install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/cluster -m cluster $(ARGS)

# Lines and branches of lib that the tests run, in the processes that they start too.
coverage: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.chromium --install
	$(BIN)/coverage erase
	OMP_NUM_THREADS=1 $(BIN)/coverage run -m pytest -n 3 --dist loadfile $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check $(FOLDERS)
	$(BIN)/ruff check $(FOLDERS)
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_architecture.py

# The documentation site, docs/_build/html/index.html; any warning is an error.
docs: $(VENV)/installed-dev
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -j 2 docs docs/_build/html

# The pictures of the tour, from the running app; ARGS="--home FOLDER" keeps the workspace for a second call.
screenshots: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.chromium --install
	$(BIN)/python -m docs.screenshots $(ARGS)

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.browser.chromium --install
	$(BIN)/python -m tests.bench $(ARGS)

# Damaged files of all formats: each is read or refused in a sentence. N files, drawn by SEED; those with a fault go to
# the folder KEEP, where one is named.
N ?= 2000
SEED ?= 0
fuzz: $(VENV)/installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz $(N) $(SEED) $(KEEP)

# Whether a cnn uses the published signals of UTR-Seq; writes docs/measurements/biology.md.
biology: $(VENV)/installed-dev
	$(BIN)/python -m tests.bench.biology $(ARGS)

# Needs nothing but lib/ and what requirements.txt holds; without a GPU it says so.
bench-gpu: $(VENV)/installed
	$(BIN)/python -m tests.bench.bench_gpu $(ARGS)

format: $(VENV)/installed-dev
	$(BIN)/ruff format $(FOLDERS)
	$(BIN)/ruff check --fix $(FOLDERS)

clean:
	rm -rf $(VENV) docs/_build docs/reference/generated .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* screenshots

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "MotifLens needs Python 3.11 or newer; this is %s. Set PYTHON=/path/to/a/newer/python." % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

# The checkout itself is installed too, editable: that is where the command motiflens comes from.
$(VENV)/installed: $(VENV)/bin/python deploy/install.py pyproject.toml requirements.txt constraints.txt
	$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt requirements-docs.txt
	$(INSTALL) --requirement requirements-dev.txt
	@touch $@

$(VENV)/installed-cluster: $(VENV)/installed-dev requirements-cluster.txt
	$(INSTALL) --requirement requirements-cluster.txt
	@touch $@
