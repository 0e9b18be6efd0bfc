#!/bin/sh
# tools/make-dictionary.sh - makes storage/alto.dictionary anew: draws pages, reads them, learns from
# their texts. The same pages, model and zstd give the same bytes. Takes some minutes.
# A new one changes what is stored from then on; archives keep the one they have.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
work=$(mktemp -d "${TMPDIR:-/tmp}/sohoa-dictionary.XXXXXX")
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8

draw() { # SET COUNT SEED DPI
    "$build/tests/pages/sohoa-pages" --set "$1" --count "$2" --seed "$3" --dpi "$4" --out "$work/$3"
    rm "$work/$3"/*.txt "$work/$3"/*.tsv
}
draw clean 120 101 300
draw bilevel 120 202 300
draw mixed 100 303 300
draw clean 60 404 200
draw degraded 60 505 300
"$build/sohoa" init "$work/archive"
# One worker: the order of pages, and so that of the samples, is that of their names.
"$build/sohoa" ingest -A "$work/archive" --workers 1 "$work"/[0-9]*
"$build/sohoa" dictionary "$work/archive" -o storage/alto.dictionary
