#!/bin/sh
# Workflows of metonic and of Temporal's Python SDK work with each other. Installs the SDK from PyPI
# into .metonic-cache on first use. Takes the binary that is named first.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
here="$root/tests/interop"
cache="$root/.metonic-cache/interop-$(cksum < "$here/requirements.txt" | cut -d' ' -f1)"
if [ ! -d "$cache" ]; then
    fresh="$cache.$$"
    log="$cache.$$.log"
    mkdir -p "$root/.metonic-cache"
    trap 'rm -rf "$fresh" "$log"' EXIT
    echo "Installing $(cat "$here/requirements.txt") into .metonic-cache" >&2
    # With pip alone where venv is missing.
    if ! { python3 -m venv "$fresh" && "$fresh/bin/python" -m pip install --quiet -r "$here/requirements.txt"; } > "$log" 2>&1; then
        rm -rf "$fresh"
        if ! python3 -m pip install --quiet --target "$fresh" -r "$here/requirements.txt" >> "$log" 2>&1; then
            cat "$log" >&2
            echo "error: Temporal's Python SDK did not install: neither venv nor pip could do it." >&2
            exit 1
        fi
    fi
    mv "$fresh" "$cache"
    rm -f "$log"
fi
python="$cache/bin/python"
if [ ! -x "$python" ]; then
    python=python3
    export PYTHONPATH="$cache"
fi
METONIC_TEMPORAL=${METONIC_TEMPORAL:-$(sh "$root/tests/temporal-server.sh")}
METONIC_BINARY=${1:-${CARGO_TARGET_DIR:-$root/target}/debug/metonic}
export METONIC_TEMPORAL METONIC_BINARY
cd "$here"
exec "$python" -W ignore -m unittest --verbose test_interop
