# tests/e2e/destroy.sh - papers are destroyed for good and lawfully: refused while they are kept or
# held, whatever dies on the way, beside readers, and the same papers can come again.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
ONE=H57.12-250705-0001 TWO=H57.12-250705-0002
BY=(--basis 'QĐ 15/QĐ-UBND' --person 'Hội đồng xét huỷ')
SECRET=BI-MAT-KHONG-DUOC-CON

make_pages "$WORK/all" --set demo --dpi 100
mkdir "$WORK/in"
cp "$WORK"/all/001-* "$WORK/in/$SECRET.jpg"
printf '%s' "$SECRET" >>"$WORK/in/$SECRET.jpg" # behind the picture, stored as it is
cp "$WORK"/all/002-* "$WORK"/all/004-* "$WORK/in"
cp "$WORK"/all/001-* "$WORK/in/twin.jpg" # another file of the same pixels: the same text
printf x >>"$WORK/in/twin.jpg"
init "$A"
ingest 0 "$A" "$WORK/in"
"$SOHOA" ls "$A" --json >"$WORK/ls"
id_of() { jq -r 'select(.source | contains($f)) | .'"$2" --arg f "/$1" "$WORK/ls" | head -n 1; }
GONE=$(id_of "$SECRET" source_sha256) REPORT=$(id_of 002- source_sha256)
STAYS=$(id_of 004- source_sha256)
TWIN=$(id_of twin page)
G=${GONE:0:32}.0 R=${REPORT:0:32} S=${STAYS:0:32}.0

destroy() { # destroy CODE ARGUMENT...
    local want=$1
    shift
    expect "$want" "$SOHOA" destroy -A "$A" "$@"
}
remains() { grep -rlaF "$SECRET" "$A" --exclude-dir=requests --exclude-dir=quarantine || true; }

# --- retention ----------------------------------------------------------------------------------
expect 0 "$SOHOA" assign -A "$A" --dossier "$ONE" --title "Giấy của $SECRET" "$G"
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" "$REPORT"
destroy 1 "${BY[@]}" --yes "$TWO"
one_clear_line "nothing was set" 'has no retention set'
expect 0 "$SOHOA" retain "$A" "$TWO" --years 2
says "noted" "$OUT" "dossier $TWO: noted for 1 document"
expect 0 "$SOHOA" retain "$A" "$TWO" --years 2
says "the same again" "$OUT" 'nothing was written'
destroy 1 "${BY[@]}" --yes "$TWO"
one_clear_line "it is kept" 'is kept 2 years, until 20'
destroy 1 "${BY[@]}" --no-retention-set 'một lý do' --yes "$TWO"
one_clear_line "a reason is not for that" 'is kept 2 years'
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" "$S"
destroy 1 "${BY[@]}" --no-retention-set 'một lý do' --yes "$S"
one_clear_line "the longest of the dossier" 'is kept 2 years'
expect 0 "$SOHOA" retain "$A" "$TWO" --permanent
destroy 1 "${BY[@]}" --yes "$R.0"
one_clear_line "for ever" 'is kept for ever'
expect 0 "$SOHOA" retain "$A" "$TWO" --hold 'Tố cáo số 12'
destroy 1 "${BY[@]}" --yes "$REPORT"
one_clear_line "held" 'is held: Tố cáo số 12'
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "show tells" "$OUT" '.[0] | .retention == "permanent" and .hold == "Tố cáo số 12"'
# A correction forgets none of it, wherever the page goes.
expect 0 "$SOHOA" assign -A "$A" --dossier H57.12-250705-0003 "$R.1"
expect 0 "$SOHOA" show "$A" "$R.1" --json
holds "taken along" "$OUT" '.[0] | .retention == "permanent" and .hold == "Tố cáo số 12"'
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" "$R.1"
expect 0 "$SOHOA" retain "$A" "$TWO" --release
expect 0 "$SOHOA" show "$A" "$R.1"
says "show: retention" "$OUT" '^retention   for ever$'
! grep -q '^held' "$OUT" || fail "still held"
for wrong in '--years 1' '--years 71' '--years x' '--hold' '' '--years 5 --permanent' \
    '--hold x --release'; do
    # shellcheck disable=SC2086
    expect 2 "$SOHOA" retain "$A" "$ONE" $wrong
done
expect 1 "$SOHOA" retain "$A" H57.12-250705-0099 --years 5

# --- history ------------------------------------------------------------------------------------
expect 0 "$SOHOA" show "$A" "$R.1" --history --json
holds "what was found on it, once" "$OUT" 'map(select(.fields)) | length == 1 and .[0].in_force'
holds "every record of the page" "$OUT" 'map(select(.document)) | length > 4 and (map(select(.in_force)) | length) == 1
    and .[-1].in_force and (.[0] | has("replaces") | not) and .[1].replaces == .[0].document
    and .[1].changed == ["retention"] and .[3].changed == ["hold"] and all(.by == "person")'
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" --supersedes "$R.0" "$S"
expect 0 "$SOHOA" show "$A" "$S" --history
says "the new scan" "$OUT" "takes the place of page $R.0"
expect 0 "$SOHOA" show "$A" "$R.0" --history
says "the old one" "$OUT" 'a new scan takes the place of this page'
expect 0 "$SOHOA" get "$A" "$R.0" -o "$WORK/old"
expect 0 "$SOHOA" get "$A" "$STAYS" -o "$WORK/stays"

# --- beside a service -----------------------------------------------------------------------------
mkdir "$WORK/hot"
serve -A "$A" "$WORK/hot"
folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
wait_for "the service" folder_is_locked
expect 0 "$SOHOA" retain "$A" "$TWO" --hold 'Khi dịch vụ chạy'
wait_for "its answer" bash -c "'$SOHOA' show '$A' '$R.1' | grep -q '^held        Khi dịch vụ chạy\$'"
destroy 3 "${BY[@]}" --yes "$ONE"
one_clear_line "a service has it" 'is in use by another writer'
stop_service
expect 0 "$SOHOA" retain "$A" "$TWO" --release

# --- what is not done -----------------------------------------------------------------------------
print_of "$A/seg" >"$WORK/before"
destroy 2 --yes "$ONE"
says "no basis" "$ERR" '--basis and --person'
destroy 2 "${BY[@]}" --decided 2026-13-01 --yes "$ONE"
destroy 2 --basis '' --person x --yes "$ONE"
for missing in "$R.9" "$(printf '%064d' 0)" nonsense H57.12-250705-0099; do
    destroy 1 "${BY[@]}" --yes "$missing"
    one_clear_line "not there" "the archive has no page, file or dossier '$missing'"
done
print_of "$A/seg" >"$WORK/after"
same_file "the segments" "$WORK/before" "$WORK/after"

# --- what is done ---------------------------------------------------------------------------------
BY+=(--no-retention-set 'thử nghiệm')
destroy 0 "${BY[@]}" "$ONE"
says "not without --yes" "$OUT" 'nothing was destroyed: give --yes'
says "the text of its twin stays" "$OUT" '^object [0-9a-f]{64} stays: a page that is not to go'
destroy 0 "${BY[@]}" --yes --dry-run "$ONE"
print_of "$A/seg" >"$WORK/after"
same_file "the segments after a look" "$WORK/before" "$WORK/after"
[ -n "$(remains)" ] || fail "the secret is not there to begin with"
cp -a "$A" "$WORK/fresh"
"$SOHOA" ls "$A" --json | grep -v "$GONE" >"$WORK/others"

# gone ARCHIVE: nothing is left of it, and everything else is as it was.
gone() {
    local a=$1
    A=$a
    same "what is left of it" '' "$(remains)"
    expect 0 "$SOHOA" ls "$a" --json
    same_file "the other pages" "$WORK/others" "$OUT"
    expect 0 "$SOHOA" verify "$a" --json
    holds "destroyed, not damaged" "$OUT" 'length == 1 and (.[0].summary | .bad == 0 and .missing == 0
        and .destroyed >= 4)'
    same "objects verified and objects known" "$(value "$OUT" .summary.objects)" \
        "$("$SOHOA" stats "$a" --json | jq .objects)"
    expect 0 "$SOHOA" get "$a" "$STAYS" -o "$WORK/again"
    same_file "another file" "$WORK/stays" "$WORK/again"
    expect 0 "$SOHOA" get "$a" "$TWIN" --as text
    expect 0 "$SOHOA" reindex "$a"
    expect 0 "$SOHOA" ls "$a" --json
    same_file "after reindex" "$WORK/others" "$OUT"
    same "what is left after reindex" '' "$(remains)"
}

# Readers beside it, all the time.
(while [ -d "$WORK" ] && [ ! -e "$WORK/done" ]; do
    "$SOHOA" get "$A" "$STAYS" -o "$WORK/beside" >>"$WORK/beside.log" 2>&1 || echo FAILED get
    cmp -s "$WORK/stays" "$WORK/beside" || echo FAILED other bytes
    "$SOHOA" find "$A" quyet dinh >>"$WORK/beside.log" 2>&1 || echo FAILED find
    "$SOHOA" verify "$A" --json 2>&1 | grep -v '"bad":0,.*"missing":0' && echo FAILED verify
    echo turn
done >"$WORK/beside.out") &
READER=$!
destroy 0 "${BY[@]}" --yes "$ONE" --json
holds "what was done" "$OUT" '.[0] | .pages == 1 and .kept == 1 and .segments == 1
    and .objects == .objects_erased and .objects >= 4'
RECORD=$(value "$OUT" .destruction)
turns=$(wc -l <"$WORK/beside.out")
wait_for "two more turns of the readers" bash -c \
    "[ \$(wc -l <'$WORK/beside.out') -ge $((turns + 2)) ]"
touch "$WORK/done"
wait "$READER"
! grep FAILED "$WORK/beside.out" >&2 || fail "a reader saw damage"
expect 0 "$SOHOA" get "$A" "$RECORD"
holds "the record" "$OUT" '.[0] | .kind == "destruction" and .v == 1 and .person == "Hội đồng xét huỷ"
    and .basis == "QĐ 15/QĐ-UBND" and .no_retention == "thử nghiệm" and (.objects | length) >= 4
    and .dossiers == [$d] and .parts == [{source: $s, first: 0, last: 0}]' --arg d "$ONE" --arg s "$GONE"
gone "$A"
for id in "$G" "$GONE"; do
    expect 0 "$SOHOA" show "$A" "$id"
    says "show tells" "$OUT" 'destroyed lawfully, decided 20.* by Hội đồng xét huỷ: QĐ 15/QĐ-UBND'
    expect 1 "$SOHOA" get "$A" "$id"
    one_clear_line "get tells" 'was destroyed lawfully'
done
expect 0 "$SOHOA" ls "$A" --destroyed --json
holds "ls --destroyed" "$OUT" 'length == 1 and .[0].page == $p and .[0].status == "destroyed"' \
    --arg p "$G"
destroy 1 "${BY[@]}" --yes "$ONE"
print_of "$A/seg" >"$WORK/before"
destroy 0
says "nothing is left to finish" "$OUT" '^0 objects, 0 B taken out of 0 segments$'
print_of "$A/seg" >"$WORK/after"
same_file "and nothing was" "$WORK/before" "$WORK/after"

# --- a page of a file that others are in ----------------------------------------------------------
expect 0 "$SOHOA" ingest -A "$A" "$WORK"/all/003-*
"$SOHOA" ls "$A" --json >"$WORK/ls"
PAPER=$(id_of 003- source_sha256)
destroy 0 "${BY[@]}" --yes "${PAPER:0:32}.1"
says "the file stays" "$OUT" "^file $PAPER stays"
expect 0 "$SOHOA" get "$A" "$PAPER" -o "$WORK/paper"
expect 1 "$SOHOA" get "$A" "${PAPER:0:32}.1" --as text
ingest 0 "$A" "$WORK"/all/003-*
holds "it is still held" "$OUT" '.[0].outcome == "duplicate"'
destroy 0 "${BY[@]}" --yes "$PAPER"
expect 1 "$SOHOA" get "$A" "$PAPER"
expect 0 "$SOHOA" reindex "$A"

# --- the same papers come again -------------------------------------------------------------------
ingest 0 "$A" "$WORK/in/$SECRET.jpg"
holds "it is no duplicate" "$OUT" '.[0].outcome == "archived"'
expect 0 "$SOHOA" get "$A" "$G" -o "$WORK/back"
same_file "it is back" "$WORK/in/$SECRET.jpg" "$WORK/back"
expect 0 "$SOHOA" verify "$A"
"$SOHOA" ls "$A" --json >"$WORK/ls"
expect 0 "$SOHOA" reindex "$A"
expect 0 "$SOHOA" ls "$A" --json
same_file "after reindex, with what came again" "$WORK/ls" "$OUT"
destroy 0 "${BY[@]}" --decided 2026-01-31 --yes "$GONE"
same "what is left of it the second time" '' "$(remains)"
expect 0 "$SOHOA" verify "$A"
expect 0 "$SOHOA" reindex "$A"

# --- zeros that nobody accounts for ---------------------------------------------------------------
rm -rf "$WORK/damaged"
cp -a "$WORK/fresh" "$WORK/damaged"
FILE=$(ls "$WORK"/damaged/seg/*.open)
AT=$(grep -obaF "$SECRET" "$FILE" | tail -n 1 | cut -d: -f1)
chmod u+w "$FILE"
SIZE=$(stat -c %s "$WORK/in/$SECRET.jpg")
FROM=$((AT + ${#SECRET} - SIZE))
dd if=/dev/zero of="$FILE" bs=1 seek="$FROM" count="$SIZE" conv=notrunc status=none
expect 1 "$SOHOA" verify "$WORK/damaged"
says "damage" "$OUT" 'its bytes are all zero, and no destruction record names it'

# --- whatever it is killed in ---------------------------------------------------------------------
kills=0
for ((at = 1; at < 200; at++)); do
    rm -rf "$WORK/killed"
    cp -a "$WORK/fresh" "$WORK/killed"
    A=$WORK/killed
    code=0
    (SOHOA_TEST_KILL_AT=$at SOHOA_TEST_KILL_LOG=$WORK/kinds "$SOHOA_HOOKS" destroy -A "$A" \
        "${BY[@]}" --yes "$ONE" >"$OUT" 2>"$ERR" || exit $?) 2>/dev/null || code=$?
    [ "$code" != 0 ] || break
    same "killed at $at" 137 "$code"
    kills=$((kills + 1))
    expect 0 "$SOHOA" get "$A" "$STAYS" -o "$WORK/again"
    same_file "another file, at once" "$WORK/stays" "$WORK/again"
    expect 0 "$SOHOA" verify "$A"
    destroy 0
    [ -z "$(remains)" ] || destroy 0 "${BY[@]}" --yes "$ONE" # it was not decided yet
    gone "$A"
done
[ "$kills" -gt 15 ] || fail "only $kills kills"
for kind in create write fdatasync fsync rename unlink; do
    grep -q "^$kind\$" "$WORK/kinds" || fail "it was never killed in a $kind"
done
say "destroyed, $kills times killed in it: gone each time, and nothing else was"

# --- a copy ---------------------------------------------------------------------------------------
rm -rf "$WORK/first"
cp -a "$WORK/fresh" "$WORK/first"
expect 0 "$SOHOA" sync "$WORK/first" "$WORK/copy" --seal
cp -a "$WORK/copy" "$WORK/early" # not synced any more
expect 0 "$SOHOA" reindex "$WORK/copy"
A=$WORK/copy
[ -n "$(remains)" ] || fail "the secret is not in the copy to begin with"
A=$WORK/first
destroy 0 "${BY[@]}" --yes "$ONE"
expect 0 "$SOHOA" verify "$WORK/first"
kills=0
for ((at = 1; at < 200; at++)); do
    rm -rf "$WORK/killed"
    cp -a "$WORK/copy" "$WORK/killed"
    code=0
    (SOHOA_TEST_KILL_AT=$at "$SOHOA_HOOKS" sync "$WORK/first" "$WORK/killed" >"$OUT" 2>"$ERR" ||
        exit $?) 2>/dev/null || code=$?
    [ "$code" != 0 ] || break
    same "killed at $at" 137 "$code"
    kills=$((kills + 1))
    expect 0 "$SOHOA" verify "$WORK/killed"
    expect 0 "$SOHOA" sync "$WORK/first" "$WORK/killed" --check
    A=$WORK/killed
    same "what is left of it in the copy" '' "$(remains)"
    expect 0 "$SOHOA" verify "$WORK/killed"
done
[ "$kills" -gt 10 ] || fail "only $kills kills"
expect 0 "$SOHOA" sync "$WORK/first" "$WORK/copy" --check --json
holds "it is destroyed there" "$OUT" '.[-1].sync | .replaced == 1 and .odd == 0'
[ ! -e "$WORK/copy/catalogue.db" ] || fail "the copy's catalogue remembers"
expect 0 "$SOHOA" reindex "$WORK/copy"
gone "$WORK/copy"
expect 0 "$SOHOA" sync "$WORK/first" "$WORK/copy" --check --json
holds "and once is enough" "$OUT" '.[-1].sync | .replaced == 0 and .copied == 0 and .odd == 0'

# Lawful zeros are no damage to be repaired.
expect 0 "$SOHOA" repair "$WORK/first" --from "$WORK/copy" --json
holds "nothing to repair" "$OUT" '.[-1].repair | .damaged == 0 and .left == 0'

# Repair does not bring it back from a copy that was not synced.
FILE=$(ls "$WORK"/first/seg/0000000001-*.seg)
chmod u+w "$FILE"
printf x | dd of="$FILE" bs=1 seek=5000 conv=notrunc status=none
expect 1 "$SOHOA" repair "$WORK/first" --from "$WORK/early"
says "it is another one" "$OUT" 'the copy has another segment of this number'
A=$WORK/first
same "what is left after a repair refused" '' "$(remains)"
# Of a segment that is lost, the old file fits. What records name can be taken away again.
rm "$FILE"
expect 0 "$SOHOA" repair "$WORK/first" --from "$WORK/early"
destroy 0
gone "$WORK/first"
say "destroyed in a copy, $kills times killed in it"
