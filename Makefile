# Each target calls the language's own tool. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: help demo test test-rust test-python test-swift bench-swift lint verdicts fuzz deny msrv powerset bare-metal clean

help:
	@echo 'make demo                             a FastMCP server behind Doorward, attacked'
	@echo 'make test                             everything'
	@echo 'make verdicts LANG=rust CASES=FILE    a verdict for each case of a file; also LANG=python, LANG=swift'
	@echo 'make bench-swift                      what authenticating costs from Swift, and from Rust'
	@echo 'make fuzz SECONDS=20                  every fuzz target for so long'

demo:
	@scripts/need cargo python3 cc
	@scripts/venv $(VENV) python3 fastmcp
	@$(PYTHON) bindings-python/demo/run.py

test: lint test-rust test-python test-swift

lint:
	@scripts/need cargo python3 cc
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

test-rust:
	cargo test --workspace --exclude doorward-python --exclude doorward-swift

test-python:
	@scripts/need cargo python3 node npm cc
	scripts/test-python

test-swift:
	@scripts/need cargo python3 cc
	scripts/test-swift

bench-swift:
	@scripts/need cargo cc
	@scripts/bench-swift

verdicts:
	@case '$(LANG)' in \
	  rust) cargo run --release --quiet --package doorward-tests --bin verdicts -- '$(CASES)' ;; \
	  python) scripts/venv $(VENV) python3 fastmcp && $(PYTHON) bindings-python/tests/verdicts.py '$(CASES)' ;; \
	  swift) scripts/verdicts-swift '$(CASES)' ;; \
	  *) echo 'make verdicts LANG=rust|python|swift CASES=FILE' >&2; exit 2 ;; \
	esac

SECONDS_EACH := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),20)
fuzz:
	scripts/fuzz $(SECONDS_EACH)

# Advisories need a database from the network; everything that does not is checked.
deny:
	cargo deny check bans licenses sources

# The compilers at hand are newer, so: no use of newer library items, no dependency that asks for more.
msrv:
	scripts/msrv

powerset:
	cargo hack check --package doorward --feature-powerset --no-dev-deps

bare-metal:
	scripts/bare-metal

clean:
	rm -rf target $(VENV) fuzz/target
