#!/bin/sh
# What a workflow costs. Takes the release binary of this checkout, or the one named first.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
exec python3 "$root/tests/bench/run.py" "${1:-${CARGO_TARGET_DIR:-$root/target}/release/metonic}"
