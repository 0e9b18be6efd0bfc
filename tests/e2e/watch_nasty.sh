# tests/e2e/watch_nasty.sh - hundreds of corrupt, odd and hostile files through a hot folder: none
# stalls it, each is explained, and a good file that comes after the worst is archived.
. "$(dirname "$0")/lib.sh"
[ -d "$SOHOA_DATA/nasty" ] || skip "there are no hostile files at '$SOHOA_DATA'"
make_pages "$WORK/pages" --set bilevel --count 1 --dpi 100 --seed 5
init "$WORK/archive"
cp -r "$SOHOA_DATA/nasty" "$WORK/in"
find "$WORK/in" -name '.*' -type f -delete # names that say they are being written
files=$(find "$WORK/in" ! -type d | wc -l)
[ "$files" -ge 400 ] || fail "only $files files: the collection is not whole"

: >"$WORK/told"
serve -A "$WORK/archive" --workers 2 --page-seconds 20 --disk-reserve 0 --io "$(io_of_build)" \
    "$WORK/in"

# Once the bombs are under way.
PATIENCE=600
quarter_done() { [ "$(wc -l <"$WORK/told")" -gt $((files / 4)) ]; }
wait_for "a quarter of $files files" quarter_done
cp "$WORK"/pages/* "$WORK/in/good-one.tif"
nothing_left() {
    local rest # directories vanish under find
    rest=$(find "$WORK/in" ! -type d ! -path '*/.sohoa/LOCK' ! -path '*/done/*' \
        ! -path '*/quarantine/*') || true
    head -n 3 <<<"$rest"
    [ -z "$rest" ]
}
wait_for "these files to be taken" nothing_left
stop_service

"$SOHOA" ledger "$WORK/archive" --json >"$WORK/ledger"
same "lines in the ledger" $((files + 1)) "$(wc -l <"$WORK/ledger")"
holds "who is quarantined has a reason" "$WORK/ledger" '
    map(select(.outcome == "quarantined")) | length > 100 and all(.reason_code != "")'
holds "the good one is archived" "$WORK/ledger" '
    any(.path == "good-one.tif" and .outcome == "archived")'
same "files in done and quarantine" $((files + 1)) \
    "$(find "$WORK/in" ! -type d \( -path '*/done/*' -o -path '*/quarantine/*' \) \
        ! -name '*.why' ! -name '*.why.json' | wc -l)"
find "$WORK/in/quarantine" -name '*.why.json' | while read -r why; do
    jq -e '.what.vi != "" and .advice.vi != "" and .reason_code != ""' "$why" >/dev/null ||
        fail "$why explains nothing"
done
same "explanations" "$(jq -r 'select(.outcome == "quarantined").path' "$WORK/ledger" | wc -l)" \
    "$(find "$WORK/in/quarantine" -name '*.why.json' | wc -l)"
verify_clean "$WORK/archive"
say "$files hostile files: $(jq -r .outcome "$WORK/ledger" | sort | uniq -c |
    awk '{printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2}')"
