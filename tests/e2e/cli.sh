# tests/e2e/cli.sh - help, exit codes, and one clear line when something is not as it should be.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

make_pages "$WORK/in" --set bilevel --count 2 --dpi 72 --seed 2

# --- help and wrong words ---------------------------------------------------------------------
expect 0 "$SOHOA" --help
says "exit codes are documented" "$OUT" '^Exit codes:'
sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$OUT" >"$WORK/commands"
same "commands" "assign batch checkpoint deliver destroy dictionary dossier event export fields find get ingest init keys ledger ls prove quarantine reindex repair report retain review selftest show stats status sync unit verify watch witness" \
    "$(sort "$WORK/commands" | tr '\n' ' ' | sed 's/ $//')"
while read -r command; do
    expect 0 "$SOHOA" "$command" --help
    says "usage" "$OUT" "^Usage: sohoa $command"
    says "an example" "$OUT" "^  sohoa $command "
    cp "$OUT" "$WORK/help"
    expect 0 "$SOHOA" help "$command"
    same_file "help of $command, asked for in two ways" "$WORK/help" "$OUT"
    expect 0 "$SOHOA" "$command" -h
    [ "$command" != selftest ] || continue # needs no argument
    expect 2 "$SOHOA" "$command"
    says "where to read on" "$ERR" "^Try 'sohoa $command --help'"
    same "nothing on standard output" 0 "$(wc -c <"$OUT")"
    expect 2 "$SOHOA" "$command" --no-such-option "$A" x
done <"$WORK/commands"
expect 0 "$SOHOA" --version
says "version" "$OUT" '^sohoa [0-9.]+ \(archive format [0-9]+\)$'
says "the back end and why" "$OUT" '^I/O: (io_uring|plain) \(.+\)$'
expect 0 "$SOHOA" --man
says "manual" "$OUT" '^\.TH SOHOA 1'
expect 2 "$SOHOA"
expect 2 "$SOHOA" frobnicate
expect 2 "$SOHOA" help frobnicate
for wrong in --workers=0 --workers=9999 --workers=two --isolation=none --io=fast --page-seconds=0 \
    --pages-max=-1 --pixels-max=1 --cell-memory=1K --file-max=0 --language=; do
    expect 2 "$SOHOA" ingest -A "$A" "$wrong" "$WORK/in"
done
expect 2 "$SOHOA" ingest "$WORK/in"
says "which archive" "$ERR" 'which archive'
expect 2 "$SOHOA" find "$A" x --from yesterday
expect 2 "$SOHOA" find "$A" x --limit 0
expect 2 "$SOHOA" get "$A" x --as poem
[ ! -e "$A" ] || fail "wrong words made an archive"

# --- not an archive ---------------------------------------------------------------------------
not_an_archive() {
    local path=$1 pattern=$2
    local command
    for command in ls stats verify reindex dictionary; do
        expect 3 "$SOHOA" "$command" "$path"
        one_clear_line "$command of $path" "$pattern"
    done
    for command in show get find; do
        expect 3 "$SOHOA" "$command" "$path" 0123456789abcdef0123456789abcdef.0
        one_clear_line "$command of $path" "$pattern"
    done
    expect 3 "$SOHOA" ingest --json -A "$path" "$WORK/in"
    one_clear_line "ingest into $path" "$pattern"
}
mkdir "$WORK/folder"
echo mine >"$WORK/folder/letter"
not_an_archive "$WORK/none" "there is no archive at '.*/none'"
not_an_archive "$WORK/folder" "is not an archive"
not_an_archive "$WORK/folder/letter" "there is no archive at '.*/letter'"
ln -s loop "$WORK/loop"
not_an_archive "$WORK/loop" "loop"
expect 3 "$SOHOA" init "$WORK/folder"
one_clear_line "init does not take a folder with something in it" "is not empty: there is 'letter'"
same "the folder is as it was" letter "$(ls -A "$WORK/folder")"
[ ! -e "$WORK/none" ] || fail "asking made a folder"

init "$A"
expect 3 "$SOHOA" init "$A"
one_clear_line "init twice" "is an archive already"
expect 3 "$SOHOA" ingest -A "$A" --json "$WORK/in" "$WORK/nowhere"
one_clear_line "a path that is not there" "'.*/nowhere'.*No such file"
ingest 0 "$A" "$WORK/in"
PAGE=$(value <("$SOHOA" ls "$A" --json) .page)

# --- what is not there ------------------------------------------------------------------------
nothing=$(printf '0%.0s' {1..64})
for id in "$nothing" "${nothing:32}.0" "${PAGE%.*}.9"; do
    expect 1 "$SOHOA" show "$A" "$id"
    one_clear_line "show $id" "no page or source '$id'"
    expect 1 "$SOHOA" get "$A" "$id" --as text -o "$WORK/never"
    one_clear_line "get $id" "no page or source '$id'"
done
expect 1 "$SOHOA" get "$A" "$nothing" --as original -o "$WORK/never"
one_clear_line "no such object" "$nothing|no object|not in the archive"
[ ! -e "$WORK/never" ] || fail "get made a file of nothing"
expect 3 "$SOHOA" get "$A" "$PAGE" -o "$WORK/no/such/folder"
one_clear_line "nowhere to write" "No such file"

# --- in use -----------------------------------------------------------------------------------
cp "$WORK"/in/001-*.tif "$WORK/other.tif"
printf 'x' >>"$WORK/other.tif" # another content, the same picture
SOHOA_TEST_CELL=hang:all setsid "$SOHOA_HOOKS" ingest -A "$A" --json "$WORK/other.tif" \
    >"$WORK/.writer" 2>&1 &
WRITER=$!
GROUPS_STARTED=("$WRITER")
for ((i = 0; i < 600; i++)); do
    ! grep -q ":$(stat -c %i "$A/LOCK") " /proc/locks || break
    kill -0 "$WRITER" || fail "the other writer ended"
    sleep 0.1
done
print_of "$A" >"$WORK/.before"
expect 3 "$SOHOA" ingest -A "$A" --json "$WORK/in"
one_clear_line "a second writer" "'$A' is in use by another writer"
expect 3 "$SOHOA" reindex "$A"
one_clear_line "a second writer" "'$A' is in use by another writer"
print_of "$A" >"$WORK/.after"
same_file "the archive after a second writer" "$WORK/.before" "$WORK/.after"
expect 0 "$SOHOA" ls "$A" --json
same "readers are let in" 2 "$(wc -l <"$OUT")"
kill -KILL -- "-$WRITER"
wait "$WRITER" 2>/dev/null || true
GROUPS_STARTED=()
verify_clean "$A"
ingest 0 "$A" "$WORK/in" # a writer that ends by itself leaves nothing to take up

# --- language and model -----------------------------------------------------------------------
print_of "$A" >"$WORK/.before"
expect 3 "$SOHOA" ingest -A "$A" --json --language xyz "$WORK/other.tif"
one_clear_line "a language that is not installed" "install the package tesseract-ocr-xyz"
expect 3 env TESSDATA_PREFIX="$WORK/folder" "$SOHOA" ingest -A "$A" --json "$WORK/other.tif"
one_clear_line "no model" "tesseract-ocr-vie"
print_of "$A" >"$WORK/.after"
same_file "the archive without a model" "$WORK/.before" "$WORK/.after"

# --- a newer archive --------------------------------------------------------------------------
crc32c() { # of standard input; RFC 3720 appendix B.4, a bit at a time
    local crc=$((0xffffffff)) byte bit
    for byte in $(od -An -v -tu1); do
        crc=$((crc ^ byte))
        for bit in 1 2 3 4 5 6 7 8; do
            crc=$(((crc >> 1) ^ (0x82f63b78 & -(crc & 1))))
        done
    done
    printf '%08x' $((crc ^ 0xffffffff))
}
cp -a "$A" "$WORK/newer"
version=$(sed -n '1s/sohoa archive //p' "$A/FORMAT")
same "the checksum is computed as the product does" "crc32c $(head -n 3 "$A/FORMAT" | crc32c)" \
    "$(tail -n 1 "$A/FORMAT")"
sed "1s/.*/sohoa archive $((version + 1))/; 4d" "$A/FORMAT" >"$WORK/format"
echo "crc32c $(crc32c <"$WORK/format")" >>"$WORK/format"
rm "$WORK/newer/FORMAT"
cp "$WORK/format" "$WORK/newer/FORMAT"
print_of "$WORK/newer" >"$WORK/.before"
for command in ls stats verify reindex; do
    expect 3 "$SOHOA" "$command" "$WORK/newer"
    one_clear_line "$command of a newer archive" "format version $((version + 1))"
done
expect 3 "$SOHOA" ingest -A "$WORK/newer" --json "$WORK/other.tif"
one_clear_line "ingest into a newer archive" "format version $((version + 1))"
print_of "$WORK/newer" >"$WORK/.after"
same_file "the newer archive" "$WORK/.before" "$WORK/.after"

# --- no permission ----------------------------------------------------------------------------
chmod 755 "$WORK"
chmod -R go-rwx "$A"
[ "$(id -u)" = 0 ] || chmod 000 "$A"
if as_nobody "$SOHOA" --version >"$OUT" 2>&1; then
    expect 3 as_nobody "$SOHOA" ls "$A"
    one_clear_line "an archive one may not read" "Permission denied"
    expect 3 as_nobody "$SOHOA" ingest -A "$A" --json "$WORK/in"
    one_clear_line "an archive one may not write" "Permission denied"
    expect 3 as_nobody "$SOHOA" init "$A/inside"
    one_clear_line "a folder one may not write" "Permission denied"
else
    say "left out: nobody else may run the program here"
fi
chmod 700 "$A"

# --- files over the process's limit -----------------------------------------------------------
init "$WORK/limited"
expect 3 bash -c 'ulimit -f 512; exec "$@"' - \
    "$SOHOA" ingest -A "$WORK/limited" --json "$WORK/in"
says "it says what is too large" "$ERR" 'File too large'
ingest 0 "$WORK/limited" "$WORK/in"
pages_of "$WORK/limited" >"$WORK/.pages"
same "pages after that" 2 "$(wc -l <"$WORK/.pages")"
verify_clean "$WORK/limited"

# --- Vietnamese -------------------------------------------------------------------------------
echo 'no picture' >"$WORK/note.jpg"
expect 1 env LC_ALL=vi_VN.UTF-8 "$SOHOA" ingest -A "$A" "$WORK/note.jpg"
says "the reason in Vietnamese" "$OUT" 'đây không phải là ảnh hoặc PDF đọc được'
expect 1 env LC_ALL=vi_VN.UTF-8 "$SOHOA" ingest -A "$A" --json "$WORK/note.jpg"
holds "in JSON too, beside a code that stays" "$OUT" \
    '.[0] | .reason_code == "unknown-format" and (.reason | startswith("đây không phải"))'
expect 1 env LANG=en_US.UTF-8 LC_ALL= "$SOHOA" ingest -A "$A" "$WORK/note.jpg"
says "the reason in English" "$OUT" 'this is not a picture or PDF'
same "one file, one reason" 1 "$(find "$A/quarantine" -name '*.why' | wc -l)"
