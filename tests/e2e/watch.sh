# tests/e2e/watch.sh - the service as an administrator meets it: its configuration, one service per
# inbox, stopping, what is not a file, what becomes of archived files, a disk that is nearly full.
. "$(dirname "$0")/lib.sh"
IO=$(io_of_build)
init "$WORK/archive"
once() {
    local want=$1
    shift
    expect "$want" "$SOHOA" watch -A "$WORK/archive" --once --json --io "$IO" --disk-reserve 0 "$@"
}
# config TEXT...: a configuration of one line each.
config() { printf '%s\n' "archive: $WORK/archive" "io: $IO" "$@" >"$WORK/watch.yaml"; }
refused() {
    expect 2 "$SOHOA" watch -c "$WORK/watch.yaml" --once
    says "$1" "$ERR" "$2"
}

# --- the configuration
mkdir -p "$WORK/a/sub" "$WORK/b"
config 'folders:' "  - {name: Bad Name, path: $WORK/a}"
refused "a name" "folder 1: bad value for 'name'"
config 'folders:' "  - {name: a, path: $WORK/a, priority: high}"
refused "a priority" "bad value for 'priority'"
config 'folders:' "  - {name: a, path: $WORK/a, settle-seconds: soon}"
refused "a time" "bad value for 'settle-seconds'"
config 'folders:' "  - {name: a, path: $WORK/a, colour: red}"
refused "a key" 'colour.*line: 4'
config 'folders:' "  - {name: a, path: $WORK/a}" "  - {name: a, path: $WORK/b}"
refused "two of one name" "two hot folders are named 'a'"
config 'folders:' "  - {name: a, path: $WORK/a}" "  - {name: b, path: $WORK/a/sub}"
refused "one in the other" "is in hot folder '"
mkdir -p "$WORK/holds"
expect 0 "$SOHOA" init "$WORK/holds/archive"
expect 2 "$SOHOA" watch -A "$WORK/holds/archive" --once "$WORK/holds"
says "the archive in the folder" "$ERR" 'is in the archive .*, or holds it'
expect 2 "$SOHOA" watch -A "$WORK/holds/archive" --once "$WORK/holds/archive/quarantine"
expect 2 "$SOHOA" watch -A "$WORK/holds/archive" --once /
expect 0 "$SOHOA" ls "$WORK/holds/archive"
config
refused "no folder" 'no hot folder'
config 'folders:' "  - {name: a, path: $WORK/nowhere}"
expect 3 "$SOHOA" watch -c "$WORK/watch.yaml" --once

# --- what is not a file is told of, and not followed
echo secret >"$WORK/secret"
ln -s "$WORK/secret" "$WORK/a/link.tif"
mkfifo "$WORK/a/fifo.tif"
picture 1 >"$WORK/a/sub/good one.pbm"
once 1 "$WORK/a"
holds "what became of them" "$OUT" '
    (map({(.source): (.reason_code // .outcome)}) | add)
    == {"inbox/link.tif": "not-a-file", "inbox/fifo.tif": "not-a-file",
        "inbox/sub/good one.pbm": "archived"}'
[ -L "$WORK/a/quarantine/link.tif" ] || fail "the link itself is not in quarantine"
[ -s "$WORK/a/done/sub/good one.pbm" ] || fail "the good file is not in done"

# --- policies: settled at once, deleted, only with a marker
picture 2 >"$WORK/b/2.pbm"
picture 3 >"$WORK/b/3.pbm"
touch "$WORK/b/3.pbm.ok"
config 'disk-reserve: 0' 'folders:' \
    "  - {name: b, path: $WORK/b, settle-seconds: 0, after: delete, marker: .ok}"
expect 0 "$SOHOA" watch -c "$WORK/watch.yaml" --once --json
holds "only what is marked is taken" "$OUT" 'map(.source) == ["b/3.pbm"]'
same "what is left" "2.pbm" "$(cd "$WORK/b" && find . -type f ! -path '*/.sohoa/*' -printf '%f\n')"

# --- a service that runs: a second one is refused, a file is taken, SIGTERM ends it
rm "$WORK/archive/status.json" # of the last one
serve -A "$WORK/archive" --io "$IO" --disk-reserve 0 "$WORK/a"
wait_for "the service" test -s "$WORK/archive/status.json"
once 3 "$WORK/a"
says "somebody else has it" "$ERR" 'watched by another process|locked'
expect 3 "$SOHOA" ingest -A "$WORK/archive" "$WORK/secret"
signed_before=$(sed -n 2p "$WORK/archive/log/checkpoint")
picture 4 >"$WORK/a/4.pbm"
wait_for "the file" test -e "$WORK/a/done/4.pbm"
signed_more() { [ "$(sed -n 2p "$WORK/archive/log/checkpoint")" -gt "$signed_before" ]; }
wait_for "what it took in to be signed, while nothing else comes" signed_more
picture 4 >"$WORK/a/again.pbm"
wait_for "the duplicate" test -e "$WORK/a/done/again.pbm"
stop_service
holds "what it told" "$WORK/told" 'map(.outcome) == ["archived", "duplicate"]'
jq -e '.state == "stopped" and .files.archived == 1 and .files.duplicate == 1' \
    "$WORK/archive/status.json" >/dev/null || fail "status.json: $(cat "$WORK/archive/status.json")"

# --- a disk that is nearly full: nothing is taken, and it is said
picture 5 >"$WORK/a/5.pbm"
expect 3 "$SOHOA" watch -A "$WORK/archive" --once --io "$IO" --disk-reserve 1000G "$WORK/a"
one_clear_line "the reserve" 'nearly full'
[ -e "$WORK/a/5.pbm" ] || fail "the file was taken all the same"

# --- a share that is down for a while is not its files' fault
mkdir "$WORK/c"
picture 6 >"$WORK/c/6.pbm"
touch "$WORK/down"
rm "$WORK/archive/status.json"
rm "$WORK/told"
SOHOA_TEST_EIO=$WORK/down SERVE_WITH=$SOHOA_HOOKS serve -A "$WORK/archive" --io "$IO" \
    --disk-reserve 0 "$WORK/c"
claimed() { [ -n "$(find "$WORK/c/.sohoa/claimed" -name 6.pbm 2>/dev/null)" ]; }
wait_for "the claim" claimed
sleep 7 # three tries by then; without a growing pause it would be six
[ ! -e "$WORK/c/quarantine/6.pbm" ] || fail "quarantined for what is the share's fault"
rm "$WORK/down"
wait_for "the file" test -e "$WORK/c/done/6.pbm"
stop_service
holds "it is archived" "$WORK/told" 'map(.outcome) == ["archived"]'

# --- the ledger is made anew from the segments
"$SOHOA" ledger "$WORK/archive" --json >"$WORK/before"
expect 0 "$SOHOA" reindex "$WORK/archive"
"$SOHOA" ledger "$WORK/archive" --json >"$WORK/after"
same_file "the ledger after reindex" "$WORK/before" "$WORK/after"
same "lines" 7 "$(wc -l <"$WORK/after")"
verify_clean "$WORK/archive"
