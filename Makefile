# `make run` shows an order workflow on a real Temporal server; `make test` runs every test.
# Nothing has to be installed but Rust, a C++ compiler, Python 3 and make.

CARGO ?= cargo
JOBS ?= 2
# Tests at once: as many as there are processors, up to four. Most wait for the one dev server that they
# share, and more of them would only wait longer.
TESTS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1); [ "$$n" -lt 4 ] && echo "$$n" || echo 4)
TARGET := $(or $(CARGO_TARGET_DIR),target)
METONIC := $(TARGET)/debug/metonic
ORDER ?= order-1001

.PHONY: run build temporal test test-generated test-generated-long test-interop test-sanitized examples check-format lint bench

# ONCE=1 ends after the result.
run: build temporal
	@METONIC_TEMPORAL="$$(sh tests/temporal-server.sh)" $(METONIC) dev examples/orders \
		--start orders:order --id $(ORDER) --input "$$(cat examples/orders/order.json)" $(if $(ONCE),--exit)

build:
	$(CARGO) build -j$(JOBS)

# Prints nothing when a server can be started; says how to get one when it cannot.
temporal:
	@sh tests/temporal-server.sh > /dev/null

test: check-format lint temporal
	METONIC_TEMPORAL="$$(sh tests/temporal-server.sh)" RUST_TEST_THREADS=$(TESTS) $(CARGO) test -j$(JOBS) --workspace

# Random workflow programs, rebuilt at every step. METONIC_SEED=5 plays and prints one of them.
test-generated:
	$(CARGO) test -j$(JOBS) --lib workflow::tests::generated -- --nocapture

# A million of them, optimized.
test-generated-long:
	METONIC_PROGRAMS=1000000 $(CARGO) test -j$(JOBS) --release --lib workflow::tests::generated::rebuilt

# The tests of the only unsafe code, with an eye on every byte that Rust and Luau touch. The option is
# the compiler's own, and not stable.
test-sanitized:
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CXXFLAGS=-fsanitize=address \
		$(CARGO) test -j$(JOBS) -p metonic-doors --target $$(rustc --print host-tuple) --target-dir $(TARGET)/sanitized \
		-- --skip free_pages

# Workflows of metonic and of Temporal's Python SDK with each other; the SDK comes from PyPI.
test-interop: build temporal
	METONIC_TEMPORAL="$$(sh tests/temporal-server.sh)" sh tests/interop/run.sh $(METONIC)

# Every example, from its start to its end, on a real server.
examples: temporal
	METONIC_TEMPORAL="$$(sh tests/temporal-server.sh)" $(CARGO) test -j$(JOBS) --test it -- examples:: orders:: ai_content::

check-format:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy -j$(JOBS) --workspace --all-targets -- -D warnings

# Figures, not tests: what a workflow costs. See docs/performance.md.
bench: temporal
	$(CARGO) build -j$(JOBS) --release
	METONIC_TEMPORAL="$$(sh tests/temporal-server.sh)" sh tests/bench/run.sh $(FLAGS)
