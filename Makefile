# Everything that is run on claw. `make help` lists the targets.
# A fresh machine needs Python >= 3.11 (with venv), make and Rust; the rest is installed into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PY := $(BIN)/python

# The first interpreter that is new enough; `make PYTHON=/path/to/python3` overrules it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

PATH := $(PATH):$(HOME)/.cargo/bin
export PATH
export PYO3_PYTHON := $(CURDIR)/$(PY)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where nothing may be kept, every process of a test compiles claw again, and every worker all tests.
unexport PYTHONDONTWRITEBYTECODE

NATIVE := Cargo.toml Cargo.lock pyproject.toml native/Cargo.toml native/macros/Cargo.toml \
	$(shell find native/src native/macros -name '*.rs')
PYTHON_CODE := claw tools bench tests

KILLS ?= 10000
COMMANDS ?= 50000
PEERS ?=
PARTS ?=

# Tests of the native half: itself as it is quickest to compile and with its checks, on the dependencies that `setup` has
# compiled already. To compile all of those again would take longer than everything else.
RUST_TESTS := cargo test --quiet --release --locked --workspace \
	$(addprefix --config profile.release.package.claw-native.,opt-level=0 debug-assertions=true overflow-checks=true)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- set up ---------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(STAMPS)/native ## install claw and its pinned dependencies into .venv

$(PY):
	@test -n "$(PYTHON)" || { echo 'make: claw needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'make: $(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv' >&2; exit 1; }

$(STAMPS)/dependencies: requirements.lock | $(PY)
	@$(PY) -m pip install --quiet --requirement requirements.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/native: $(STAMPS)/dependencies $(NATIVE)
	@command -v cargo >/dev/null || { echo 'make: claw needs Rust; see https://rustup.rs' >&2; exit 1; }
	@PATH=$(CURDIR)/$(BIN):$$PATH MATURIN_PEP517_ARGS=--locked \
		$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: lock
lock: ## pin the newest dependencies that pyproject.toml allows
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
		print(*p["project"]["dependencies"], *p["dependency-groups"]["dev"], sep="\n")' >$(VENV)-lock/wanted
	@$(VENV)-lock/bin/python -m pip install --quiet --requirement $(VENV)-lock/wanted
	@$(VENV)-lock/bin/python -m pip freeze >requirements.lock
	@rm -rf $(VENV)-lock

# --- use ------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## the main job with no key: a scripted model, everything else real
	@$(BIN)/claw demo

# --- tests ----------------------------------------------------------------------------------------------------------

.PHONY: test
test: test-rust test-python test-golden ## every test

.PHONY: test-rust
test-rust: setup ## the native half
	@$(RUST_TESTS)

.PHONY: test-python
test-python: setup ## the Python half and the program as a whole
	@# One more than there are processors, because tests of the terminal wait for it. Files in their own order: by
	@# their number of tests, slow ones with few would come last, on one processor.
	@$(BIN)/pytest --numprocesses $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder

.PHONY: test-golden
test-golden: setup ## replay every recorded session
	@$(PY) -m tools.replay check tests/golden

# --- gates ----------------------------------------------------------------------------------------------------------

.PHONY: check
check: lint test ## every gate: lints and tests

.PHONY: lint
lint: lint-python lint-rust ## formats, lints, types and import contracts

.PHONY: lint-python
lint-python: setup
	@$(BIN)/ruff check $(PYTHON_CODE)
	@$(BIN)/ruff format --check $(PYTHON_CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: lint-rust
lint-rust: $(PY)
	@cargo fmt --all --check
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@cargo clippy --quiet --locked --workspace --all-targets --features python -- -D warnings

.PHONY: fmt
fmt: setup ## format all code
	@$(BIN)/ruff check --quiet --fix $(PYTHON_CODE)
	@$(BIN)/ruff format $(PYTHON_CODE)
	@cargo fmt --all

# --- long runs ------------------------------------------------------------------------------------------------------

.PHONY: bench
bench: setup ## measure, print the table and what has moved, keep it in bench/results; PEERS=codex,pi,claude beside others
	@cargo build --quiet --release --locked --examples
	@PEERS=$(PEERS) $(PY) -m bench.run $(PARTS)

.PHONY: nightly
nightly: setup ## new examples for the property tests; what fails is saved as a test (.hypothesis/patches, proptest-regressions)
	@$(BIN)/pytest --numprocesses auto --dist loadfile --hypothesis-profile=nightly
	@PROPTEST_RNG_SEED=$$RANDOM$$RANDOM PROPTEST_CASES=2000 cargo test --quiet --release --locked --workspace

.PHONY: campaign
campaign: setup ## 10 000 kills of real processes, and long property tests (hours)
	@$(PY) -m tools.campaign --kills $(KILLS)
	@$(PY) -m tests.redteam.fuzz --count $(COMMANDS)
	@$(PY) -m tests.redteam.fuzz --grammar --count $(COMMANDS)
	@$(PY) -m tests.redteam.fuzz --denied --count $(COMMANDS)
	@CLAW_FUZZ=long $(BIN)/pytest --hypothesis-profile=long
	@PROPTEST_RNG_SEED=$$RANDOM$$RANDOM PROPTEST_CASES=20000 cargo test --quiet --release --locked --workspace

.PHONY: clean
clean: ## remove everything that can be made again
	@rm -rf $(VENV) target claw/*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
