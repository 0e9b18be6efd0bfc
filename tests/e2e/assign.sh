# tests/e2e/assign.sh - a person says which pages are one paper; a correction takes over; nothing
# else changes, and the catalogue made anew says the same.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
ONE=H57.12-250705-0001 TWO=000.00.12.H57-250705-0002

make_pages "$WORK/in" --set demo --dpi 100
init "$A"
ingest 1 "$A" "$WORK/in"
expect 0 "$SOHOA" ls "$A" --json
cp "$OUT" "$WORK/ls"
holds "nothing is in a dossier yet" "$WORK/ls" 'all((has("dossier") or has("document")) | not)'
# A report of two pages, a paper of three, a decision of one.
id_of() { jq -r 'select(.source | contains($f)) | .'"$2" --arg f "/$1-" "$WORK/ls" | head -n 1; }
REPORT=$(id_of 002 source_sha256) OFFICIAL=$(id_of 003 source_sha256) DECISION=$(id_of 001 page)
R=${REPORT:0:32} O=${OFFICIAL:0:32}
same "pages of the report" 2 "$(grep -c "$REPORT" "$WORK/ls")"
same "pages of the paper" 3 "$(grep -c "$OFFICIAL" "$WORK/ls")"

assign() { # assign CODE ARGUMENT...
    local want=$1
    shift
    expect "$want" "$SOHOA" assign -A "$A" "$@"
}
# in_dossier WHAT CODE PAGE...: these pages, in this order
in_dossier() {
    local what=$1 code=$2
    shift 2
    same "$what" "$*" "$("$SOHOA" ls "$A" --dossier "$code" --json | jq -r .page | tr '\n' ' ' |
        sed 's/ $//')"
}
objects() { "$SOHOA" stats "$A" --json | jq .objects; }

# --- a paper ----------------------------------------------------------------------------------
before=$(objects)
assign 0 --dossier "$ONE" --title 'Báo cáo tháng' "$DECISION" "$REPORT" --json
holds "what was written is told" "$OUT" 'length == 1 and (.[0] | .dossier == $code and .pages == 3
    and .written and (.document | test("^[0-9a-f]{64}$")))' --arg code "$ONE"
DOCUMENT=$(value "$OUT" .document)
same "one object more" $((before + 1)) "$(objects)"
in_dossier "in the order given" "$ONE" "$DECISION" "$R.0" "$R.1"
expect 0 "$SOHOA" ls "$A" --dossier "$ONE" --json
holds "the fields of a page of it" "$OUT" 'length == 3 and (map(.document_index) == [0, 1, 2])
    and all(.dossier == $code and .document == $document and .document_title == "Báo cáo tháng"
            and (has("separator") | not))' --arg code "$ONE" --arg document "$DOCUMENT"
expect 0 "$SOHOA" get "$A" "$DOCUMENT"
holds "the record itself" "$OUT" '.[0] | .kind == "document" and .by == "person" and .dossier == $code
    and (.parts | length) == 2 and (has("replaces") | not)' --arg code "$ONE"
expect 0 "$SOHOA" show "$A" "$R.1"
says "show: dossier" "$OUT" "^dossier     $ONE\$"
says "show: document" "$OUT" "^document    $DOCUMENT \(page 3 of it\)\$"
says "show: title" "$OUT" '^title       Báo cáo tháng$'
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "show --json" "$OUT" '.[0].dossier == $code' --arg code "$ONE"
expect 0 "$SOHOA" ls "$A"
same "ls tells the dossier" 3 "$(grep -c "($ONE)" "$OUT")"

# --- asking -----------------------------------------------------------------------------------
expect 0 "$SOHOA" find "$A" quyet dinh --dossier "$ONE" --json
holds "words in the dossier" "$OUT" 'length > 0 and all(.dossier == $code and (.boxes | length > 0))' \
    --arg code "$ONE"
expect 0 "$SOHOA" find "$A" quyet dinh --dossier "$TWO" --json
same "no words in another" 0 "$(wc -l <"$OUT")"
expect 0 "$SOHOA" find "$A" --dossier 'H57.12-*' --json
same "pages without words, codes that begin so" 3 "$(wc -l <"$OUT")"
expect 0 "$SOHOA" ls "$A" --unassigned --json
same "the rest is to be assigned" $(($(wc -l <"$WORK/ls") - 3)) "$(wc -l <"$OUT")"
holds "none of them is in it" "$OUT" 'all(has("dossier") | not)'
for wrong in '' 'H 57' 'H*-0001' "$(printf '%060d' 0)"; do
    expect 2 "$SOHOA" ls "$A" --dossier "$wrong"
    expect 2 "$SOHOA" find "$A" x --dossier "$wrong"
done
expect 2 "$SOHOA" ls "$A" --dossier "$ONE" --unassigned
expect 2 "$SOHOA" find "$A" --dossier "$ONE" --unassigned

# --- corrections ------------------------------------------------------------------------------
before=$(objects)
assign 0 --dossier "$ONE" "$DECISION" "$REPORT"
says "the same again" "$OUT" "^dossier $ONE: so it was already, nothing was written\$"
same "nothing was written" "$before" "$(objects)"
assign 0 --dossier "$TWO" "$R.1"
says "one page" "$OUT" "^dossier $TWO: 1 page, as one document\$"
in_dossier "taken over" "$TWO" "$R.1"
in_dossier "the others stay" "$ONE" "$DECISION" "$R.0"
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "the title of the document it was of" "$OUT" '.[0].document_title == "Báo cáo tháng"'
SECOND=$(value "$OUT" .document)
"$SOHOA" get "$A" "$SECOND" >"$WORK/record"
holds "the record says whose page it was" "$WORK/record" '.[0].replaces == $d' --arg d "$DOCUMENT"
# Back again: what the first record said, and yet another object.
assign 0 --dossier "$ONE" "$DECISION" "$REPORT" --json
[ "$(value "$OUT" .document)" != "$DOCUMENT" ] || fail "going back gave the old object"
in_dossier "gone back" "$ONE" "$DECISION" "$R.0" "$R.1"
in_dossier "nothing is left of the mistake" "$TWO"
# Only the title is another; then there is none.
assign 0 --dossier "$ONE" --title 'Quyết định' "$DECISION" "$REPORT" --json
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "another title" "$OUT" '.[0].document_title == "Quyết định"'
assign 0 --dossier "$ONE" --title '' "$DECISION" "$REPORT" --json
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "a title can be taken off" "$OUT" '.[0] | has("document_title") | not'
# A piece of a document, with the same dossier: a document of its own.
assign 0 --dossier "$ONE" "$R.1" --json
holds "a piece is news" "$OUT" '.[0].written'
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "the piece begins anew" "$OUT" '.[0].document_index == 0'
in_dossier "the whole of it" "$ONE" "$DECISION" "$R.0" "$R.1"
assign 0 --dossier "$TWO" "$O.2" "$O.0" # any order, a hole
in_dossier "in that order" "$TWO" "$O.2" "$O.0"

# --- what is refused, and that it changes nothing -----------------------------------------------
print_of "$A/seg" >"$WORK/before"
assign 2 --dossier HS-17 "$R.0"
says "not a code" "$ERR" "'HS-17' does not have the form of a dossier code \(000.00.12.H57-250705-0001 or"
assign 2 --dossier "${ONE/07/13}" "$R.0"
says "a month that is none" "$ERR" 'does not have the form'
assign 2 --force --dossier 'H57 *' "$R.0"
says "no code at all" "$ERR" "'H57 \*' cannot be a dossier code"
assign 2 --dossier "$ONE" --title "$(printf '%0501d' 0)" "$R.0"
says "a title too long" "$ERR" 'the title is longer than 500 characters'
assign 2 --dossier "$ONE" --title $'a\e[2J' "$R.0"
assign 2 --dossier "$ONE" "$REPORT" "$R.0"
says "a page twice" "$ERR" "page $R.0 is named twice"
assign 2 --dossier "$ONE"
says "nothing to assign" "$ERR" 'no page or source'
assign 2 "$R.0"
says "no dossier" "$ERR" 'which dossier'
expect 2 env -u SOHOA_ARCHIVE "$SOHOA" assign --dossier "$ONE" "$R.0"
says "no archive" "$ERR" 'which archive'
for missing in "$R.9" "$(printf '%064d' 0)" nonsense; do
    assign 1 --dossier "$ONE" "$O.1" "$missing"
    one_clear_line "not there" "the archive has no page or source '$missing'"
done
expect 3 "$SOHOA" assign -A "$WORK/none" --dossier "$ONE" "$R.0"
one_clear_line "no archive" "there is no archive at"
print_of "$A/seg" >"$WORK/after"
same_file "the segments" "$WORK/before" "$WORK/after"
# Another writer: one whose page never ends.
cp "$WORK"/in/001-* "$WORK/other.jpg"
printf 'x' >>"$WORK/other.jpg"
SOHOA_TEST_CELL=hang:all setsid "$SOHOA_HOOKS" ingest -A "$A" "$WORK/other.jpg" \
    >"$WORK/.writer" 2>&1 &
WRITER=$!
GROUPS_STARTED=("$WRITER")
for ((i = 0; i < 600; i++)); do
    ! grep -q ":$(stat -c %i "$A/LOCK") " /proc/locks || break
    kill -0 "$WRITER" || fail "the other writer ended"
    sleep 0.1
done
assign 3 --dossier "$ONE" "$R.0"
one_clear_line "another writer" "'$A' is in use by another writer; try again when it is done"
LC_ALL=vi expect 3 "$SOHOA" assign -A "$A" --dossier "$ONE" "$R.0"
one_clear_line "in Vietnamese" 'đang được một tiến trình khác ghi'
kill -KILL -- "-$WRITER"
wait "$WRITER" 2>/dev/null || true
GROUPS_STARTED=()

# --- by force, and through the environment ------------------------------------------------------
SOHOA_ARCHIVE=$A expect 0 "$SOHOA" assign --force --dossier HS/17 "$O.1"
in_dossier "by force" HS/17 "$O.1"

# --- the catalogue is derived ---------------------------------------------------------------------
"$SOHOA" ls "$A" --json >"$WORK/rows"
"$SOHOA" ls "$A" --dossier '*' --json >"$WORK/order"
expect 0 "$SOHOA" reindex "$A"
"$SOHOA" ls "$A" --json >"$WORK/rows.again"
"$SOHOA" ls "$A" --dossier '*' --json >"$WORK/order.again"
same_file "rows after reindex" "$WORK/rows" "$WORK/rows.again"
same_file "order after reindex" "$WORK/order" "$WORK/order.again"
# A writer that was killed may have left the catalogue behind, or none.
rm "$A"/catalogue.*
assign 0 --dossier "$ONE" "$O.1"
in_dossier "without a catalogue" "$ONE" "$DECISION" "$R.0" "$R.1" "$O.1"
verify_clean "$A"
say "papers were made, taken over, given back and rebuilt"
