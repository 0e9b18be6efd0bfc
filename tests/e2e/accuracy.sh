# tests/e2e/accuracy.sh - the text is no worse than what the stock tesseract reads on the same
# pictures: mean and median character error rate of each set. Prints the tables.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
export OMP_THREAD_LIMIT=1

[ -d "$SOHOA_DATA/vie_real" ] || skip "there are no real scans at '$SOHOA_DATA'"
command -v tesseract >"$WORK/.tesseract" || skip "the tesseract program is not installed"

# name, picture and truth of every page of a set
pages_with_truth() {
    local picture base
    for picture in "$SOHOA_DATA/$1"/*.{tif,png,jpg}; do
        [ -e "$picture" ] || continue
        base=${picture%.*}
        [ ! -e "$base$2" ] || printf '%s\t%s\t%s\n' "$(basename "$base")" "$picture" "$base$2"
    done
}
pages_with_truth vie_real .gt_print.txt >"$WORK/vie_real"
pages_with_truth vie_synth .gt.txt >"$WORK/vie_synth"

init "$A"
ingest 0 "$A" "$SOHOA_DATA"/vie_real/*.{tif,png} "$SOHOA_DATA"/vie_synth/*.jpg
"$SOHOA" ls "$A" --json >"$WORK/ls"

for set in vie_real vie_synth; do
    mkdir "$WORK/$set.ours" "$WORK/$set.stock"
    cut -f1,2 "$WORK/$set" | tr '\t' '\n' | tr '\n' '\0' |
        xargs -0 -r -n 2 -P 2 sh -c 'exec tesseract "$2" "$0/$1" -l vie' "$WORK/$set.stock" \
            >"$WORK/.log" 2>&1 || fail "tesseract: $(tail -n 1 "$WORK/.log")"
    while IFS=$'\t' read -r name picture truth; do
        page=$(jq -r 'select(.source == $p).page' --arg p "$picture" "$WORK/ls")
        "$SOHOA" get "$A" "$page" --as text >"$WORK/$set.ours/$name.txt"
        printf '%s\t%s\n' "$truth" "$WORK/$set.ours/$name.txt" >>"$WORK/$set.ours.list"
        printf '%s\t%s\n' "$truth" "$WORK/$set.stock/$name.txt" >>"$WORK/$set.stock.list"
    done <"$WORK/$set"
    for who in ours stock; do
        say "$set, $who ($(wc -l <"$WORK/$set") pages)"
        "$SOHOA_SCORE" --list "$WORK/$set.$who.list"
        "$SOHOA_SCORE" --json --list "$WORK/$set.$who.list" >"$WORK/$set.$who.json"
    done
    [ "$(wc -l <"$WORK/$set")" -ge 12 ] || fail "$set: only $(wc -l <"$WORK/$set") pages"
done
# Five hundredths of a point are rounding of boxes, not reading.
for set in vie_real vie_synth; do
    for average in mean median; do
        jq -es --arg a "$average" '.[0][$a].cer <= .[1][$a].cer + 0.0005' \
            "$WORK/$set.ours.json" "$WORK/$set.stock.json" >"$WORK/.verdict" ||
            fail "$set: $average CER $(jq ".$average.cer" "$WORK/$set.ours.json") is above the" \
                "stock $(jq ".$average.cer" "$WORK/$set.stock.json")"
    done
done
