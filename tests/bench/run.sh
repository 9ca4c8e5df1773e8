#!/bin/sh
# What a workflow costs. Takes the release binary of this checkout, or the one named first; what follows
# are flags of run.py.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case ${1:-} in
"" | -*) binary=${CARGO_TARGET_DIR:-$root/target}/release/metonic ;;
*) binary=$1 && shift ;;
esac
exec python3 "$root/tests/bench/run.py" "$binary" "$@"
