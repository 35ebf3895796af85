# Everything a person does with this repository. Continuous integration calls the same names.
#
# Supposed to be there: a Rust toolchain (https://rustup.rs; rust-toolchain.toml names the version)
# and, where something is missing below, apt.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help run test tests check cluster-check fmt types schemathesis bench-fan-out toolchain clients peers

ADDRESS := 127.0.0.1:4000
SERVER := target/release/switchboard

# End-to-end tests that are not run again on MongoDB. The first is about the embedded store alone, the
# outage about MongoDB whatever the run; the others ask nothing of a store that the rest does not, but
# the balance, which keeps the MongoDB-wire server from PyPI busy for minutes and then waits in vain beside
# other tests: `TEST_STORE=mongodb cargo test --test api balance` runs it there alone.
SQLITE_ONLY := import::a_running_server_is_not_imported_under balance:: \
	auth:: highlevel::access:: inbox::access:: inbox::guide:: inbox::scoring:: lead_finder:: locked_out:: \
	openapi:: origin:: outage:: quick_start:: rude:: status_webhooks:: transports:: types:: webhooks_out::

help: ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/'

run: toolchain ## the server on 127.0.0.1:4000, in release mode, with its store under ./data
	@cargo build --release --locked
	echo
	echo "Switchboard listens on http://$(ADDRESS) (Socket.IO and REST). Ctrl-C ends it."
	echo "A token for a person, in a second terminal:  $(SERVER) token --user ID"
	echo "The quick start in README.md goes on from here."
	echo
	exec env SWITCHBOARD__SERVER__BIND=$(ADDRESS) $(SERVER) serve

test: clients check ## formatting, lints, and every test; MONGODB_URI and NATS_SERVER name servers, else they are found or installed
	@NATS_SERVER=$$([[ $${SKIP_MONGO:-} == 1 ]] || tests/nats_server.sh)
	export NATS_SERVER
	tests/with_mongodb.sh $(MAKE) --no-print-directory tests

# What every test needs is there.
tests:
	@cargo test --workspace --locked
	if [[ $${SKIP_MONGO:-} != 1 ]]; then
		# Most of that time is the store's answers: one more test at a time than there are cores.
		TEST_STORE=mongodb cargo test --locked --test api -- \
			--test-threads $$(($$(nproc) + 1)) $(addprefix --skip ,$(SQLITE_ONLY))
	fi

check: toolchain ## formatting and lints only
	@cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

fmt: toolchain ## puts the code in form
	@cargo fmt --all

cluster-check: clients ## three nodes under random faults for CLUSTER_CHECK_SECONDS (1800), dice CLUSTER_CHECK_SEED
	@NATS_SERVER=$$(tests/nats_server.sh)
	export NATS_SERVER CLUSTER_CHECK_SECONDS=$${CLUSTER_CHECK_SECONDS:-1800}
	tests/with_mongodb.sh cargo test --locked --test api cluster::checker -- --nocapture

types: toolchain ## docs/types, written anew from the shapes that clients see
	@WRITE_TYPES=1 cargo test --locked --quiet --lib typescript

schemathesis: toolchain ## what /openapi.json says, held against a server by schemathesis from PyPI
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends python3-venv; }
	command -v curl >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends curl; }
	tests/schemathesis/run.sh

bench-fan-out: toolchain peers ## fan-out beside the floor, Node and socketioxide; written to benches/results
	@ulimit -n "$$(ulimit -H -n)"
	cargo bench --locked --bench fan_out

# A C compiler for SQLite and the cryptography library.
toolchain:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust from https://rustup.rs" >&2; exit 1; }
	command -v cc >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends build-essential; }

# The stock npm clients that the tests drive, and what the quick start is typed with.
clients: tests/client/node_modules/.package-lock.json
	@command -v curl >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends curl; }

tests/client/node_modules/.package-lock.json: tests/client/package.json tests/client/package-lock.json
	@command -v npm >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends nodejs npm; }
	cd tests/client && npm ci --no-audit --no-fund
	touch node_modules/.package-lock.json

# The servers that fan-out is measured beside.
peers: benches/peers/node_modules/.package-lock.json
	@cargo build --release --locked --manifest-path benches/peers/Cargo.toml

benches/peers/node_modules/.package-lock.json: benches/peers/package.json benches/peers/package-lock.json
	@command -v npm >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends nodejs npm; }
	cd benches/peers && npm ci --no-audit --no-fund
	touch node_modules/.package-lock.json
