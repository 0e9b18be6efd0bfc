# tests/e2e/sealed.sh - what is sealed can be read with the key ring and not without: not by who has
# the segments, a copy, or another ring. When the key is erased, by nobody any more.
. "$(dirname "$0")/lib.sh"
unset SOHOA_KEYS
A=$WORK/archive R=$WORK/ring
SECRET=BI-MAT-NGUYEN-VAN-AN
BY=(--basis 'QĐ 15/QĐ-UBND' --person 'Hội đồng xét huỷ' --no-retention-set 'thử nghiệm')

make_pages "$WORK/all" --set demo --dpi 100
mkdir "$WORK/in" "$WORK/open"
cp "$WORK"/all/001-* "$WORK/in/$SECRET.jpg"
printf '%s' "$SECRET" >>"$WORK/in/$SECRET.jpg" # behind the picture, stored as it is
cp "$WORK"/all/002-* "$WORK/in"
cp "$WORK"/all/004-* "$WORK/open"

# objects_of SEGMENT: "type codec" of each object in it, as docs/format-segment.md says.
objects_of() {
    local off=4096 size head type codec stored
    size=$(stat -c %s "$1")
    while ((off + 96 <= size)); do
        read -ra head < <(od -An -v -w20 -tu1 -j "$off" -N 20 "$1")
        [ "${head[16]}" = 96 ] && [ "${head[17]}" = 0 ] || break
        type=${head[18]} codec=${head[19]}
        stored=$(od -An -tu8 -j $((off + 32)) -N 8 "$1")
        [ "$type" -gt 2 ] || echo "$type $codec"
        off=$((off + 96 + (stored + 15) / 16 * 16))
        [ "$type" -lt 3 ] || off=$(((off + 4095) / 4096 * 4096))
        [ "$type" != 4 ] || break # a table: the end of a sealed segment
    done
}
not_sealed() { # how many objects of an archive are not
    local file
    for file in "$1"/seg/*; do objects_of "$file"; done | grep -vc ' 3$' || true
}
remains() { grep -rlaF "$SECRET" "$1/seg" || true; }

# --- rings ----------------------------------------------------------------------------------------
expect 0 "$SOHOA" keys init "$R"
expect 3 "$SOHOA" keys init "$R"
one_clear_line "a ring is there" 'is there already'
expect 0 "$SOHOA" keys add "$R" retention-10
expect 0 "$SOHOA" keys add "$R" dossier:H57 --json
expect 3 "$SOHOA" keys add "$R" retention-10
one_clear_line "a label is given once" 'already'
expect 3 "$SOHOA" keys add "$R" 'a b'
expect 0 "$SOHOA" keys ls "$R" --json
holds "the keys" "$OUT" 'length == 2 and .[0].label == "retention-10" and all(.state == "active")
    and all(keys == ["key", "label", "made", "state"])'
KEY=$(jq -rs '.[0].key' "$OUT")
same "the mode of a ring" 600 "$(stat -c %a "$R")"
while IFS=$'\t' read -r state _ _ _ secret; do
    [ "$state" != active ] || ! grep -q "$secret" "$OUT" || fail "a secret is shown"
done <"$R"
expect 2 "$SOHOA" keys
expect 2 "$SOHOA" keys add "$R"
expect 2 "$SOHOA" keys frobnicate "$R"
init "$A"
expect 2 "$SOHOA" ingest -A "$A" --seal retention-10 "$WORK/in"
says "no ring" "$ERR" 'Give --keys RING'
expect 3 "$SOHOA" ingest -A "$A" --keys "$R" --seal nobody "$WORK/in"
one_clear_line "no such key" "there is no key 'nobody'"
chmod 640 "$R"
expect 3 "$SOHOA" ls "$A" --keys "$R"
one_clear_line "others may read it" 'chmod 600'
chmod 600 "$R"
cp "$R" "$A/ring"
expect 3 "$SOHOA" ls "$A" --keys "$A/ring"
one_clear_line "in the archive" 'is inside of the archive'
rm "$A/ring"
head -c -1 "$R" >"$WORK/cut"
chmod 600 "$WORK/cut"
expect 3 "$SOHOA" ls "$A" --keys "$WORK/cut"
one_clear_line "cut short" 'the end is missing'

# --- sealed ---------------------------------------------------------------------------------------
ingest 0 "$A" --keys "$R" --seal retention-10 "$WORK/in"
holds "archived" "$OUT" 'map(select(.outcome == "archived")) | length == 2'
FILE=$(jq -r 'select(.source) | select(.source | contains("'$SECRET'")).sha256' "$OUT")
P=${FILE:0:32}.0
[ "$FILE" != "$(sha256sum <"$WORK/in/$SECRET.jpg" | cut -d' ' -f1)" ] || fail "its name tells"
open_file() { # its objects: how many an archive without seals has of a file
    init "$WORK/plain"
    ingest 0 "$WORK/plain" "$1"
    not_sealed "$WORK/plain"
}
[ "$(open_file "$WORK"/in/002-*)" -gt 5 ] || fail "objects that are not sealed are not seen"
same "objects that are not sealed: the dictionary" 1 "$(not_sealed "$A")"
same "the secret in the segments" '' "$(remains "$A")"
verify_clean "$A"
for command in "get $A $FILE" "get $A $P --as text" "show $A $P" "find $A quyet dinh" "get $A $P --as pdf -o $WORK/x.pdf"; do
    # shellcheck disable=SC2086
    expect 3 "$SOHOA" $command
    one_clear_line "$command" "sealed with key $KEY: name the key ring, --keys RING or SOHOA_KEYS"
done
expect 0 "$SOHOA" get "$A" "$FILE" --keys "$R" -o "$WORK/back"
same_file "with the ring" "$WORK/in/$SECRET.jpg" "$WORK/back"
SOHOA_KEYS=$R expect 0 "$SOHOA" get "$A" "$FILE" -o "$WORK/back2"
same_file "with the variable" "$WORK/in/$SECRET.jpg" "$WORK/back2"
expect 0 "$SOHOA" --version
expect 0 "$SOHOA" find --keys="$R" "$A" cong hoa --json
holds "found" "$OUT" 'map(select(.page)) | length >= 1'
for command in "show $A $P" "get $A $P --as text" "get $A $P --as pdf -o $WORK/x.pdf" "ls $A" "ledger $A"; do
    # shellcheck disable=SC2086
    expect 0 "$SOHOA" $command --keys "$R"
done
ingest 0 "$A" --keys "$R" --seal retention-10 "$WORK/in"
holds "the same ring again" "$OUT" '.[-1].summary | .duplicate == 2 and .archived == 0'

# The log proves it to who has no key.
expect 0 "$SOHOA" prove "$A" "$P" -o "$WORK/proof"
expect 0 "$SOHOA" get "$A" "$P" --as object -o "$WORK/envelope"
same "what the proof is of" "$FILE" "$(sha256sum <"$WORK/envelope" | cut -d' ' -f1)"
expect 0 sh "$SOHOA_TOOLS/verify.sh" -k "$A/log/key.vkey" "$WORK/proof" "$WORK/envelope"
says "proved" "$OUT" '^PROVEN$'
! grep -qaF "$SECRET" "$WORK/envelope" || fail "the envelope is open"
expect 1 "$SOHOA" get "$A" "$(printf '%064d' 7)" --as object

# Another ring, another archive: another name of the same bytes.
expect 0 "$SOHOA" keys init "$WORK/ring2"
expect 0 "$SOHOA" keys add "$WORK/ring2" retention-10
init "$WORK/second"
ingest 0 "$WORK/second" --keys "$WORK/ring2" --seal retention-10 --rules none "$WORK/in/$SECRET.jpg"
[ "$(value <(grep "$SECRET" "$OUT") .sha256)" != "$FILE" ] || fail "two rings, one name"
expect 3 "$SOHOA" get "$A" "$FILE" --keys "$WORK/ring2"
one_clear_line "another ring" "sealed with key $KEY, which is not in 'ring2'"

expect 1 "$SOHOA" fields "$WORK/second" --store
expect 0 "$SOHOA" fields "$WORK/second" --store --keys "$WORK/ring2" --json
holds "fields noted later" "$OUT" '.[0].noted == 1'
same "objects that are not sealed: the dictionary" 1 "$(not_sealed "$WORK/second")"
U=$("$SOHOA" ls "$WORK/second" --json | jq -r .page)
expect 0 "$SOHOA" show "$WORK/second" "$U" --keys "$WORK/ring2" --unmask --by Lan --reason 'kiểm tra'
same "and who was shown them" 2 "$(not_sealed "$WORK/second")"

# --- what is said of sealed papers is sealed ------------------------------------------------------
ingest 0 "$A" "$WORK/open"
OPEN=$(jq -r 'select(.outcome == "archived").sha256' "$OUT")
same "an open file is named by its bytes" "$OPEN" "$(sha256sum <"$WORK"/open/* | cut -d' ' -f1)"
open_before=$(not_sealed "$A")
expect 3 "$SOHOA" assign -A "$A" --dossier H57.12-250705-0001 --title "Giấy của $SECRET" "$P"
says "no ring" "$ERR" 'name the key ring'
expect 0 "$SOHOA" assign -A "$A" --keys "$R" --dossier H57.12-250705-0001 --title "Giấy của $SECRET" "$P"
expect 0 "$SOHOA" retain "$A" H57.12-250705-0001 --hold 'Tố cáo' --keys "$R"
expect 0 "$SOHOA" review set "$A" "$P" "abstract=Giấy của $SECRET" --by Lan --keys "$R"
same "objects that are not sealed" "$open_before" "$(not_sealed "$A")"
expect 0 "$SOHOA" show "$A" "$P" --json --keys "$R"
holds "the title" "$OUT" '.[0].document_title | contains($t)' --arg t "$SECRET"
expect 3 "$SOHOA" assign -A "$A" --keys "$R" --dossier H57.12-250705-0001 "$P" "$OPEN"
says "sealed and not" "$ERR" 'not all sealed with one key'
expect 0 "$SOHOA" assign -A "$A" --keys "$R" --dossier H57.12-250705-0002 "$OPEN"
expect 0 "$SOHOA" event H57.12-250705-0001 received -A "$A" --by Lan

# --- a page that cannot be read, a file that cannot, a sidecar ------------------------------------
make_pages "$WORK/mixed" --set mixed --count 6 --dpi 60 --seed 12
SEVERAL=$(find "$WORK/mixed" -name '003-*') # a file of three pages
init "$WORK/bad"
SOHOA_TEST_CELL=crash:1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0 expect 0 "$SOHOA_HOOKS" ingest \
    -A "$WORK/bad" --json --io "$(io_of_build)" --keys "$R" --seal dossier:H57 "$SEVERAL"
holds "a placeholder" "$OUT" '.[0] | .outcome == "archived" and .pages == 3 and .pages_failed == 1'
"$SOHOA" ls "$WORK/bad" --json >"$WORK/bad.rows"
holds "with its reason" "$WORK/bad.rows" 'length == 3 and .[1].status == "failed"'
expect 0 "$SOHOA" reindex "$WORK/bad" --keys "$R"
expect 0 "$SOHOA" ls "$WORK/bad" --json
same_file "reindex finds its record" "$WORK/bad.rows" "$OUT"
printf 'no scan' >"$WORK/no-scan.tif"
ingest 1 "$WORK/bad" --keys "$R" --seal dossier:H57 "$WORK/no-scan.tif" "$SEVERAL"
holds "quarantined, and a duplicate" "$OUT" '.[-1].summary | .quarantined == 1 and .duplicate == 1'
cp "$SEVERAL" "$(find "$WORK/bad/quarantine" -name '*.tif' -type f)" # as if it could be read by now
expect 0 "$SOHOA" quarantine retry -A "$WORK/bad" --keys "$R" --seal dossier:H57 --all
same "what is left in the quarantine" '' "$(find "$WORK/bad/quarantine" -name '*.tif' -type f)"
same "objects that are not sealed: the dictionary" 1 "$(not_sealed "$WORK/bad")"
verify_clean "$WORK/bad"

# --- copies, reindex ------------------------------------------------------------------------------
expect 0 "$SOHOA" sync "$A" "$WORK/copy" --seal
expect 0 "$SOHOA" verify "$WORK/copy"
cp -a "$WORK/copy" "$WORK/early" # not synced any more
"$SOHOA" ls "$A" --json >"$WORK/rows"
expect 3 "$SOHOA" reindex "$A"
one_clear_line "reindex without" 'name the key ring'
expect 0 "$SOHOA" ls "$A" --json
same_file "the catalogue is left alone" "$WORK/rows" "$OUT"
expect 0 "$SOHOA" reindex "$A" --keys "$R"
expect 0 "$SOHOA" ls "$A" --json
same_file "reindex gives the same rows" "$WORK/rows" "$OUT"
expect 0 "$SOHOA" reindex "$WORK/copy" --keys "$R"
expect 0 "$SOHOA" ls "$WORK/copy" --json
same_file "of the copy, too" "$WORK/rows" "$OUT"

# --- a service ------------------------------------------------------------------------------------
mkdir "$WORK/hot"
cp "$WORK"/all/003-* "$WORK/hot/$SECRET.tif"
printf 'archive: %s\nkeys: %s\nseal: dossier:H57\nfolders:\n  - name: hot\n    path: %s\n' \
    "$A" "$R" "$WORK/hot" >"$WORK/watch.yaml"
expect 0 "$SOHOA" watch -c "$WORK/watch.yaml" --once --json
holds "taken" "$OUT" 'map(select(.outcome == "archived")) | length == 1'
HOT=$(jq -r 'select(.outcome == "archived").sha256' "$OUT")
expect 0 "$SOHOA" ledger "$A" --json
holds "in the ledger" "$OUT" 'length == 1 and (.[0].path | contains($t))' --arg t "$SECRET"
same "the secret in the segments" '' "$(remains "$A")"
same "not sealed: an event, an open paper, the next segment's dictionary; all else is" \
    "$((open_before + 3))" "$(not_sealed "$A")"

# While it runs it takes what is said of papers that are not sealed, and seals all but events.
serve -c "$WORK/watch.yaml"
folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
wait_for "the service" folder_is_locked
expect 3 "$SOHOA" assign -A "$A" --keys "$R" --dossier H57.12-250705-0003 "$P"
says "not in requests/" "$ERR" 'the papers are sealed, and so is what is said of them'
expect 0 "$SOHOA" event H57.12-250705-0002 received -A "$A" --by Lan
expect 0 "$SOHOA" assign -A "$A" --dossier H57.12-250705-0002 --title 'Qua dịch vụ' "$OPEN"
stop_service
expect 0 "$SOHOA" show "$A" "$OPEN" --keys "$R" --json
holds "the service has taken it over" "$OUT" '.[0].document_title == "Qua dịch vụ"'
same "an event is not sealed, a record is" "$((open_before + 4))" "$(not_sealed "$A")"

# --- a dictionary learns nothing from what is sealed ----------------------------------------------
expect 3 "$SOHOA" dictionary "$WORK/second" --keys "$WORK/ring2"
says "no text to learn from" "$ERR" 'has 0 pages with text'

# --- erased ---------------------------------------------------------------------------------------
erase() { # erase CODE LABEL ARGUMENT...
    local want=$1 label=$2
    shift 2
    expect "$want" "$SOHOA" keys erase "$R" "$label" -A "$A" "${BY[@]}" "$@"
}
expect 2 "$SOHOA" keys erase "$R" retention-10 -A "$A"
erase 1 nobody --yes
erase 1 retention-10 --yes
says "held" "$ERR" 'is held: Tố cáo'
expect 0 "$SOHOA" retain "$A" H57.12-250705-0001 --release --keys "$R"
erase 0 retention-10
says "not without --yes" "$OUT" 'nothing was destroyed: give --yes'
expect 0 "$SOHOA" get "$A" "$FILE" --keys "$R" -o "$WORK/back"
cp -a "$A" "$WORK/fresh"
cp -a "$R" "$WORK/ring.fresh"
"$SOHOA" ls "$A" --json | grep -v "$SECRET.jpg\|/002-" >"$WORK/others"

# gone ARCHIVE: nothing of retention-10 is left, and everything else is as it was.
gone() {
    expect 0 "$SOHOA" ls "$1" --json
    same_file "the other pages" "$WORK/others" "$OUT"
    expect 1 "$SOHOA" get "$1" "$FILE" --keys "$R"
    one_clear_line "get tells" 'was destroyed lawfully'
    expect 0 "$SOHOA" verify "$1" --json
    holds "destroyed, not damaged" "$OUT" '.[-1].summary | .bad == 0 and .missing == 0
        and .destroyed >= 8'
    ! grep -qaF "$SECRET.jpg" "$1/catalogue.db" || fail "the catalogue remembers the name"
    expect 0 "$SOHOA" get "$1" "$HOT" --keys "$R" -o "$WORK/other"
    same_file "what is under another key" "$(ls "$WORK"/all/003-*)" "$WORK/other"
    expect 0 "$SOHOA" reindex "$1" --keys "$R"
    expect 0 "$SOHOA" ls "$1" --json
    same_file "after reindex" "$WORK/others" "$OUT"
    expect 0 "$SOHOA" keys ls "$R" --json
    holds "the ring" "$OUT" '.[0] | .state == "erased" and .by == "Hội đồng xét huỷ"
        and .why == "QĐ 15/QĐ-UBND"'
}
secret=$(awk -F'\t' '$3 == "retention-10" {print $5}' "$R")
erase 0 retention-10 --yes --json
holds "what was done" "$OUT" '.[0] | .erased and .pages >= 2 and .objects >= 8
    and .objects_erased == .objects'
! grep -q "$secret" "$R" || fail "the secret is still there"
gone "$A"
expect 0 "$SOHOA" prove "$A" "$OPEN" -o "$WORK/proof"
expect 0 "$SOHOA" get "$A" "$OPEN" --as object -o "$WORK/object"
expect 0 sh "$SOHOA_TOOLS/verify.sh" -k "$A/log/key.vkey" "$WORK/proof" "$WORK/object"
expect 1 "$SOHOA" get "$A" "$FILE" --as object
one_clear_line "no envelope, either" 'was destroyed lawfully'
erase 1 retention-10 --yes
one_clear_line "it was erased" 'was erased on 20'
expect 3 "$SOHOA" ingest -A "$A" --keys "$R" --seal retention-10 "$WORK/in"
one_clear_line "nothing more is sealed with it" 'was erased'
# A copy that has not heard of it holds the bytes, and nobody can read them.
verify_early() { expect 0 "$SOHOA" verify "$WORK/early"; }
verify_early
expect 0 "$SOHOA" reindex "$WORK/early" --keys "$R"
expect 0 "$SOHOA" ls "$WORK/early" --json
! grep -q "$SECRET" "$OUT" || fail "an early copy tells of it"
holds "and of the rest" "$OUT" 'length == 1'
expect 1 "$SOHOA" get "$WORK/early" "$FILE" --keys "$R"
one_clear_line "get says who" "its key 'retention-10' was erased on 20.* by Hội đồng xét huỷ: QĐ 15"
expect 3 "$SOHOA" get "$WORK/early" "$FILE"
expect 0 "$SOHOA" sync "$A" "$WORK/copy" --seal
expect 0 "$SOHOA" verify "$WORK/copy" --json
holds "the synced copy" "$OUT" '.[-1].summary | .bad == 0 and .destroyed >= 8'

# --- the other key, with lines of the ledger ------------------------------------------------------
erase 1 dossier:H57 --yes
one_clear_line "a paper that is not sealed" 'is sealed with the key and has page .*: assign that page'
expect 0 "$SOHOA" assign -A "$A" --keys "$R" --dossier H57.12-250705-0002 --title 'Ngoài' "$OPEN"
erase 0 dossier:H57 --yes --json
holds "all of it" "$OUT" '.[0] | .erased and .objects_erased == .objects and .pages >= 1'
says_nothing_of_it() {
    expect 0 "$SOHOA" ledger "$A" --json
    same "the ledger" '' "$(cat "$OUT")"
    ! grep -qaF "$SECRET" "$A/catalogue.db" || fail "the catalogue remembers"
    expect 0 "$SOHOA" show "$A" "$OPEN" --json
    holds "the open paper" "$OUT" '.[0].document_title == "Ngoài"'
}
says_nothing_of_it
expect 0 "$SOHOA" verify "$A"
expect 0 "$SOHOA" reindex "$A" --keys "$R"
says_nothing_of_it
expect 0 "$SOHOA" reindex "$A" # nothing is left that needs a key
says_nothing_of_it

# --- whatever it is killed in ---------------------------------------------------------------------
kills=0
step=1
! sanitized || step=5
for ((at = 1; at < 300; at += step)); do
    rm -rf "$WORK/killed"
    cp -a "$WORK/fresh" "$WORK/killed"
    cp -a "$WORK/ring.fresh" "$R"
    A=$WORK/killed
    code=0
    (SOHOA_TEST_KILL_AT=$at SOHOA_TEST_KILL_LOG=$WORK/kinds "$SOHOA_HOOKS" keys erase "$R" \
        retention-10 -A "$A" "${BY[@]}" --yes >"$OUT" 2>"$ERR" || exit $?) 2>/dev/null || code=$?
    [ "$code" != 0 ] || break
    same "killed at $at" 137 "$code"
    kills=$((kills + 1))
    expect 0 "$SOHOA" verify "$A"
    code=0
    "$SOHOA" keys erase "$R" retention-10 -A "$A" "${BY[@]}" --yes >"$OUT" 2>"$ERR" || code=$?
    [ "$code" = 0 ] || one_clear_line "it was done" 'was erased on 20'
    gone "$A"
done
[ "$kills" -gt $((20 / step)) ] || fail "only $kills kills"
say "erased, $kills times killed in it: gone each time, and nothing else was"
