# tests/e2e/copies.sh - a second copy is kept, what is damaged is named by file and page, and put
# right from the copy to the same bytes; checks in turn, checks taken up again; a reader beside.
ON_DISK=1 # the whole way, once, where the product writes
. "$(dirname "$0")/lib.sh"
A=$WORK/archive C=$WORK/copy

# pictures FOLDER FROM TO
pictures() {
    mkdir -p "$1"
    local n
    for ((n = $2; n <= $3; n++)); do picture "$n" >"$1/p$n.pbm"; done
}

# put FILE AT: another byte there
put() {
    local byte
    chmod u+w "$1"
    byte=$(od -An -tu1 -j "$2" -N1 "$1")
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

segment() { echo "$A"/seg/"$(printf %010d "$1")"-*.seg; }

# Four sealed segments, each by its own run, and an open one.
init "$A"
for n in 1 2 3 4; do
    pictures "$WORK/in$n" $((n * 10)) $((n * 10 + 2))
    picture "$n" >"$WORK/in$n/=$n.pbm"
    (cd "$WORK/in$n" && ingest 0 "$A" ./p*.pbm "=$n.pbm")
    expect 0 "$SOHOA" sync "$A" "$C" --seal --json
    holds "one more segment" "$OUT" '.[-1].sync.copied == 1 and .[-1].sync.open_objects == 0'
done
pictures "$WORK/in5" 50 52
ingest 0 "$A" "$WORK/in5"
print_of "$A/seg" >"$WORK/.whole"

# --- sync ---------------------------------------------------------------------------------------
expect 0 "$SOHOA" sync "$A" "$C" --check --json
holds "nothing to copy" "$OUT" '.[-1].sync | .copied == 0 and .there == 4 and .segments == 4
                                and .odd == 0 and .open_objects > 0 and .open_bytes > 0'
expect 0 "$SOHOA" verify "$C" --json
holds "the copy is clean" "$OUT" '.[-1].summary.bad == 0 and .[-1].summary.missing == 0'
says "no catalogue in it" "$ERR" "sohoa reindex"
expect 0 "$SOHOA" reindex "$C"
same "pages in the copy" "$(pages_of "$A" | head -16 | wc -l)" "$(pages_of "$C" | wc -l)"
verify_clean "$C"
expect 3 "$SOHOA" sync "$A" "$A"
one_clear_line "the archive itself" 'is the archive itself'
init "$WORK/other"
expect 3 "$SOHOA" sync "$A" "$WORK/other"
one_clear_line "another archive" 'is another archive'

# Killed before any operation that changes something, a copy holds whole segments only, and the
# next run goes on.
whole_segments() { # whole_segments FOLDER
    local file name
    for file in "$1"/seg/*.seg; do
        [ -e "$file" ] || continue
        name=${file##*-}
        same "a segment behind a kill" "${name%.seg}" "$(sha256sum <"$file" | cut -d' ' -f1)"
    done
}
STEP=1
sanitized && STEP=7
for ((n = 1; ; n += STEP)); do
    rm -rf "$WORK/killed"
    code=0
    SOHOA_TEST_KILL_AT=$n "$SOHOA_HOOKS" sync "$A" "$WORK/killed" >"$OUT" 2>"$ERR" || code=$?
    [ "$code" = 137 ] || break
    whole_segments "$WORK/killed"
    [ ! -e "$WORK/killed/FORMAT" ] || expect 0 "$SOHOA" verify "$WORK/killed"
    expect 0 "$SOHOA" sync "$A" "$WORK/killed" --check
    [ ! -e "$WORK/killed/.segment.part" ] || fail "a part file stayed"
done
same "the last sync, not killed" 0 "$code"
[ "$n" -gt 20 ] || fail "only $n operations"
expect 0 "$SOHOA" verify "$WORK/killed"
say "sync killed before each of $n operations"

# --- damage: where, whose, and put right ----------------------------------------------------------
expect 0 "$SOHOA" verify "$A"
[ -s "$A/scrub.json" ] || fail "no scrub.json"
id=$(sha256sum <"$WORK/in2/p21.pbm" | cut -d' ' -f1)
two=$(segment 2)
at=$(LC_ALL=C grep -abo '# 21' "$two" | head -n 1 | cut -d: -f1)
put "$two" "$at"
expect 1 "$SOHOA" verify "$A" --json --report "$WORK/bad.csv" --workers 2
holds "the object is named" "$OUT" 'map(select(.what)) | length == 1 and .[0].object == $id
                                     and .[0].file == $file' \
    --arg id "$id" --arg file "seg/${two##*/}"
same "lines of the report" 2 "$(wc -l <"$WORK/bad.csv")"
says "the header" "$WORK/bad.csv" '^"File name","Dossier code","Page"'
says "the file is named" "$WORK/bad.csv" "^\"[^\"]*p21.pbm\",.*\"$id\",\"seg/${two##*/}\",\"[0-9]+\",\"its stored bytes"
LC_ALL=vi_VN.UTF-8 "$SOHOA" verify "$A" --report "$WORK/bad.vi.csv" >"$OUT" 2>"$ERR" && fail "nothing found"
says "in Vietnamese" "$WORK/bad.vi.csv" '^"Tên tệp","Mã hồ sơ","Trang"'
says "what is wrong" "$WORK/bad.vi.csv" 'nội dung đã lưu không khớp mã kiểm'

# A lost segment names every file and page that stood in it.
three=$(segment 3)
mv "$three" "$WORK/three"
expect 1 "$SOHOA" verify "$A" --report "$WORK/bad.csv"
for n in 30 31 32; do
    says "file $n is lost" "$WORK/bad.csv" "^\"[^\"]*p$n.pbm\",.*\"the file itself\""
    says "page of $n is lost" "$WORK/bad.csv" "^\"[^\"]*p$n.pbm\",\"\",\"1\",.*\"record of the page\""
done
says "no formula" "$WORK/bad.csv" "^\"'=3.pbm\","

# Killed before any operation: what was fine stays so, and the next run goes on.
for ((n = 1; ; n += STEP)); do
    rm -rf "$WORK/killed"
    cp -r "$A" "$WORK/killed"
    code=0
    SOHOA_TEST_KILL_AT=$n "$SOHOA_HOOKS" repair "$WORK/killed" --from "$C" >"$OUT" 2>"$ERR" || code=$?
    [ "$code" = 137 ] || break
    "$SOHOA" verify "$WORK/killed" --json >"$OUT" 2>"$ERR" || true
    holds "no worse" "$OUT" '.[-1].summary.bad <= 1 and .[-1].summary.missing <= 12'
    expect 0 "$SOHOA" repair "$WORK/killed" --from "$C"
    print_of "$WORK/killed/seg" >"$WORK/.again"
    same_file "the same bytes again" "$WORK/.whole" "$WORK/.again"
done
same "the last repair, not killed" 0 "$code"
[ "$n" -gt 10 ] || fail "only $n operations"
say "repair killed before each of $n operations"

# Readers go on beside the repair.
"$SOHOA" get "$A" "$(sha256sum <"$WORK/in1/p10.pbm" | cut -d' ' -f1)" --as original >"$WORK/.reader" &
reader=$!
expect 0 "$SOHOA" repair "$A" --from "$C" --json
wait $reader || fail "the reader failed"
same_file "what was read beside" "$WORK/in1/p10.pbm" "$WORK/.reader"
holds "both are put right" "$OUT" '.[-1].repair == {damaged: 2, repaired: 2, left: 0,
                                   catalogue: "ok", stopped: false}'
print_of "$A/seg" >"$WORK/.again"
same_file "the same bytes again" "$WORK/.whole" "$WORK/.again"
[ -f "$A/quarantine/.damaged-segments/${two##*/}" ] || fail "the damaged file is gone"
verify_clean "$A"
expect 0 "$SOHOA" repair "$A" --from "$C"
put "$A/FORMAT" 20
expect 0 "$SOHOA" repair "$A" --from "$C"
expect 3 "$SOHOA" repair "$A" --from "$WORK/other"
one_clear_line "another archive" 'copy of another archive'

# What no copy has is named.
put "$A/seg/0000000005.open" 5000
expect 1 "$SOHOA" repair "$A" --from "$C" --json
holds "it is named" "$OUT" '.[0].repaired == false and (.[0].file | startswith("seg/0000000005"))
                            and .[-1].repair.left == 1'
put "$A/seg/0000000005.open" 5000
put "$two" 5000
put "$C/seg/${two##*/}" 5001
expect 1 "$SOHOA" sync "$A" "$C" --check --json
holds "sync names it" "$OUT" '.[0].in == "copy" and .[-1].sync.odd == 1'
expect 1 "$SOHOA" repair "$A" --from "$C"
put "$two" 5000
expect 0 "$SOHOA" repair "$C" --from "$A"
verify_clean "$C"

# --- a share at a time, and taking up again -------------------------------------------------------
rm "$A/scrub.json"
for n in 1 2 3; do
    expect 0 "$SOHOA" verify "$A" --sample 25% --json
    # the next one, the newest sealed one and the open one
    holds "round $n" "$OUT" '.[-1].summary | .skipped == 2 and .segments == 3
                             and .never_checked == 3 - $n' --argjson n "$n"
done
holds "all were checked" "$OUT" '.[-1].summary.oldest_check | type == "string"'
three=$(segment 3)
put "$three" 5000
expect 1 "$SOHOA" verify "$A" --sample 100%
expect 1 "$SOHOA" verify "$A" --sample 1% # what was found bad is always looked at
put "$three" 5000

expect 0 "$SOHOA" verify "$A" --resume
says "nothing was interrupted" "$ERR" 'no interrupted verify'
# A run that began, and saw two segments before it was killed.
now=$(date +%s%N)
jq -c --argjson now "$now" '.began = $now - 1000000 | .segments |= map(if .[0] <= 2 then .[2] = $now
    else .[2] = $now - 1000000000000 end)' "$A/scrub.json" >"$WORK/.scrub"
cp "$WORK/.scrub" "$A/scrub.json"
expect 0 "$SOHOA" verify "$A" --resume --json
holds "two are left out" "$OUT" '.[-1].summary | .skipped == 2 and .segments == 3'
same "it came to its end" 0 "$(jq .began "$A/scrub.json")"

# Stopped by Ctrl-C while it opens the third segment: that one is ended, --resume takes the rest.
for n in {1..40}; do
    code=0
    SOHOA_TEST_INT_AT=$n "$SOHOA_HOOKS" verify "$A" --workers 1 --json >"$OUT" 2>"$ERR" || code=$?
    same "exit code after Ctrl-C" 130 "$code"
    holds "it says so" "$OUT" '.[-1].summary.stopped'
    [ "$(value "$OUT" .summary.segments)" != 3 ] || break
done
same "segments before the stop" 3 "$(value "$OUT" .summary.segments)"
expect 0 "$SOHOA" verify "$A" --resume --json
holds "three are left out" "$OUT" '.[-1].summary | .skipped == 3 and .segments == 2'
for n in {1..99}; do
    rm -rf "$WORK/killed"
    code=0
    SOHOA_TEST_INT_AT=$n "$SOHOA_HOOKS" sync "$A" "$WORK/killed" --json >"$OUT" 2>"$ERR" || code=$?
    whole_segments "$WORK/killed"
    [ "$code" = 130 ] || break
done
same "sync after its last opening" 0 "$code"
[ "$n" -gt 4 ] || fail "sync could not be stopped"

# What is in scrub.json is hostile input like any.
for text in '' '{' '[]' '{"scrub":1,"began":0,"segments":[[1]]}' '{"scrub":1,"began":9000000000000000000,"segments":[]}' \
    '{"scrub":2,"began":0,"segments":[]}'; do
    printf %s "$text" >"$A/scrub.json"
    expect 0 "$SOHOA" verify "$A" --sample 1% --json
    says "it is told" "$ERR" 'nothing counts as checked'
    holds "nothing counts" "$OUT" '.[-1].summary.never_checked == 2'
done
expect 2 "$SOHOA" verify "$A" --sample 0
expect 2 "$SOHOA" verify "$A" --sample 101%
expect 2 "$SOHOA" verify "$A" --sample 5% --resume
expect 2 "$SOHOA" verify "$A" --workers 0
expect 3 "$SOHOA" verify "$A" --report "$WORK/none/bad.csv"

# A medium that can only be read.
chmod 755 "$WORK"
rm -f "$A"/catalogue.db-*
chmod -R a+rX,a-w "$A"
if as_nobody "$SOHOA" --version >"$OUT" 2>&1; then
    expect 0 as_nobody "$SOHOA" verify "$A"
    says "it is told" "$ERR" 'what was checked cannot be noted'
else
    say "left out: nobody else may run the program here"
fi
chmod -R u+w "$A"
say "sync, repair, sample, resume, report"
