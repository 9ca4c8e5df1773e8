#!/bin/sh
# Workflows of metonic and of Temporal's Python SDK work with each other. Installs the SDK from PyPI
# into .metonic-cache on first use. Takes the binary that is named first.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
here="$root/tests/interop"
venv="$root/.metonic-cache/interop-$(cksum < "$here/requirements.txt" | cut -d' ' -f1)"
if [ ! -x "$venv/bin/python" ]; then
    fresh="$venv.$$"
    trap 'rm -rf "$fresh"' EXIT
    echo "Installing $(cat "$here/requirements.txt") into .metonic-cache" >&2
    python3 -m venv "$fresh"
    "$fresh/bin/python" -m pip install --quiet -r "$here/requirements.txt"
    rm -rf "$venv" && mv "$fresh" "$venv"
fi
METONIC_TEMPORAL=${METONIC_TEMPORAL:-$(sh "$root/tests/temporal-server.sh")}
METONIC_BINARY=${1:-${CARGO_TARGET_DIR:-$root/target}/debug/metonic}
export METONIC_TEMPORAL METONIC_BINARY
cd "$here"
exec "$venv/bin/python" -W ignore -m unittest --verbose test_interop
