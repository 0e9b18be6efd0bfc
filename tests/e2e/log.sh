# tests/e2e/log.sh - what is archived is proved to somebody who has neither the archive nor sohoa, and
# a witness keeps the archive from telling another history.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
VERIFY=$SOHOA_TOOLS/verify.sh
command -v openssl >/dev/null || skip "openssl is not installed"

make_pages "$WORK/in" --set bilevel --count 3 --dpi 72 --seed 31
make_pages "$WORK/more" --set bilevel --count 2 --dpi 72 --seed 47

# --- an empty archive has a signed head ---------------------------------------------------------
expect 0 "$SOHOA" init "$A"
expect 0 "$SOHOA" checkpoint "$A" --json
same "size of an empty log" 0 "$(value "$OUT" .size)"
same "the key is its owner's" 400 "$(stat -c %a "$A/log/key.pem")"
cp "$A/log/key.vkey" "$WORK/key.vkey"

# --- proofs -------------------------------------------------------------------------------------
ingest 0 "$A" "$WORK/in"
expect 0 "$SOHOA" checkpoint "$A" --json
SIZE=$(value "$OUT" .size)
[ "$SIZE" -ge 9 ] || fail "only $SIZE objects are signed"
holds "what --json says is what is signed" "$OUT" '.[0].checkpoint | startswith($o + "\n" + $s + "\n")' \
    --arg o "$(value "$OUT" .origin)" --arg s "$SIZE"
expect 0 "$SOHOA" checkpoint "$A" -o "$WORK/first"
same_file "the head in a file" "$WORK/first" "$A/log/checkpoint"
expect 0 "$SOHOA" ls "$A" --json
PAGE=$(jq -r '.page' "$OUT" | head -n 1)
SOURCE=$(jq -r '.source_sha256' "$OUT" | head -n 1)
expect 0 "$SOHOA" prove "$A" "$PAGE" -o "$WORK/proof"
expect 0 "$SOHOA" get "$A" "$PAGE" -o "$WORK/scan"
expect 0 "$SOHOA" prove "$A" "$SOURCE"
same_file "a page's proof is that of its file" "$WORK/proof" "$OUT"
expect 0 sh "$VERIFY" -k "$WORK/key.vkey" "$WORK/proof" "$WORK/scan"
says "it is proved" "$OUT" '^PROVEN$'
says "and names the object" "$OUT" "$SOURCE"
expect 1 "$SOHOA" prove "$A" "$(printf '%064d' 7)"
one_clear_line "no such object" 'no page or object'
expect 2 "$SOHOA" prove "$A" nonsense

# --- growth, and a witness ----------------------------------------------------------------------
openssl genpkey -algorithm ed25519 -out "$WORK/w.pem" 2>/dev/null
W=("$SOHOA" witness --name example.vn/w1)
expect 0 "${W[@]}" --trust "$WORK/key.vkey" "$WORK/w.pem"
cp "$OUT" "$WORK/w.vkey"
expect 0 "${W[@]}" "$WORK/w.pem" "$WORK/first"
cat "$OUT" >>"$WORK/first"
expect 0 "$SOHOA" prove "$A" "$PAGE" -c "$WORK/first" -o "$WORK/witnessed"
expect 0 sh "$VERIFY" -k "$WORK/key.vkey" -w "$WORK/w.vkey" "$WORK/witnessed" "$WORK/scan"
says "the witness is named" "$OUT" 'witnessed  by example.vn/w1'
expect 3 sh "$VERIFY" -k "$WORK/key.vkey" -w "$WORK/w.vkey" "$WORK/proof" "$WORK/scan"

cp -a "$A" "$WORK/fork"
ingest 0 "$A" "$WORK/more"
expect 0 "$SOHOA" checkpoint "$A" --since "$SIZE" -o "$WORK/second"
expect 0 sh "$VERIFY" -k "$WORK/key.vkey" -c "$WORK/second" "$WORK/proof" "$WORK/scan"
expect 1 "$SOHOA" checkpoint "$A" --since 100000
one_clear_line "a size that is not reached" 'entries only'
expect 0 "$SOHOA" checkpoint "$A" -o "$WORK/bare"
expect 1 "${W[@]}" "$WORK/w.pem" "$WORK/bare"
one_clear_line "no proof" "NO PROOF.*--since $SIZE"
expect 0 "${W[@]}" "$WORK/w.pem" "$WORK/second"
expect 1 "${W[@]}" "$WORK/w.pem" "$WORK/first"
one_clear_line "shorter" 'SHORTER'

# --- another history ----------------------------------------------------------------------------
make_pages "$WORK/other" --set bilevel --count 3 --dpi 72 --seed 99
ingest 0 "$WORK/fork" "$WORK/other"
expect 0 "$SOHOA" checkpoint "$WORK/fork" --since "$(sed -n '/^sohoa/{n;p;q}' "$WORK/second")" -o "$WORK/forked"
expect 1 "${W[@]}" "$WORK/w.pem" "$WORK/forked"
one_clear_line "rewritten" 'REWRITTEN'
expect 0 "$SOHOA" prove "$A" "$PAGE" -o "$WORK/again"
expect 6 sh "$VERIFY" -k "$WORK/key.vkey" -c "$WORK/forked" "$WORK/again" "$WORK/scan"
says "it says so" "$ERR" 'FORKED HISTORY'

# --- what is wrong is told ----------------------------------------------------------------------
expect 0 "$SOHOA" verify "$A"
tile=$A/log/tile/0/000.p/$(sed -n 2p "$A/log/checkpoint")
chmod u+w "$tile"
printf 'X' | dd of="$tile" bs=1 seek=40 conv=notrunc status=none
expect 1 "$SOHOA" verify "$A" --json
holds "the tile is named" "$OUT" 'any(.[]; .file? == $t)' --arg t "${tile#"$A"/}"
expect 4 "$SOHOA" ingest -A "$A" "$WORK/other"
says "a writer refuses" "$ERR" 'sohoa reindex'
expect 0 "$SOHOA" reindex "$A"
expect 0 "$SOHOA" verify "$A"
same_file "reindex signs no other head" "$WORK/bare" "$A/log/checkpoint"

# An older log put back, and segments put back that are older than the log.
cp -a "$A" "$WORK/restored"
rm -rf "$WORK/restored/log"
cp -a "$WORK/fork/log" "$WORK/restored/log"
sed -i '/^— example/d' "$WORK/first"
cp "$WORK/first" "$WORK/head"
rm -f "$WORK/restored/log/checkpoint"
cp "$WORK/head" "$WORK/restored/log/checkpoint"
expect 4 "$SOHOA" ingest -A "$WORK/restored" "$WORK/other"
says "an older head is noticed" "$ERR" 'an older checkpoint was put back'
rm -rf "$A/seg"
cp -a "$WORK/fork/seg" "$A/seg"
expect 4 "$SOHOA" ingest -A "$A" "$WORK/other"
expect 1 "$SOHOA" verify "$A"
# --- a service signs while it runs, also when nothing comes any more -----------------------------
B=$WORK/served
init "$B"
mkdir "$WORK/inbox"
serve -A "$B" --rescan-seconds 1 --quiet --io "$(io_of_build)" --disk-reserve 0 "$WORK/inbox"
wait_for "the service says that it runs" "$SOHOA" status "$B"
cp "$(find "$WORK/in" -type f | head -n 1)" "$WORK/inbox/"
is_signed() { [ "$("$SOHOA" checkpoint "$B" | sed -n 2p)" -gt 0 ]; }
wait_for "the service signs what it took" is_signed
expect 0 "$SOHOA" verify "$B"
stop_service

say "proved $SIZE objects, and every trick was told"
