# tests/e2e/copies.sh - a second copy is kept, what is damaged is named by file and page, and put
# right from the copy to the same bytes; checks in turn, checks taken up again; a reader beside.
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
    ingest 0 "$A" "$WORK/in$n"
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
same "pages in the copy" "$(pages_of "$A" | head -12 | wc -l)" "$(pages_of "$C" | wc -l)"
verify_clean "$C"
expect 3 "$SOHOA" sync "$A" "$A"
one_clear_line "the archive itself" 'is the archive itself'
init "$WORK/other"
expect 3 "$SOHOA" sync "$A" "$WORK/other"
one_clear_line "another archive" 'is another archive'

# Killed at any moment, the copy holds whole segments only, and the next run goes on.
for round in $(seq "${SOHOA_KILLS:-4}"); do
    rm -rf "$WORK/killed"
    "$SOHOA" sync "$A" "$WORK/killed" >"$OUT" 2>"$ERR" &
    pid=$!
    # as late as the work it has done by then: a round later each time
    for ((spin = 0; spin < round * 40; spin++)); do :; done
    while [ "$(find "$WORK/killed/seg" -type f 2>/dev/null | wc -l)" -lt $((round % 4)) ] &&
        kill -0 $pid 2>/dev/null; do :; done
    kill -KILL $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    for file in "$WORK/killed"/seg/*.seg; do
        [ -e "$file" ] || continue
        name=${file##*-}
        same "a segment of a killed sync" "${name%.seg}" "$(sha256sum <"$file" | cut -d' ' -f1)"
    done
    expect 0 "$SOHOA" sync "$A" "$WORK/killed" --check
    expect 0 "$SOHOA" verify "$WORK/killed"
    [ ! -e "$WORK/killed/.segment.part" ] || fail "a part file stayed"
done

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
says "the file is named" "$WORK/bad.csv" "^\"[^\"]*in2/p21.pbm\",.*\"$id\",\"seg/${two##*/}\",\"[0-9]+\",\"its stored bytes"
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
four=$(segment 1)
put "$four" 5000
expect 1 "$SOHOA" verify "$A" --sample 100%
expect 1 "$SOHOA" verify "$A" --sample 1% # what was found bad is always looked at
put "$four" 5000

expect 0 "$SOHOA" verify "$A" --resume
says "nothing was interrupted" "$ERR" 'no interrupted verify'
# A run that began, and saw two segments before it was killed.
now=$(date +%s)
jq -c --argjson now "$now" '.began = $now - 1 | .segments |= map(if .[0] <= 2 then .[2] = $now
    else .[2] = $now - 1000 end)' "$A/scrub.json" >"$WORK/.scrub"
cp "$WORK/.scrub" "$A/scrub.json"
expect 0 "$SOHOA" verify "$A" --resume --json
holds "two are left out" "$OUT" '.[-1].summary | .skipped == 2 and .segments == 3'
same "it came to its end" 0 "$(jq .began "$A/scrub.json")"

# Stopped by Ctrl-C: exit code 130, and --resume goes on.
"$SOHOA" verify "$A" --workers 1 >"$OUT" 2>"$ERR" &
pid=$!
kill -INT $pid 2>/dev/null || true
code=0
wait $pid || code=$?
case $code in 0 | 130) ;; *) fail "exit code $code after Ctrl-C" ;; esac
expect 0 "$SOHOA" verify "$A" --resume

# What is in scrub.json is hostile input like any.
for text in '' '{' '[]' '{"scrub":1,"began":0,"segments":[[1]]}' '{"scrub":1,"began":99999999999,"segments":[]}' \
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
say "sync, repair, sample, resume, report"
