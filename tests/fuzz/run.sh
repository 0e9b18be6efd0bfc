#!/bin/sh
# tests/fuzz/run.sh TARGET CORPUS SCRATCH SECONDS [OPTION...] - fuzzes for so long, from the inputs
# kept in CORPUS, which is only read: what is new goes to SCRATCH/new, an input that fails (crash,
# leak, more than 25 s or 2 GiB) to SCRATCH. Both stay there until the next run.
set -eu
target=$1 corpus=$2 scratch=$3 seconds=$4
shift 4

rm -rf "$scratch"
mkdir -p "$scratch/new"
exec "$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$scratch/" "$@" "$scratch/new" "$corpus"
