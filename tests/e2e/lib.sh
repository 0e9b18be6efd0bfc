# tests/e2e/lib.sh - what every end-to-end test shares: a folder of its own, checks that say what
# was expected and what came, and a clean end. Sourced first; the programs come by environment:
# SOHOA, SOHOA_HOOKS, SOHOA_PAGES, SOHOA_SCORE, SOHOA_DATA, SOHOA_SANITIZE, SOHOA_KILLS.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C.UTF-8
unset LANGUAGE LC_MESSAGES LANG SOHOA_ARCHIVE
# A test of memory limits is no place for an allocator that looks for leaks at exit.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

NAME=$(basename "$0" .sh)
# In memory when there is plenty: whether a sync reached a disk is not seen here, and on a busy disk
# most of the time is spent on it. ON_DISK=1 before this is read: there all the same.
room_in_memory() {
    local free available
    free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $4}')
    available=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
    [ "${free:-0}" -ge 3000000 ] && [ "${available:-0}" -ge 5000000 ]
}
if [ -z "${TMPDIR:-}" ] && [ -z "${ON_DISK:-}" ] && room_in_memory; then
    TMPDIR=/dev/shm
fi
WORK=$(mktemp -d "${TMPDIR:-/tmp}/sohoa-$NAME.XXXXXX")
OUT=$WORK/.out ERR=$WORK/.err
GROUPS_STARTED=()

clean_up() {
    local group
    for group in "${GROUPS_STARTED[@]}"; do
        kill -KILL -- "-$group" 2>/dev/null || true
    done
    rm -rf "$WORK"
}
trap clean_up EXIT

say() { printf '%s: %s\n' "$NAME" "$*"; }

fail() {
    printf 'FAILED %s, line %s: %s\n' "$NAME" "${BASH_LINENO[*]:0:4}" "$*" >&2
    [ -s "$OUT" ] && { echo '--- last standard output:'; tail -n 4 "$OUT"; } >&2
    [ -s "$ERR" ] && { echo '--- last standard error:'; tail -n 4 "$ERR"; } >&2
    exit 1
}

skip() {
    say "skipped: $*"
    exit 77
}

sanitized() { [ -n "${SOHOA_SANITIZE:-}" ]; }

# The thread sanitizer cannot see what a ring does: there the plain calls are tested.
io_of_build() {
    case ${SOHOA_SANITIZE:-} in
    *thread*) echo plain ;;
    *) echo auto ;;
    esac
}

no_sanitizer_finding() {
    if grep -aEq 'Sanitizer:|runtime error:' "$1"; then
        grep -aEm5 'Sanitizer:|runtime error:' "$1" >&2
        fail "a sanitizer spoke up"
    fi
}

# expect CODE COMMAND...: runs it, keeps its output in $OUT and $ERR, checks the exit code.
expect() {
    local want=$1 got=0
    shift
    "$@" >"$OUT" 2>"$ERR" || got=$?
    [ "$got" = "$want" ] || fail "exit code $got, not $want, of: $*"
    no_sanitizer_finding "$ERR"
}

# same WHAT WANTED GOT
same() {
    [ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

# same_file WHAT A B
same_file() {
    diff "$2" "$3" >"$WORK/.diff" 2>&1 || {
        head -n 20 "$WORK/.diff" >&2
        fail "$1: $2 and $3 differ"
    }
}

# holds WHAT FILE FILTER [JQ ARGUMENT]...: the filter is true of the lines of JSON, slurped.
holds() {
    local what=$1 file=$2 filter=$3
    shift 3
    jq -es "$@" "$filter" "$file" >/dev/null || fail "$what: not so in $file: $filter"
}

# value FILE FILTER: one value of the last line of JSON.
value() { tail -n 1 "$1" | jq -r "$2"; }

# says WHAT FILE PATTERN
says() {
    grep -aEq -- "$3" "$2" || fail "$1: no '$3' in $(basename "$2")"
}

# One clear line is all an operator gets: no more, no less.
one_clear_line() {
    same "lines on standard error" 1 "$(wc -l <"$ERR")"
    says "$1" "$ERR" "$2"
}

# What stands below a folder: names, types, sizes, content; nothing about times.
print_of() {
    (cd "$1" && find . -type d -print | LC_ALL=C sort && find . -type f -print0 |
        LC_ALL=C sort -z | xargs -0 -r sha256sum)
}

# make_pages DIR OPTION...: sample pages; scans alone in DIR, what they say in DIR.truth.
make_pages() {
    local dir=$1
    shift
    "$SOHOA_PAGES" --out "$dir" "$@"
    mkdir -p "$dir.truth"
    mv "$dir"/*.txt "$dir"/*.tsv "$dir.truth"
}

init() { expect 0 "$SOHOA" init "$1"; }

# ingest CODE ARCHIVE ARGUMENT...: the lines of JSON are in $OUT; the sums must add up.
ingest() {
    local want=$1 archive=$2
    shift 2
    expect "$want" "$SOHOA" ingest -A "$archive" --json --io "$(io_of_build)" "$@"
    sums_add_up "$OUT"
}

sums_add_up() {
    holds "the sums add up" "$1" '
        (map(select(.source)) | group_by(.outcome) | map({(.[0].outcome): length}) | add // {}) as $n
        | .[-1].summary as $s
        | $s.sources == $s.archived + $s.duplicate + $s.quarantined
          and ($n.archived // 0) == $s.archived and ($n.duplicate // 0) == $s.duplicate
          and ($n.quarantined // 0) == $s.quarantined
          and (map(select(.outcome == "archived").pages) | add // 0) == $s.pages
          and (map(select(.outcome == "archived").pages_failed) | add // 0) == $s.pages_failed
          and (map(select(.source).bytes) | add // 0) == $s.bytes_in'
}

# The pages an archive holds, as lines that do not depend on when they came.
pages_of() {
    "$SOHOA" ls "$1" --json | jq -cS 'del(.archived)' | LC_ALL=C sort
}

# Everything the archive holds, by digest: a page's record names its source, text and picture.
contents_of() {
    local id
    "$SOHOA" ls "$1" --json | jq -r '.source_sha256' | LC_ALL=C sort -u | while read -r id; do
        "$SOHOA" get "$1" "$id" --as record
    done | LC_ALL=C sort
    "$SOHOA" stats "$1" --json | jq -cS '{pages, pages_failed, pages_blank, sources, objects,
                                          bytes_in, bytes_raw}'
    (cd "$1/quarantine" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum)
}

# Every byte is as it was, and as many objects as the catalogue knows.
verify_clean() {
    expect 0 "$SOHOA" verify "$1" --json
    holds "verify is clean" "$OUT" 'length == 1 and .[0].summary.bad == 0
                                     and .[0].summary.missing == 0'
    same "objects verified and objects known" "$(value "$OUT" .summary.objects)" \
        "$("$SOHOA" stats "$1" --json | jq .objects)"
}

# Root may read everything, so it has to be somebody else who asks.
as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

# originals_come_back ARCHIVE LINES: every source told of as archived is given back byte for byte.
originals_come_back() {
    local id
    jq -r 'select(.outcome == "archived").sha256' "$2" | LC_ALL=C sort -u >"$WORK/.ids"
    while read -r id; do
        "$SOHOA" get "$1" "$id" --as original -o "$WORK/.original"
        same "sha256sum of an original" "$id" "$(sha256sum <"$WORK/.original" | cut -d' ' -f1)"
    done <"$WORK/.ids"
    say "$(wc -l <"$WORK/.ids") originals came back byte for byte"
}

# wait_for WHAT COMMAND...: until it succeeds, for $PATIENCE seconds at most; its output is in $OUT
# and $ERR.
wait_for() {
    local what=$1 turns=0
    shift
    until "$@" >"$OUT" 2>"$ERR"; do
        sleep 0.1
        turns=$((turns + 1))
        [ "$turns" -lt $((${PATIENCE:-120} * 10)) ] || fail "waited in vain for $what"
    done
}

# picture N: a white page of its own, of a size that is read in no time.
picture() {
    printf 'P4\n# %s\n64 64\n' "$1"
    head -c 512 /dev/zero
}

# --- a service: $SERVICE, a process group of its own; what it says is added to $WORK/told and log

# serve ARGUMENT...: `sohoa watch --json`, by $SERVE_WITH if that is set.
serve() {
    setsid "${SERVE_WITH:-$SOHOA}" watch --json "$@" >>"$WORK/told" 2>>"$WORK/log" &
    SERVICE=$!
    GROUPS_STARTED=("$SERVICE")
}

kill_service() {
    kill -KILL -- "-$SERVICE"
    wait "$SERVICE" 2>/dev/null || true
    GROUPS_STARTED=()
    no_sanitizer_finding "$WORK/log"
}

# As an administrator does it. Before it runs it can be stopped, but not say so: wait for that.
stop_service() {
    local code=0
    kill -TERM "$SERVICE"
    wait "$SERVICE" || code=$?
    GROUPS_STARTED=()
    same "exit code when stopped" 130 "$code"
    no_sanitizer_finding "$WORK/log"
}
