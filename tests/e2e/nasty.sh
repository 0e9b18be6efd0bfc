# tests/e2e/nasty.sh - hundreds of corrupt, odd and hostile files, bombs included, in one run: it
# ends by itself, within its memory, and every file has an outcome a clerk understands.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

[ -d "$SOHOA_DATA/nasty" ] || skip "there are no hostile files at '$SOHOA_DATA'"
files=$(find "$SOHOA_DATA/nasty" ! -type d | wc -l)
[ "$files" -ge 400 ] || fail "only $files files: the collection is not whole"

# The bound, as it is printed to people before anything is read.
init "$WORK/empty"
mkdir "$WORK/nothing"
expect 0 "$SOHOA" ingest -A "$WORK/empty" --workers 2 --page-seconds 20 "$WORK/nothing"
read -r number unit < <(sed -n 's/^2 workers, memory at most //p' "$ERR")
case $unit in
MB) bound=$(jq -n "$number * 1000000") ;;
GB) bound=$(jq -n "$number * 1000000000") ;;
*) fail "no bound printed: $(cat "$ERR")" ;;
esac

init "$A"
code=0
"$SOHOA" ingest -A "$A" --json --workers 2 --page-seconds 20 "$SOHOA_DATA/nasty" >"$OUT" 2>"$ERR" ||
    code=$?
[ "$code" -le 1 ] || fail "exit code $code"
cp "$OUT" "$WORK/lines"
sums_add_up "$WORK/lines"
holds "every file has an outcome" "$WORK/lines" '.[-1].summary.sources == $n' --argjson n "$files"
jq -r 'select(.source).source' "$WORK/lines" | LC_ALL=C sort >"$WORK/told"
find "$SOHOA_DATA/nasty" ! -type d | LC_ALL=C sort >"$WORK/there"
same_file "files there and files told of" "$WORK/there" "$WORK/told"
holds "memory stays below the bound" "$WORK/lines" '.[-1].summary.peak_rss_bytes < $bound' \
    --argjson bound "$bound"
holds "who is quarantined has a reason" "$WORK/lines" 'map(select(.outcome == "quarantined"))
    | all((.reason | length > 10) and (.reason_code | IN("none", null) | not))'
say "$(value "$WORK/lines" '.summary | "\(.archived) archived, \(.duplicate) duplicate, " +
    "\(.quarantined) quarantined, \(.pages_failed) of \(.pages) pages failed, \(.wall_s) s, " +
    "\(.peak_rss_bytes / 1000000 | floor) MB at most"') of $number $unit"
jq -r 'select(.outcome == "quarantined").reason_code' "$WORK/lines" | sort | uniq -c | sort -rn

# Both languages for each, and the copy is what came.
for why in "$A"/quarantine/*.why; do
    for label in Problem "What to do" Lỗi "Cách xử lý"; do
        grep -aq "^$label: .\{5,\}" "$why" || fail "$why has no '$label'"
    done
    copy=${why%.why}
    sha=$(sed -n 's/^sha256: //p' "$why")
    [ ! -e "$copy" ] || same "the copy of $copy" "$sha" "$(sha256sum <"$copy" | cut -d' ' -f1)"
done
# Files of the same content and name share one note.
sed -ns 's/^path: //p' "$A"/quarantine/*.why >"$WORK/noted"
sed -ns 's/^sha256: //p' "$A"/quarantine/*.why >"$WORK/noted.sha"
while IFS=$'\t' read -r path sha; do
    grep -Fxq -- "$path" "$WORK/noted" || grep -Fxq -- "$sha" "$WORK/noted.sha" ||
        fail "no .why for $path"
done < <(jq -r 'select(.outcome == "quarantined") | [.source, .sha256 // "?"] | @tsv' "$WORK/lines")

originals_come_back "$A" "$WORK/lines"
expect 0 "$SOHOA" ls "$A" --json
holds "pages that failed have a reason, others are whole" "$OUT" 'all(
    if .status == "failed" then (.reason | length > 10) else .reason == null and .width > 0 end)'
verify_clean "$A"
