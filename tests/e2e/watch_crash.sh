# tests/e2e/watch_crash.sh - the service is killed at every operation that changes something on
# disk, from claiming a file to its place in done: each time the next start brings everything to the
# same end as an undisturbed run, with one line in the ledger for each file.
. "$(dirname "$0")/lib.sh"

make_pages "$WORK/pages" --set bilevel --count 3 --dpi 60 --seed 8
T=$WORK/template
mkdir -p "$T/desk 1/deep" "$T/desk 2" "$T/H57.12-250705-0001"
set -- "$WORK"/pages/*
cp "$1" "$T/scan.tif"
cp "$2" "$T/desk 1/deep/scan.tif"
cp "$1" "$T/desk 2/scan.tif"
cp "$3" "$T/H57.12-250705-0001/other.tif"
echo 'no picture' >"$T/desk 2/bad.tif"
FILES=6
# It lists a file that has come, and one that never does: there will be a report.
echo '{"v": 1, "batch": "lô 1", "station": "a", "documents": [{"files": ["scan.tif", "gone.tif"]}], "closed": true}' \
    >"$T/desk 2/batch.json"
cat >"$WORK/watch.yaml" <<END
archive: $WORK/archive
io: $(io_of_build)
disk-reserve: 0
sidecar-wait-seconds: 0
folders:
  - name: counter
    path: $WORK/in
    settle-seconds: 0
END

fresh() {
    rm -rf "$WORK/in" "$WORK/archive"
    cp -r "$T" "$WORK/in"
    cp -r "$WORK/empty" "$WORK/archive"
    cp "$WORK"/request/* "$WORK/archive/requests"
}

# watch CODE: takes all there is.
watch() {
    expect "$1" "$SOHOA_HOOKS" watch -c "$WORK/watch.yaml" --once --json
}

# Where everything is, and what is known of it; nothing about times, tickets or who was first.
picture() {
    (cd "$WORK/in" && find . -type f ! -name LOCK -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
        grep -v '\.why')
    find "$WORK/in" -name '*.why*' | LC_ALL=C sort
    find "$WORK/archive/requests" -type f
    pages_of "$WORK/archive" | jq -c 'del(.source)'
    "$SOHOA" ledger "$WORK/archive" --json |
        jq -cS '{folder, path, batch, bytes, sha256, reason_code}' | LC_ALL=C sort
    "$SOHOA" ledger "$WORK/archive" --json | jq -r .outcome | LC_ALL=C sort | uniq -c
    "$SOHOA" stats "$WORK/archive" --json | jq .objects # nothing is noted twice either
}

# The archive holds a page already, and somebody asks for another dossier of it.
init "$WORK/empty"
mkdir "$WORK/request"
printf 'P4\n8 8\n12345678' >"$WORK/before.pbm"
ingest 0 "$WORK/empty" "$WORK/before.pbm"
SOURCE=$(sha256sum <"$WORK/before.pbm" | cut -d' ' -f1)
printf '%s' '{"by":"person","dossier":"H57.12-250705-0002","kind":"document","parts":[{"first":0,"last":0,"source":"'"$SOURCE"'"}],"v":1}' >"$WORK/asked"
mv "$WORK/asked" "$WORK/request/$(sha256sum <"$WORK/asked" | cut -d' ' -f1).json"
fresh
watch 1
picture >"$WORK/calm"
same "files in the ledger" $FILES "$("$SOHOA" ledger "$WORK/archive" --json | wc -l)"
same "files in done, one report" 6 "$(find "$WORK/in/done" -type f | wc -l)"
same "pages of the dossier that was asked for" 1 "$("$SOHOA" ls "$WORK/archive" --json --dossier H57.12-250705-0002 | wc -l)"
verify_clean "$WORK/archive"

step=1
sanitized && step=11
export SOHOA_TEST_KILL_LOG=$WORK/kinds
at=1
while :; do
    fresh
    code=0
    SOHOA_TEST_KILL_AT=$at "$SOHOA_HOOKS" watch -c "$WORK/watch.yaml" --once --json >"$OUT" \
        2>"$ERR" &
    wait $! 2>/dev/null || code=$?
    [ "$code" = 137 ] || break
    watch_code=0
    "$SOHOA_HOOKS" watch -c "$WORK/watch.yaml" --once --json >"$OUT" 2>"$ERR" || watch_code=$?
    # 0: the file that is no picture was told of before.
    [ "$watch_code" -le 1 ] || fail "exit code $watch_code after a kill at operation $at"
    no_sanitizer_finding "$ERR"
    picture >"$WORK/after"
    same_file "after a kill at operation $at ($(tail -n 1 "$WORK/kinds"))" "$WORK/calm" \
        "$WORK/after"
    verify_clean "$WORK/archive"
    at=$((at + step))
done
same "exit code of the run nobody killed" 1 "$code"
say "killed at $(wc -l <"$WORK/kinds") of $at operations: $(sort "$WORK/kinds" | uniq -c |
    awk '{printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2}')"
[ "$at" -gt 60 ] || fail "only $at operations: is the hook in place?"
