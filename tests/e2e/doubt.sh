# tests/e2e/doubt.sh - a page our reader is in doubt of is read by Tesseract too; what was decided
# and why stands in its record and is counted by stats. What Tesseract does to the cell costs nothing.
. "$(dirname "$0")/lib.sh"

make_pages "$WORK/in" --set bilevel --count 3 --dpi 200 --degrade none --skew 0 --seed 3

# The same page white on black: of a TIFF only PhotometricInterpretation (tag 262) is changed, from
# "0 is white" to "0 is black". Our layout makes nothing of it, Tesseract's does.
page=$(find "$WORK/in" -name '*.tif' | LC_ALL=C sort | head -n 1)
dark=$WORK/in/dark.tif
cp "$page" "$dark"
at=$(LC_ALL=C grep -obUaP '\x06\x01\x03\x00\x01\x00\x00\x00\x00' "$dark" | head -n 1 | cut -d: -f1)
[ -n "$at" ] || fail "no tag 262 in $dark"
printf '\x01' | dd of="$dark" bs=1 seek=$((at + 8)) conv=notrunc status=none
truth=$WORK/in.truth/$(basename "$page" .tif).gt.txt

# take_in NAME ARGUMENT...
take_in() {
    local name=$1
    shift
    init "$WORK/$name"
    ingest 0 "$WORK/$name" "$@" "$WORK/in"
    "$SOHOA" ls "$WORK/$name" --json >"$WORK/$name.ls"
    "$SOHOA" stats "$WORK/$name" --json >"$WORK/$name.stats"
}

# is NAME WHAT FILTER: of the dark page, as listed and as recorded
is() {
    local id
    id=$(jq -r 'select(.source | endswith("/dark.tif")).page' "$WORK/$1.ls")
    "$SOHOA" get "$WORK/$1" "$id" --as record >"$WORK/record"
    holds "$1: $2, as listed" <(jq -c 'select(.source | endswith("/dark.tif"))' "$WORK/$1.ls") \
        "length == 1 and (.[0] | $3)"
    holds "$1: $2, as recorded" "$WORK/record" ".[0] | $3"
}

reads_well() {
    "$SOHOA" get "$WORK/$1" "$(jq -r 'select(.source | endswith("/dark.tif")).page' \
        "$WORK/$1.ls")" --as text >"$WORK/text"
    "$SOHOA_SCORE" --json "$truth" "$WORK/text" >"$WORK/score"
    holds "$1: the dark page reads well" "$WORK/score" '.[0].mean.word_f1 > 0.8'
}

ordinary='map(select(.source | endswith("/dark.tif") | not)) | length == 3 and all(
    (has("doubt") | not) and (.engine | startswith($engine)))'

take_in auto
is auto "Tesseract's text, and why" '(.engine | startswith("tesseract 5")) and .doubt == "low-confidence"'
reads_well auto
holds "ordinary pages are not in doubt" "$WORK/auto.ls" "$ordinary" --arg engine 'sohoa '
holds "counted" "$WORK/auto.stats" '.[0] | .pages == 4 and .doubt.pages == 1
    and .doubt.pages_pct == 25 and .doubt.tesseract == 1 and .doubt.tesseract_pct == 25
    and .doubt.reasons == {"low-confidence": {pages: 1, pages_pct: 25, tesseract: 1,
                                              tesseract_pct: 25}}'
expect 0 "$SOHOA" stats "$WORK/auto"
says "stats" "$OUT" "^in doubt +1 \(25\.0 %\), with Tesseract's text 1 \(25\.0 %\)\$"
says "stats by reason" "$OUT" "^  low-confidence: 1 \(25\.0 %\), with Tesseract's text 1 \(25\.0 %\)\$"
expect 0 "$SOHOA" show "$WORK/auto" "$(jq -r 'select(.doubt).page' "$WORK/auto.ls")"
says "show" "$OUT" '^read by +tesseract 5.* \(in doubt: low-confidence\)$'
expect 0 "$SOHOA" reindex "$WORK/auto"
"$SOHOA" stats "$WORK/auto" --json >"$WORK/again.stats"
same "doubts after a reindex" "$(jq -c .doubt "$WORK/auto.stats")" \
    "$(jq -c .doubt "$WORK/again.stats")"
verify_clean "$WORK/auto"

take_in thread --isolation thread
same_file "records by thread and by process" <(jq -cS 'del(.archived)' "$WORK/auto.ls") \
    <(jq -cS 'del(.archived)' "$WORK/thread.ls")

take_in fast --engine fast
is fast "our doubt, our text" '(.engine | startswith("sohoa ")) and .doubt == "low-confidence"'
holds "fast: ordinary pages are not in doubt" "$WORK/fast.ls" "$ordinary" --arg engine 'sohoa '
holds "fast: counted" "$WORK/fast.stats" '.[0].doubt | .pages == 1 and .tesseract == 0'

take_in tesseract --engine tesseract
is tesseract "no doubt of ours" '(.engine | startswith("tesseract ")) and (has("doubt") | not)'
holds "tesseract: everywhere" "$WORK/tesseract.ls" "$ordinary" --arg engine 'tesseract '
holds "tesseract: nothing to count" "$WORK/tesseract.stats" '.[0].doubt
    | .pages == 0 and .tesseract == 0 and .reasons == {}'

# What goes wrong with a second opinion: the page and all others are read as with ours alone.
text_of_dark=$("$SOHOA" get "$WORK/fast" "$(jq -r 'select(.doubt).page' "$WORK/fast.ls")" --as text |
    sha256sum)
SECONDS_MAX=5
sanitized && SECONDS_MAX=20
for how in crash exit hang memory; do
    [ "$how" = memory ] && sanitized && continue
    init "$WORK/$how"
    SOHOA_TEST_CELL=$how:second ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:handle_abort=0 \
        expect 0 "$SOHOA_HOOKS" ingest -A "$WORK/$how" --json --page-seconds "$SECONDS_MAX" \
        --workers 1 "$WORK/in"
    sums_add_up "$OUT"
    holds "$how: no page is lost" "$OUT" '.[-1].summary | .pages == 4 and .pages_failed == 0'
    "$SOHOA" ls "$WORK/$how" --json >"$WORK/$how.ls"
    is "$how" "our doubt, our text" '(.engine | startswith("sohoa ")) and .doubt == "low-confidence"'
    same "$how: text" "$text_of_dark" "$("$SOHOA" get "$WORK/$how" \
        "$(jq -r 'select(.doubt).page' "$WORK/$how.ls")" --as text | sha256sum)"
    verify_clean "$WORK/$how"
    say "$how while Tesseract reads: our text stays"
done
