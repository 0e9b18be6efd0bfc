# tests/e2e/separators.sh - separator sheets in a stack are told of, by ls, show and the records;
# the pages between are not. What a sealed cell reads, a thread reads too.
. "$(dirname "$0")/lib.sh"

make_pages "$WORK/in" --set separators --count 12 --seed 1
cp "$WORK/in.truth/separators.tsv" "$WORK/truth.tsv"
make_pages "$WORK/in" --set bilevel --count 3 --dpi 200 --seed 4

init "$WORK/a"
ingest 0 "$WORK/a" "$WORK/in"
holds "the stage is counted" "$OUT" '.[-1].summary.stages.separator.pages == 15'
"$SOHOA" ls "$WORK/a" --json >"$WORK/ls"

# file, kind, code, as the maker of the sheets says and as sohoa says
tail -n +2 "$WORK/truth.tsv" | awk -F'\t' '{ print $1, $3, $4 }' | LC_ALL=C sort >"$WORK/wanted"
jq -r 'select(.separator) | "\(.source | sub(".*/"; "")) \(.separator.kind) \(.separator.code // "-")"' \
    "$WORK/ls" | LC_ALL=C sort >"$WORK/got"
same_file "separators" "$WORK/wanted" "$WORK/got"
holds "and nothing else is one" "$WORK/ls" 'map(select(has("separator") | not)) | length == 3'
holds "QR codes say in full what they say" "$WORK/ls" \
    'map(select(.separator.kind == "qr").separator | .code as $c | .text | contains($c)) | all'
holds "letters come through the sandbox" "$WORK/ls" \
    'any(.separator.text // "" | test("Nguyễn Văn Bình|Mã hồ sơ"))'

id=$(jq -r 'select(.separator.kind == "qr").page' "$WORK/ls" | head -n 1)
code=$(jq -r --arg id "$id" 'select(.page == $id).separator.code' "$WORK/ls")
expect 0 "$SOHOA" show "$WORK/a" "$id"
says "show" "$OUT" "^separator +qr ${code//./\\.}\$"
expect 0 "$SOHOA" show "$WORK/a" "$id" --json
holds "show --json" "$OUT" '.[0].separator.code == $code' --arg code "$code"
"$SOHOA" get "$WORK/a" "$id" --as record >"$WORK/record"
holds "the record" "$WORK/record" '.[0].separator | .kind == "qr" and .code == $code
    and (.box | length == 4 and .[2] > 50 and .[3] > 50)' --arg code "$code"

# The catalogue is made anew from the records; a second archive gets the same records.
pages_of "$WORK/a" >"$WORK/before"
rm -f "$WORK/a"/catalogue*
expect 0 "$SOHOA" reindex "$WORK/a"
pages_of "$WORK/a" >"$WORK/after"
same_file "pages after a reindex" "$WORK/before" "$WORK/after"
contents_of "$WORK/a" >"$WORK/contents.a"
init "$WORK/b"
ingest 0 "$WORK/b" --isolation thread "$WORK/in"
contents_of "$WORK/b" >"$WORK/contents.b"
same_file "what a cell and a thread read" "$WORK/contents.a" "$WORK/contents.b"
say "$(wc -l <"$WORK/got") separator sheets among 15 pages"
