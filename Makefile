# Each target calls the language's own tool. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: help demo test test-rust test-c test-nginx test-python crowd test-fastmcp test-swift conformance agree lint verdicts fuzz deny msrv powerset instructions firmware
.PHONY: bench bench-quick bench-swift clean

help:
	@echo 'make demo WAY=key                     a FastMCP server behind Doorward, attacked; also WAY=remote, WAY=proxy, WAY=open, or all of them'
	@echo 'make test                             everything'
	@echo 'make crowd                            200 clients of an OAuth proxy for two minutes, on two processes: with figures'
	@echo "make test-fastmcp                     FastMCP's own tests, with doorward's JWTVerifier"
	@echo 'make conformance                      the official conformance suite of MCP, and its Inspector'
	@echo 'make verdicts LANG=rust CASES=FILE    a verdict for each case of a file, or of several; also LANG=c, LANG=python, LANG=swift'
	@echo 'make bench                            ours beside its peers, with ratios; long builds the first time'
	@echo 'make bench-quick                      the same with fewer peers and rounds'
	@echo 'make bench-swift                      what authenticating costs from Swift, and from Rust'
	@echo 'make fuzz SECONDS=20                  every fuzz target for so long'
	@echo 'make firmware                         the vectors and figures on an emulated Cortex-M4'

demo:
	@scripts/need cargo python3 cc
	@scripts/venv $(VENV) python3 fastmcp,testing
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r bindings-python/examples/tracker/requirements.txt
	@$(PYTHON) bindings-python/demo/run.py $(WAY)

test: lint test-rust test-c test-nginx test-python test-swift agree

lint:
	@scripts/need cargo python3 cc
	cargo fmt --all --check
	cargo fmt --manifest-path tests/peers/rust/Cargo.toml --check
	cargo fmt --manifest-path tests/firmware/Cargo.toml --check
	cargo check --quiet --locked --manifest-path tests/peers/rust/Cargo.toml --target-dir target/peers/rust --features ours
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --package doorward --all-features --no-deps
	scripts/notices --check

test-rust:
	cargo test --workspace --exclude doorward-python --exclude doorward-swift --exclude doorward-swift-generate
	@# What stays of a secret depends on what the optimizer does: as it is shipped, too.
	RUSTFLAGS='' cargo test --release --package doorward-tests --test secrets --target-dir target/instructions

test-python:
	@scripts/need cargo python3 node npm cc postgres redis chromium
	scripts/test-python

crowd:
	@scripts/need cargo python3 cc
	@scripts/venv $(VENV) python3 fastmcp,postgresql,redis,testing pytest-asyncio
	@CROWD_SECONDS=120 $(PYTHON) -m pytest -q -s --rootdir bindings-python bindings-python/tests/test_oauth_proxy_crowd.py

# FastMCP's own tests, with our JWTVerifier in the place of its own.
test-fastmcp:
	@scripts/need cargo python3 cc
	scripts/test-fastmcp

# What the suite asks of an authorization server and of a client, with each count.
conformance:
	@scripts/need cargo python3 node npm cc
	@scripts/conformance

test-c:
	@scripts/need cargo python3 cc c++ objdump cmake pkg-config valgrind microhttpd clang-format tsan
	clang-format --dry-run --Werror ffi-c/tests/*.[ch] ffi-c/tests/ops/*.h ffi-c/tests/consumer/*.c* ffi-c/examples/*.c \
	  ffi-c/examples/nginx/src/*.[ch]
	$(MAKE) -C ffi-c header-check test

test-nginx:
	@$(MAKE) -C ffi-c/examples/nginx test

test-swift:
	@scripts/need cargo python3 cc
	scripts/test-swift

# Every case file of the project, with the same verdicts from every language.
agree:
	@scripts/agree

bench-swift:
	@scripts/need cargo cc
	@scripts/bench-swift

verdicts:
	@case '$(LANG)' in \
	  rust) cargo run --config "$$(scripts/cargo-paths)" --release --quiet --package doorward-tests --no-default-features \
	    --bin verdicts -- $(CASES) ;; \
	  python) scripts/venv $(VENV) python3 fastmcp,testing && $(PYTHON) bindings-python/tests/verdicts.py $(CASES) ;; \
	  c) $(MAKE) -C ffi-c verdicts CASES='$(abspath $(CASES))' ;; \
	  swift) scripts/verdicts-swift $(CASES) ;; \
	  *) echo 'make verdicts LANG=rust|c|python|swift CASES=FILE' >&2; exit 2 ;; \
	esac

SECONDS_EACH := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),20)
fuzz:
	scripts/fuzz $(SECONDS_EACH)

# Advisories need a database from the network; everything that does not is checked, in each workspace.
WORKSPACES = . $(shell sed -n '/^exclude = /s/[^"]*"\([^"]*\)"[^"]*/\1 /gp' Cargo.toml)
deny:
	for each in $(WORKSPACES); do \
	  cargo deny --manifest-path $$each/Cargo.toml check -A license-exception-not-encountered -A license-not-encountered \
	    bans licenses sources; done

# The compilers at hand are newer, so: no use of newer library items, no dependency that asks for more.
msrv:
	scripts/msrv

powerset:
	cargo hack check --package doorward --feature-powerset --depth 2 --no-dev-deps
	cargo hack check --package doorward --each-feature --tests

# Counts of the main paths; a growth of more than 3 % fails. `scripts/instructions --write` writes the table anew.
instructions:
	scripts/instructions

# On an emulated Cortex-M4: the vectors, then flash, stack and instructions against the table.
firmware:
	scripts/firmware

# A benchmark is no test: a bar that is missed is printed, and that is all.
bench bench-quick:
	@scripts/need cargo python3 cc
	@tests/peers/run $(subst bench,,$(subst bench-,,$@))
	@if [[ $@ = bench ]]; then \
	  cargo test --quiet --release --package doorward-ffi --test cost -- --ignored --nocapture || echo 'C: no figure'; \
	  scripts/bench-swift || echo 'Swift: over its bar, or no figure'; \
	fi

clean:
	rm -rf target $(VENV) fuzz/target
