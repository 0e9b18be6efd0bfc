# tests/e2e/small.sh - texts are kept small: with the dictionary that is built in, with one learned
# from the archive, and readable with either for as long as there are segments.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
TEXT_BYTES_MAX=6000

alto_per_page() { "$SOHOA" stats "$1" --json | jq '.kinds.alto | .bytes_stored / .objects | ceil'; }

# Every text is given back with the digest its record has, and is XML of ALTO's name space.
texts_come_back() {
    local page alto n=0
    while IFS=$'\t' read -r page alto; do
        "$SOHOA" get "$1" "$page" --as alto -o "$WORK/.alto"
        same "digest of the text of $page" "$alto" "$(sha256sum <"$WORK/.alto" | cut -d' ' -f1)"
        says "ALTO" "$WORK/.alto" '^<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"'
        n=$((n + 1))
    done < <("$SOHOA" ls "$1" --json | jq -r 'select(.status == "ok").source_sha256' | sort -u |
        while read -r id; do "$SOHOA" show "$1" "$id" --json; done |
        jq -r 'select(.alto) | [.page, .alto] | @tsv')
    [ "$n" -gt 0 ] || fail "no texts in $1"
    say "$n texts came back"
}

# --- the pages of the collection --------------------------------------------------------------
if [ -d "$SOHOA_DATA/made/g300" ]; then
    init "$WORK/g300"
    ingest 0 "$WORK/g300" "$SOHOA_DATA/made/g300"
    same "pages with text" 24 "$("$SOHOA" stats "$WORK/g300" --json | jq .kinds.alto.objects)"
    bytes=$(alto_per_page "$WORK/g300")
    say "made/g300: $bytes bytes of ALTO a page"
    [ "$bytes" -le "$TEXT_BYTES_MAX" ] || fail "$bytes bytes of ALTO a page"
    texts_come_back "$WORK/g300"
    expect 3 "$SOHOA" dictionary "$WORK/g300"
    one_clear_line "too few to learn from" '24 pages with text'
else
    say "there is no collection at '$SOHOA_DATA': its pages are left out"
fi

# --- pages drawn, not those the built-in dictionary was made of ---------------------------------
make_pages "$WORK/in" --set clean --count 60 --seed 900 --dpi 200
make_pages "$WORK/more" --set clean --count 8 --seed 901 --dpi 200
init "$A"
ingest 0 "$A" "$WORK/in"
bytes=$(alto_per_page "$A")
[ "$bytes" -le "$TEXT_BYTES_MAX" ] || fail "$bytes bytes of ALTO a page of drawn papers"
expect 0 "$SOHOA" stats "$A" --json
cp "$OUT" "$WORK/stats"
holds "the kinds are all there is" "$WORK/stats" '.[0]
    | ([.kinds | del(.index)[] | .objects] | add) == .objects
      and ([.kinds | del(.index)[] | .bytes_raw] | add) == .bytes_raw
      and ([.kinds | del(.index)[] | .bytes_stored] | add) == .bytes_stored
      and .kinds.source.objects == .sources and .kinds.source.bytes_raw == .bytes_in
      and .kinds.dictionary.objects == 1 and .kinds.other.objects == 0
      and .kinds.record.objects == .sources + 2 * .pages and .kinds.index.bytes_stored > 0
      and .kinds.alto.bytes_stored < .kinds.alto.bytes_raw / 6'
expect 0 "$SOHOA" stats "$A"
says "for people" "$OUT" '^  texts +[0-9.]+ kB stored, of [0-9.]+ kB$'

# --- learning ---------------------------------------------------------------------------------
expect 0 "$SOHOA" dictionary "$A" -o "$WORK/a" --json
expect 0 "$SOHOA" dictionary "$A" --output "$WORK/b" --json
same_file "the same texts, the same dictionary" "$WORK/a" "$WORK/b"
same "its digest" "$(value "$OUT" .sha256)" "$(sha256sum <"$WORK/a" | cut -d' ' -f1)"
expect 0 "$SOHOA" stats "$A" --json
same_file "the archive was only read" "$WORK/stats" "$OUT"

expect 0 "$SOHOA" dictionary "$A" --json
holds "smaller, and taken" "$OUT" '.[0] | .taken and .text_bytes_after < .text_bytes_before
    and .learned_from + .judged_by == 60 and .bytes <= 65536'
id=$(value "$OUT" .sha256)
same "two segments" 2 "$(find "$A/seg" -type f | wc -l)"
"$SOHOA" get "$A" "$id" --as original | cmp - "$WORK/a" || fail "the dictionary is not in the archive"
ingest 0 "$A" "$WORK/more"
same "the second segment goes on" 2 "$(find "$A/seg" -type f | wc -l)"
texts_come_back "$A"
verify_clean "$A"
pages_of "$A" >"$WORK/.pages"
expect 0 "$SOHOA" reindex "$A"
pages_of "$A" >"$WORK/.again"
same_file "pages after reindex" "$WORK/.pages" "$WORK/.again"
texts_come_back "$A"

# A person, with what is in the segment and nothing else (docs/format-segment.md).
if command -v zstd >/dev/null; then
    S=$(echo "$A"/seg/0000000002*)
    n() { od -An -tu8 -j $(($1 + 32)) -N 8 "$S" | tr -d ' '; }
    dd if="$S" iflag=skip_bytes,count_bytes skip=$((4096 + 96)) count="$(n 4096)" status=none |
        zstd -dq >"$WORK/.dictionary"
    same_file "the dictionary by hand" "$WORK/a" "$WORK/.dictionary"
fi

# --- damage -----------------------------------------------------------------------------------
first_of() { # a page of this folder
    "$SOHOA" ls "$A" --json | jq -rs --arg folder "/$1/" 'map(select(.source | contains($folder)))[0].page'
}
before=$(first_of in) after=$(first_of more)
printf 'XXXX' | dd of="$A/seg/0000000002.open" bs=1 seek=$((4096 + 96 + 300)) conv=notrunc status=none
expect 4 "$SOHOA" get "$A" "$after" --as alto
one_clear_line "a text without its dictionary" 'the dictionary of segment 2'
"$SOHOA" get "$A" "$after" --as original >/dev/null
"$SOHOA" get "$A" "$before" --as alto >/dev/null
expect 1 "$SOHOA" verify "$A" --json
holds "verify names the dictionary first" "$OUT" '.[0].object == $id and .[0].offset == 4096' \
    --arg id "$id"
