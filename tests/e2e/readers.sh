# tests/e2e/readers.sh - ls, find, get, show and verify beside a writer under load: what they see is
# whole, never less than what the writer had told of, and never less than a moment ago.
. "$(dirname "$0")/lib.sh"

LOOKS=6 BATCHES=4 SMALL=60 LARGE=5 # the large files fill segments, so that some are sealed
sanitized && LOOKS=3 BATCHES=2 SMALL=20 LARGE=1
A=$WORK/archive

make_pages "$WORK/text" --set bilevel --count 2 --dpi 100 --seed 5
init "$A"
ingest 0 "$A" "$WORK/text"
expect 0 "$SOHOA" find "$A" --json 'cộng hòa'
FOUND=$(wc -l <"$OUT")
[ "$FOUND" -ge 1 ] || fail "there is nothing to find"

# batch N: so many files of their own. Bytes behind a picture belong to the file, and do not shrink.
batch() {
    local n
    mkdir "$WORK/in$1"
    for ((n = 0; n < SMALL; n++)); do
        picture "$1 $n" >"$WORK/in$1/$n.pbm"
    done
    for ((n = 0; n < LARGE; n++)); do
        { picture "$1 large $n" && head -c 6000000 /dev/urandom; } >"$WORK/in$1/$n-large.pbm"
    done
}

# One writer after the other, until it has been looked at often enough.
write_on() {
    local b=0
    while [ "$b" -lt "$BATCHES" ] || [ ! -e "$WORK/enough" ]; do
        batch "$b"
        "$SOHOA" ingest -A "$A" --json --io "$(io_of_build)" "$WORK/in$b" >>"$WORK/told"
        rm -rf "$WORK/in$b"
        b=$((b + 1))
    done
}
export -f batch write_on picture io_of_build
export A WORK BATCHES SMALL LARGE
setsid bash -euc write_on 2>"$WORK/told.err" &
WRITER=$!
GROUPS_STARTED=("$WRITER")

# told FILE: the digests of what the writer has told of as archived; its last line may be half.
told() {
    touch "$WORK/told"
    jq -rR 'fromjson? | select(.outcome == "archived").sha256' "$WORK/told" | LC_ALL=C sort >"$1"
}

# comes_back DIGEST: the original, byte for byte; its page and its record.
comes_back() {
    local page
    expect 0 "$SOHOA" get "$A" "$1" --as original -o "$WORK/.original"
    same "sha256sum of an original" "$1" "$(sha256sum <"$WORK/.original" | cut -d' ' -f1)"
    page=$(jq -r --arg s "$1" 'select(.source_sha256 == $s).page' "$WORK/.ls" | head -n 1)
    expect 0 "$SOHOA" get "$A" "$page" --as record
    jq -e . "$OUT" >/dev/null || fail "the record of $page is not whole"
    expect 0 "$SOHOA" show "$A" "$page"
}

looks=0 before=0
look() {
    local now id
    told "$WORK/.told"
    expect 0 "$SOHOA" ls "$A" --json
    cp "$OUT" "$WORK/.ls"
    now=$(jq -r .source_sha256 "$WORK/.ls" | wc -l)
    [ "$now" -ge "$before" ] || fail "ls showed $before pages, then $now"
    before=$now
    jq -r .source_sha256 "$WORK/.ls" | LC_ALL=C sort -u >"$WORK/.seen"
    LC_ALL=C comm -23 "$WORK/.told" "$WORK/.seen" >"$WORK/.lacking"
    [ ! -s "$WORK/.lacking" ] || fail "told of, and not there: $(head -n 1 "$WORK/.lacking")"
    # The newest of each: what was told of last, and what ls shows last.
    for id in $(tail -n 1 "$WORK/.told") $(tail -n 1 "$WORK/.ls" | jq -r .source_sha256); do
        comes_back "$id"
    done
    expect 0 "$SOHOA" find "$A" --json 'cộng hòa'
    same "pages found" "$FOUND" "$(wc -l <"$OUT")"
    expect 0 "$SOHOA" verify "$A" --json
    holds "verify beside a writer" "$OUT" 'length == 1 and .[0].summary.bad == 0
                                           and .[0].summary.missing == 0'
    looks=$((looks + 1))
    [ "$looks" -lt "$LOOKS" ] || touch "$WORK/enough"
}

while kill -0 "$WRITER" 2>/dev/null; do
    look
done
code=0
wait "$WRITER" || code=$?
GROUPS_STARTED=()
same "exit code of the writer" 0 "$code"
no_sanitizer_finding "$WORK/told.err"
look
same "pages at the end" $(($(wc -l <"$WORK/.told") + 2)) "$before"
sanitized || [ -n "$(find "$A/seg" -name '*.seg')" ] || fail "no segment was sealed meanwhile"
verify_clean "$A"
say "$looks looks at $before pages, $(find "$A/seg" -name '*.seg' | wc -l) segments sealed"
