# tests/e2e/kill9.sh - the whole process group is killed at random moments of an ingest; the same
# command again gives the archive that an undisturbed run gives. SOHOA_KILLS: how many rounds.
. "$(dirname "$0")/lib.sh"

SEED=${SOHOA_SEED:-$((SRANDOM % 1000000))}
RANDOM=$((SEED % 32768))
ROUNDS=${SOHOA_KILLS:-20}
say "seed $SEED, $ROUNDS rounds (SOHOA_SEED=$SEED does it again)"

# Files of one page and of several, a PDF that has to be drawn, a blank, one that is no picture.
mixed=11 bilevel=8
sanitized && mixed=4 bilevel=3
make_pages "$WORK/in" --set mixed --count "$mixed" --dpi 60 --seed 3
make_pages "$WORK/more" --set bilevel --count "$bilevel" --dpi 60 --seed 4
mkdir "$WORK/in/more"
mv "$WORK"/more/* "$WORK/in/more"
cp "$WORK"/in/001-*.jpg "$WORK/in/zz-again.jpg"
echo 'no picture' >"$WORK/in/0-note.jpg"

now_ms() { echo $(($(date +%s%N) / 1000000)); }

run() {
    "$SOHOA" ingest -A "$1" --json --io "$(io_of_build)" "$WORK/in" >"$OUT" 2>"$ERR"
}

# run_for MILLISECONDS ARCHIVE: a run in a process group of its own, killed after so long. Returns 0
# when it was killed, 1 when it had ended before.
run_for() {
    local pid
    setsid "$SOHOA" ingest -A "$2" --json --io "$(io_of_build)" "$WORK/in" >"$WORK/.cut" \
        2>"$WORK/.cut.err" &
    pid=$!
    GROUPS_STARTED=("$pid")
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
    local killed=0
    kill -KILL -- "-$pid" 2>/dev/null || killed=1
    wait "$pid" 2>/dev/null || true
    GROUPS_STARTED=()
    return $killed
}

# What a killed run told of as archived is in the archive, whatever happened then.
told() {
    local id
    # The last line may have been cut short.
    while read -r id; do
        grep -q "$id" "$WORK/.have" || fail "told of as archived, and lost: $id"
    done < <(jq -rR 'fromjson? | select(.outcome == "archived").sha256' "$WORK/.cut")
}

init "$WORK/calm"
start=$(now_ms)
code=0
run "$WORK/calm" || code=$?
same "exit code of the undisturbed run" 1 "$code"
lasts=$(($(now_ms) - start))
sums_add_up "$OUT"
holds "the undisturbed run" "$OUT" '.[-1].summary | .archived == $n and .duplicate == 1
                                      and .quarantined == 1 and .pages > $n' \
    --argjson n "$((mixed + bilevel))"
pages_of "$WORK/calm" >"$WORK/calm.pages"
contents_of "$WORK/calm" >"$WORK/calm.contents"
verify_clean "$WORK/calm"
say "undisturbed: $lasts ms, $(value "$OUT" .summary.objects) objects"

kills=0 midway=0 missed=0

# One run, killed; the readers need no recovery: the archive can be looked at as it was left.
cut_short() {
    run_for "$1" "$WORK/archive" || return 1
    kills=$((kills + 1))
    expect 0 "$SOHOA" ls "$WORK/archive" --json
    cp "$OUT" "$WORK/.have"
    told
    [ ! -s "$WORK/.have" ] || midway=$((midway + 1))
}

for ((round = 0; round < ROUNDS; round++)); do
    # Each round has its share of the run's length, so that no part of it is left out. A machine
    # less busy than before is through earlier: then again, earlier.
    while :; do
        rm -rf "$WORK/archive"
        init "$WORK/archive"
        after=$(((lasts * round + lasts * (RANDOM % 1000) / 1000) / ROUNDS))
        ! cut_short "$after" || break
        missed=$((missed + 1)) lasts=$((lasts * 9 / 10))
        [ "$missed" -lt $((ROUNDS + 10)) ] || fail "the runs end before they can be killed"
    done
    if [ $((RANDOM % 4)) = 0 ]; then
        cut_short $((RANDOM % (lasts + 1))) || true
    fi
    code=0
    run "$WORK/archive" || code=$?
    same "exit code of the run after ($round)" 1 "$code"
    no_sanitizer_finding "$ERR"
    sums_add_up "$OUT"
    holds "nothing is left out" "$OUT" '.[-1].summary | .sources == $n and .quarantined == 1' \
        --argjson n "$((mixed + bilevel + 2))"
    pages_of "$WORK/archive" >"$WORK/archive.pages"
    contents_of "$WORK/archive" >"$WORK/archive.contents"
    same_file "pages after round $round" "$WORK/calm.pages" "$WORK/archive.pages"
    same_file "contents after round $round" "$WORK/calm.contents" "$WORK/archive.contents"
    verify_clean "$WORK/archive"
done
say "$kills kills, $midway of them with pages in the archive: each time as if nothing had been"
[ "$midway" -ge $((ROUNDS / 5)) ] || fail "only $midway kills came midway"
