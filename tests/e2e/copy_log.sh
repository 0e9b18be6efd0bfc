# tests/e2e/copy_log.sh - a copy proves what is in it without the archive, and watches over it: another
# history is refused, whatever is changed in its log is named, nobody writes to it without the key,
# whatever dies on the way. And when the archive is lost, the copy becomes one.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive C=$WORK/copy VERIFY=$SOHOA_TOOLS/verify.sh
DOSSIER=H57.12-250705-0001

pictures() { # pictures FOLDER FROM TO
    local n
    mkdir -p "$1"
    for ((n = $2; n <= $3; n++)); do picture "$n" >"$1/p$n.pbm"; done
}
no_key_in() {
    local secret
    secret=$(sed -n 2p "$A/log/key.pem")
    [ -n "$secret" ] || fail "no key to look for"
    ! grep -rqF -- "$secret" "$1" || fail "the private key is in $1"
    same "files called key.pem in $1" '' "$(find "$1" -name 'key.pem*')"
}
flip() { # flip FILE AT: another byte there
    local byte
    chmod u+w "$1"
    byte=$(od -An -tu1 -j "$2" -N1 "$1")
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# More than one tile of 256: full ones, partial ones, and one above.
init "$A"
pictures "$WORK/in1" 1 100
ingest 0 "$A" "$WORK/in1"
expect 0 "$SOHOA" sync "$A" "$C" --seal --json
holds "the log is in the copy" "$OUT" '.[-1].sync | .log_entries > 256 and .unsigned_segments == 0'
cp -a "$C" "$WORK/young"
pictures "$WORK/in2" 101 190
ingest 0 "$A" "$WORK/in2"
expect 0 "$SOHOA" sync "$A" "$C" --seal
pictures "$WORK/in3" 191 193
ingest 0 "$A" "$WORK/in3"
expect 0 "$SOHOA" sync "$A" "$C" --json
OPEN=$(value "$OUT" .sync.open_objects)
[ "$OPEN" -gt 0 ] || fail "nothing is open"
no_key_in "$C"

# --- it proves itself -----------------------------------------------------------------------------
expect 0 "$SOHOA" verify "$C" --json
holds "what is not here is a number, no damage" "$OUT" '.[-1].summary | .not_here == $n and .bad == 0
                                                and .missing == 0' --argjson n "$OPEN"
expect 0 "$SOHOA" verify "$C"
says "and it is told" "$OUT" "This is a copy: $OPEN entries of its signed log are not here yet"
expect 0 "$SOHOA" verify "$A" --json
holds "the archive has all" "$OUT" '.[-1].summary.not_here == 0'
print_of "$C/log" >"$WORK/log.before"
expect 0 "$SOHOA" reindex "$C"
print_of "$C/log" >"$WORK/log.after"
same_file "reindex leaves the log alone" "$WORK/log.before" "$WORK/log.after"
same_file "the head" "$A/log/checkpoint" "$C/log/checkpoint"
expect 0 "$SOHOA" checkpoint "$C" --since 300 -o "$WORK/head"
expect 0 "$SOHOA" find "$C" khong # white pages; that it can look
PAGE=$("$SOHOA" ls "$C" --json | jq -r 'select(.source | endswith("/p20.pbm")) | .page')
[ -n "$PAGE" ] || fail "the page is not in the copy"
expect 0 "$SOHOA" prove "$C" "$PAGE" -o "$WORK/proof"
PROVED=$(sed -n 2p "$C/log/checkpoint")
expect 0 "$SOHOA" get "$C" "$PAGE" -o "$WORK/scan"
expect 0 "$SOHOA" prove "$A" "$PAGE" -o "$WORK/proof.archive"
same_file "the same proof as from the archive" "$WORK/proof.archive" "$WORK/proof"
if command -v openssl >/dev/null; then
    expect 0 sh "$VERIFY" -k "$C/log/key.vkey" "$WORK/proof" "$WORK/scan"
    says "it is proved" "$OUT" '^PROVEN$'
    openssl genpkey -algorithm ed25519 -out "$WORK/w.pem" 2>/dev/null
    expect 0 "$SOHOA" witness --name example.vn/w1 --trust "$C/log/key.vkey" "$WORK/w.pem"
    expect 0 "$SOHOA" checkpoint "$C" -o "$WORK/bare"
    expect 0 "$SOHOA" witness --name example.vn/w1 "$WORK/w.pem" "$WORK/bare"
fi

# --- nobody writes to it --------------------------------------------------------------------------
ORIGIN=$(head -n 1 "$A/log/checkpoint")
rm -f "$C/scrub.json"
print_of "$C/seg" >"$WORK/seg.before"
refuses() { # refuses COMMAND...
    expect 3 "$SOHOA" "$@"
    says "$1 says what this is" "$ERR" "this is a copy of $ORIGIN"
}
refuses ingest -A "$C" "$WORK/in3"
refuses assign -A "$C" --dossier "$DOSSIER" "$PAGE"
refuses retain "$C" "$DOSSIER" --years 2
refuses destroy -A "$C" --basis 'QĐ 15' --person 'Hội đồng' --yes "$DOSSIER"
refuses event -A "$C" "$DOSSIER" arrived --at 2026-11-02T01:00:00Z --office H57.12
refuses dictionary "$C"
refuses sync "$C" "$WORK/third" --seal
print_of "$C/seg" >"$WORK/seg.after"
same_file "no segment was touched" "$WORK/seg.before" "$WORK/seg.after"
no_key_in "$C"
# A copy of the copy is one, too.
expect 0 "$SOHOA" sync "$C" "$WORK/third" --json
holds "with the same log" "$OUT" '.[-1].sync | .odd == 0 and .log_entries > 256'
expect 0 "$SOHOA" verify "$WORK/third"
rm -rf "$WORK/third"

# --- whatever is changed in its log is named, and put right ---------------------------------------
(cd "$C" && find log.last log -type f | LC_ALL=C sort) >"$WORK/files"
for kind in '^log.last$' '^log/checkpoint$' '^log/key.vkey$' '^log/tile/0/000$' '^log/tile/0/...\.p/' \
    '^log/tile/1/' '^log/tile/entries/000$' '^log/tile/entries/...\.p/'; do
    file=$(grep -m1 -e "$kind" "$WORK/files") || fail "no $kind in the copy"
    # A partial tile of an older width may lie there; the one that counts is the widest.
    case $file in *.p/*) file=$(grep -e "$kind" "$WORK/files" | sort -t/ -k5 -n | tail -n 1) ;; esac
    bytes=$(stat -c %s "$C/$file")
    for at in 20 $((bytes / 2 + 1)) $((bytes - 2)); do
        flip "$C/$file" "$at"
        expect 1 "$SOHOA" verify "$C" --json
        holds "$file at $at" "$OUT" 'map(select(.what)) | length == 1 and .[0].file == $f' --arg f "$file"
        says "and how to put it right" "$ERR" 'sync ARCHIVE COPY --check'
        expect 0 "$SOHOA" sync "$A" "$C" --check
        print_of "$C/log" >"$WORK/log.after"
        same_file "it is right again" "$WORK/log.before" "$WORK/log.after"
    done
done
same_file "all of it" "$A/log/checkpoint" "$C/log.last"

# --- killed while it grows ------------------------------------------------------------------------
STEP=1
sanitized && STEP=9
for ((n = 1; ; n += STEP)); do
    rm -rf "$WORK/killed"
    cp -a "$WORK/young" "$WORK/killed"
    code=0
    SOHOA_TEST_KILL_AT=$n "$SOHOA_HOOKS" sync "$A" "$WORK/killed" >"$OUT" 2>"$ERR" || code=$?
    [ "$code" = 137 ] || break
    expect 0 "$SOHOA" verify "$WORK/killed"
    no_key_in "$WORK/killed"
    expect 0 "$SOHOA" sync "$A" "$WORK/killed"
    same_file "the head behind a kill" "$A/log/checkpoint" "$WORK/killed/log/checkpoint"
    expect 0 "$SOHOA" verify "$WORK/killed" --json
    holds "it is ended" "$OUT" '.[-1].summary.not_here == $n' --argjson n "$OPEN"
done
same "the last sync, not killed" 0 "$code"
[ "$n" -gt 40 ] || fail "only $n operations"
say "sync of a log that grew killed before each of $n operations"

# --- another history ------------------------------------------------------------------------------
cp -a "$A" "$WORK/fork"
pictures "$WORK/in4" 200 202
pictures "$WORK/in5" 210 212
ingest 0 "$A" "$WORK/in4"
ingest 0 "$WORK/fork" "$WORK/in5"
expect 0 "$SOHOA" sync "$A" "$C" --seal
print_of "$C" >"$WORK/copy.before"
expect 4 "$SOHOA" sync "$WORK/fork" "$C" --seal
one_clear_line "a fork" 'two signed histories'
cp -a "$WORK/young" "$WORK/old" # an old state put back, with the key: as a writer would find it
cp -a "$A/log/key.pem" "$WORK/old/log/"
expect 4 "$SOHOA" sync "$WORK/old" "$C"
one_clear_line "an older state" 'an older state of the archive was put back'
rm -rf "$WORK/fork/log" "$WORK/fork/log.last"
expect 4 "$SOHOA" sync "$WORK/fork" "$C"
one_clear_line "no log" 'the archive has no signed log'
ingest 0 "$WORK/fork" "$WORK/in5"
expect 3 "$SOHOA" sync "$WORK/fork" "$C"
one_clear_line "another key" 'with another key'
print_of "$C" >"$WORK/copy.after"
same_file "nothing was changed" "$WORK/copy.before" "$WORK/copy.after"

# --- the archive is lost --------------------------------------------------------------------------
# docs/audit.md: where nothing is missing, the key is enough.
expect 0 "$SOHOA" verify "$C" --json
holds "all of the log is here" "$OUT" '.[-1].summary | .not_here == 0 and .bad == 0 and .missing == 0'
cp "$A/log/key.pem" "$WORK/key.pem"
SIZE=$(sed -n 2p "$C/log/checkpoint")
mv "$A" "$WORK/lost"
cp "$WORK/key.pem" "$C/log/key.pem"
expect 0 "$SOHOA" reindex "$C"
ingest 0 "$C" "$WORK/in5"
verify_clean "$C"
expect 0 "$SOHOA" checkpoint "$C" --since "$PROVED" -o "$WORK/later"
if command -v openssl >/dev/null; then
    expect 0 sh "$VERIFY" -k "$C/log/key.vkey" -c "$WORK/later" "$WORK/proof" "$WORK/scan"
    says "the history goes on" "$OUT" '^continued'
fi

# Where some is missing, the key does not help: a new log is begun, and the old head is kept.
cp -a "$WORK/killed" "$WORK/short"
cp "$WORK/key.pem" "$WORK/short/log/key.pem"
expect 4 "$SOHOA" ingest -A "$WORK/short" "$WORK/in5"
says "it would fork" "$ERR" 'objects that were acknowledged are gone'
mkdir "$WORK/kept"
rm "$WORK/short/log/key.pem"
mv "$WORK/short/log" "$WORK/short/log.last" "$WORK/kept/"
ingest 0 "$WORK/short" "$WORK/in5"
expect 0 "$SOHOA" verify "$WORK/short"
[ -f "$WORK/short/log/key.pem" ] || fail "no new key"
! cmp -s "$WORK/short/log/key.vkey" "$WORK/kept/log/key.vkey" || fail "the old key"
if command -v openssl >/dev/null; then # what was proved before stays proved
    expect 0 sh "$VERIFY" -k "$WORK/kept/log/key.vkey" "$WORK/proof" "$WORK/scan"
fi
say "a copy with its log: $SIZE entries, and $OPEN that were not there yet"
