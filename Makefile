# Each target calls the language's own tool. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: help demo test test-rust test-python test-c lint verdicts fuzz deny msrv powerset bare-metal clean

help:
	@echo 'make demo                             a FastMCP server behind Doorward, attacked'
	@echo 'make test                             everything'
	@echo 'make verdicts LANG=rust CASES=FILE    a verdict for each case of a file; also LANG=python, LANG=c'
	@echo 'make fuzz SECONDS=20                  every fuzz target for so long'

demo:
	@scripts/need cargo python3 cc
	@scripts/venv $(VENV) python3 fastmcp
	@$(PYTHON) bindings-python/demo/run.py

test: lint test-rust test-python test-c

lint:
	@scripts/need cargo python3 cc
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

test-rust:
	cargo test --workspace --exclude doorward-python

test-python:
	@scripts/need cargo python3 node npm cc
	scripts/test-python

test-c:
	@scripts/need cargo python3 cc c++ objdump cmake pkg-config valgrind microhttpd clang-format
	clang-format --dry-run --Werror ffi-c/tests/*.[ch] ffi-c/tests/consumer/*.c* ffi-c/examples/*.c
	$(MAKE) -C ffi-c header-check test

verdicts:
	@case '$(LANG)' in \
	  rust) cargo run --release --quiet --package doorward-tests --bin verdicts -- '$(CASES)' ;; \
	  python) scripts/venv $(VENV) python3 fastmcp && $(PYTHON) bindings-python/tests/verdicts.py '$(CASES)' ;; \
	  c) $(MAKE) -C ffi-c verdicts CASES='$(abspath $(CASES))' ;; \
	  *) echo 'make verdicts LANG=rust|python|c CASES=FILE' >&2; exit 2 ;; \
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
