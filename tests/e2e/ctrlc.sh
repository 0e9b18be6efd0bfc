# tests/e2e/ctrlc.sh - Ctrl-C finishes the pages in flight, says what is left and ends cleanly;
# twice ends at once; the same command again goes on.
. "$(dirname "$0")/lib.sh"

make_pages "$WORK/in" --set bilevel --count 12 --dpi 72 --seed 8

# A child that a shell starts in the background ignores SIGINT; env gives it its default again.
# Its group is its own: what is left of it afterwards can be seen.
start() {
    setsid env --default-signal=INT "$SOHOA" ingest -A "$1" --io "$(io_of_build)" "${@:2}" \
        "$WORK/in" >"$OUT" 2>"$ERR" &
    PID=$!
    GROUPS_STARTED=("$PID")
}

# Waits until so many files are archived; the run is ours, so it has to come to that.
wait_for_files() {
    local tries
    for ((tries = 0; tries < 1200; tries++)); do
        [ "$(grep -c '^archived\|"outcome":"archived"' "$OUT")" -lt "$1" ] || return 0
        kill -0 "$PID" 2>/dev/null || fail "the run ended before it could be stopped"
        sleep 0.05
    done
    fail "not even $1 files in a minute"
}

ended_with() {
    local want=$1 got=0
    wait "$PID" || got=$?
    same "exit code" "$want" "$got"
    no_sanitizer_finding "$ERR"
}

nobody_left() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do # a killed child is gone a moment later
        kill -0 -- "-$PID" 2>/dev/null || { GROUPS_STARTED=(); return 0; }
        sleep 0.05
    done
    fail "processes of the run are left behind: $(ps -o pid=,args= -g "$PID")"
}

init "$WORK/calm"
ingest 0 "$WORK/calm" "$WORK/in"
pages_of "$WORK/calm" >"$WORK/calm.pages"
contents_of "$WORK/calm" >"$WORK/calm.contents"

goes_on() {
    verify_clean "$1"
    ingest 0 "$1" "$WORK/in"
    pages_of "$1" >"$WORK/pages"
    contents_of "$1" >"$WORK/contents"
    same_file "pages in the end" "$WORK/calm.pages" "$WORK/pages"
    same_file "contents in the end" "$WORK/calm.contents" "$WORK/contents"
}

for signal in INT TERM; do
    rm -rf "$WORK/archive"
    init "$WORK/archive"
    start "$WORK/archive"
    wait_for_files 2
    kill -"$signal" "$PID"
    ended_with 130
    nobody_left
    done=$(grep -c '^archived' "$OUT")
    left=$((12 - done))
    [ "$left" -gt 0 ] || fail "SIG$signal stopped nothing"
    says "how many are left" "$OUT" "^Stopped: $left files were not taken. Run the same command"
    says "the sums" "$OUT" "^$done files = $done archived \+ 0 duplicate \+ 0 quarantined"
    same "sources in the archive" "$done" "$("$SOHOA" stats "$WORK/archive" --json | jq .sources)"
    say "SIG$signal after $done files, $left left"
    goes_on "$WORK/archive"
    holds "the rest is taken, the others known" "$OUT" \
        '.[-1].summary | .archived == $left and .duplicate == $done' \
        --argjson left "$left" --argjson done "$done"
done

# The count of what is left is in JSON as well.
rm -rf "$WORK/archive"
init "$WORK/archive"
start "$WORK/archive" --json
wait_for_files 2
kill -INT "$PID"
ended_with 130
nobody_left
sums_add_up "$OUT"
holds "sources and unfinished are all there is" "$OUT" \
    '.[-1].summary | .unfinished > 0 and .sources + .unfinished == 12'

# Twice: now. What was told of stays. Heard too late, when the pages in flight were done already, the
# second one has nothing to cut short: then it is tried again.
twice() {
    local i
    rm -rf "$WORK/archive"
    init "$WORK/archive"
    start "$WORK/archive" --json
    wait_for_files 2
    for ((i = 0; i < 20; i++)); do # two that come together are heard as one
        kill -INT "$PID" 2>/dev/null || break
        sleep 0.01
    done
    ended_with 130
    nobody_left
    ! grep -q '"summary"' "$OUT"
}
for ((try = 0; try < 5; try++)); do
    ! twice || break
done
[ "$try" -lt 5 ] || fail "the second Ctrl-C is not heard"
"$SOHOA" ls "$WORK/archive" --json >"$WORK/.have"
jq -rR 'fromjson? | select(.outcome == "archived").sha256' "$OUT" >"$WORK/.told"
[ -s "$WORK/.told" ] || fail "nothing had been told of"
while read -r id; do
    grep -q "$id" "$WORK/.have" || fail "told of as archived, and lost: $id"
done <"$WORK/.told"
goes_on "$WORK/archive"
