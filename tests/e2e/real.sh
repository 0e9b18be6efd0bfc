# tests/e2e/real.sh - the real scans, and those that stand for them, in one run: everything goes in,
# comes back, and signed PDFs are found by what is printed on them.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

[ -d "$SOHOA_DATA/vie_real" ] || skip "there are no real scans at '$SOHOA_DATA'"
(cd "$SOHOA_DATA" && find vie_real vie_real_pdf vie_synth made eng_isri -type f \
    \( -name '*.tif' -o -name '*.png' -o -name '*.jpg' -o -name '*.pdf' \)) | LC_ALL=C sort >"$WORK/list"
mapfile -t FILES < <(sed "s|^|$SOHOA_DATA/|" "$WORK/list")
[ "${#FILES[@]}" -ge 95 ] || fail "only ${#FILES[@]} files: the collection is not whole"

init "$A"
ingest 0 "$A" "${FILES[@]}"
cp "$OUT" "$WORK/lines"
holds "all files, no page lost" "$WORK/lines" '.[-1].summary
    | .sources == $n and .quarantined == 0 and .pages_failed == 0 and .pages >= .archived' \
    --argjson n "${#FILES[@]}"
holds "each is archived or a copy of one that is" "$WORK/lines" '
    (map(select(.outcome == "archived").sha256)) as $in
    | map(select(.outcome == "duplicate")) | all(.sha256 | IN($in[]))'
say "$(value "$OUT" '.summary | "\(.archived) archived, \(.duplicate) duplicate, \(.pages) pages, \(.wall_s) s"')"
originals_come_back "$A" "$WORK/lines"
jq -r 'select(.source) | .sha256 + "  " + .source' "$WORK/lines" | sha256sum --check --quiet ||
    fail "sha256 is not that of the file"
verify_clean "$A"
expect 0 "$SOHOA" ls "$A" --json
cp "$OUT" "$WORK/ls"
holds "no page failed" "$WORK/ls" 'all(.status != "failed")'

# The signed PDFs hold the very pictures of vie_real; their stamp is not their text.
checked=0
for pdf in "$SOHOA_DATA"/vie_real_pdf/*.pdf; do
    name=$(basename "$pdf" .pdf)
    holds "$name: all pages read" "$WORK/ls" \
        'map(select(.source == $pdf)) | length > 0 and all(.status == "ok")' --arg pdf "$pdf"
    for scan in "$SOHOA_DATA/vie_real/${name%_fuel}"_p*.tif; do
        index=$((10#${scan: -6:2} - 1))
        page=$(jq -r 'select(.source == $pdf and .index == $index).page' \
            --arg pdf "$pdf" --argjson index "$index" "$WORK/ls")
        [ -n "$page" ] || continue # the collection has pages the PDF was cut before
        holds "$name, page $index: the picture is the scanner's own" "$WORK/ls" '
            (map(select(.page == $page))[0]) as $a | (map(select(.source == $scan))[0]) as $b
            | $a.width == $b.width and $a.height == $b.height and $a.dpi == $b.dpi' \
            --arg page "$page" --arg scan "$scan"
        "$SOHOA" get "$A" "$page" --as text >"$WORK/of_pdf"
        "$SOHOA" get "$A" "$(jq -r 'select(.source == $scan).page' --arg scan "$scan" "$WORK/ls")" \
            --as text >"$WORK/of_scan"
        same_file "text of $name, page $index, and of its scan" "$WORK/of_scan" "$WORK/of_pdf"
        checked=$((checked + 1))
    done
    # Four words in a row of the printed body, as transcribed by hand; most must be found there.
    truth=("$SOHOA_DATA/vie_real/${name%_fuel}"_p01.gt_print.txt)
    tried=0 hits=0
    while read -r phrase; do
        expect 0 "$SOHOA" find "$A" "\"$phrase\"" --limit 100 --json
        tried=$((tried + 1))
        ! jq -es 'any(.source == $pdf and .index == 0)' --arg pdf "$pdf" "$OUT" >"$WORK/.found" ||
            hits=$((hits + 1))
    done < <(grep -oP '(?<![\p{L}])\p{L}{2,}( \p{L}{2,}){3}(?![\p{L}])' "${truth[@]}" | head -n 12)
    [ "$tried" -ge 5 ] || fail "$name: only $tried phrases to look for"
    [ $((hits * 10)) -ge $((tried * 7)) ] || fail "$name: $hits of $tried phrases of its body found"
    say "$name: $hits of $tried phrases of its body found"
done
[ "$checked" -ge 8 ] || fail "only $checked pages of PDFs compared with their scans"
