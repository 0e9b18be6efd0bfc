# tests/e2e/quarantine.sh - what lies in quarantines, tried again or handed out; also after a crash.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
HOT=$WORK/hot
Q=$HOT/quarantine

init "$A"
for words in '' ls 'retry' "retry $HOT" "retry $HOT --all x" "retry $HOT --all --reason damaged" 'retry -A' \
    "retry -A $A" "retry $HOT --reason because" "release $HOT" "release $HOT x" "release $HOT x --to y --delete" \
    "release $HOT --all --delete" "frob $HOT x" "retry $HOT x --to y" "ls $HOT --delete" "retry $HOT x --marker /x" \
    "retry $A --all"; do
    expect 2 "$SOHOA" quarantine $words
done
expect 3 "$SOHOA" quarantine ls "$WORK/none"
one_clear_line "no such folder" "'.*/none'.*No such file"
expect 3 "$SOHOA" quarantine retry "$WORK/none" --all
expect 3 "$SOHOA" quarantine retry -A "$WORK/none" --all
one_clear_line "no archive" "there is no archive at"

# --- a hot folder's ---------------------------------------------------------------------------
# watch CODE OPTION...
watch() {
    local want=$1
    shift
    expect "$want" "$SOHOA" watch -A "$A" --once --rescan-seconds 1 --json --io "$(io_of_build)" "$@" "$HOT"
}
quarantine_ls() { expect "$1" "$SOHOA" quarantine ls "$2" --json; }
make_pages "$WORK/pages" --set mixed --count 7 --dpi 72 --seed 7
EVIL=$'<script>alert("1") & \'q\' \xff\n\e[2J.tif'
mkdir -p "$HOT/lo-17"
cp "$WORK"/pages/007-*.* "$HOT/lo-17/three.pdf"
echo text >"$HOT/lo-17/letter.txt"
echo evil >"$HOT/$EVIL"
ln -s /etc/passwd "$HOT/link.tif"
watch 1 --pages-max 2
holds "four are quarantined" "$OUT" 'map(select(.outcome == "quarantined")) | length == 4'

quarantine_ls 0 "$HOT"
cp "$OUT" "$WORK/list"
holds "every file, why, and what to do" "$WORK/list" 'length == 4 and all(.there
    and (.reason | length > 0) and (.advice | length > 0) and (.since | test("^20..-")) and .bytes > 0
    and (.batch | startswith("hot/") or startswith("inbox/")) and (.quarantine | endswith("/hot/quarantine")))'
holds "which" "$WORK/list" 'map({(.file): .reason_code}) | add
    | .["lo-17/three.pdf"] == "too-many-pages" and .["lo-17/letter.txt"] == "unknown-format" and has("link.tif")'
quarantine_ls 0 "$Q"
same_file "the hot folder or its quarantine" "$WORK/list" "$OUT"
expect 0 "$SOHOA" quarantine ls "$HOT"
same "four lines for each" 16 "$(wc -l <"$OUT")"
! grep -q "$(printf '\033')" "$OUT" || fail "a terminal would obey this"
says "what to do" "$OUT" '^    what to do: split it or raise the limit$'
expect 0 env LC_ALL=vi "$SOHOA" quarantine ls "$HOT"
says "what to do, in Vietnamese" "$OUT" '^    cách xử lý: hãy tách tệp hoặc nâng giới hạn$'

# Explanations from anybody: nothing of this is followed, obeyed, waited for or believed.
cp -a "$Q" "$WORK/kept"
three=$(jq -c . "$Q/lo-17/three.pdf.why.json")
hostile() { # hostile COMMAND...: makes the explanation of three.pdf, which is then none
    rm -rf "$Q/lo-17/three.pdf.why.json"
    "$@"
    expect 1 timeout 60 "$SOHOA" quarantine ls "$HOT" --json
    holds "the file is listed: $*" "$OUT" 'length == 4 and (map(select(.file == "lo-17/three.pdf")) | .[0]
        | .reason_code == "none" and .path == "" and .there)'
    ! grep -q root: "$OUT" || fail "a link was followed"
}
W=$Q/lo-17/three.pdf.why.json
hostile true
hostile ln -s /etc/passwd "$W"
hostile ln -s "$WORK/kept/lo-17/three.pdf.why.json" "$W"
hostile mkfifo "$W"
hostile sh -c 'printf "{" >"$0"' "$W"
hostile sh -c 'printf "[7]" >"$0"' "$W"
hostile sh -c 'printf "\377\376" >"$0"' "$W"
hostile sh -c 'jq -c ". + {pad: (\"x\" * 70000)}" "$1" >"$0"' "$W" "$WORK/kept/lo-17/three.pdf.why.json"
rm "$W"
jq -c '.path = "a\u001b[2J\n<b>" | .reason_code = "no such code" | .bytes = -1 | .sha256 = 7 | .detail = ["x"]' \
    <<<"$three" >"$W"
quarantine_ls 0 "$HOT"
holds "made harmless" "$OUT" 'map(select(.file == "lo-17/three.pdf")) | .[0]
    | .reason_code == "none" and .path == "a\\x1B[2J\\x0A<b>" and .sha256 == null'
cp "$WORK/kept/lo-17/three.pdf.why.json" "$W"
# A file of somebody's that only looks like an explanation is a file.
echo mine >"$Q/note.why"
echo mine >"$Q/b.tif.why.json"
quarantine_ls 1 "$HOT"
holds "files by these names" "$OUT" 'map(.file) | (index("note.why") != null) and (index("b.tif") != null)'
rm "$Q/note.why" "$Q/b.tif.why.json"

# Back into the inbox: by name, as it is and as it is shown; by reason; all. Nothing is replaced.
expect 1 "$SOHOA" quarantine retry "$HOT" three.pdf ../hot/quarantine/lo-17/three.pdf "$Q/lo-17/three.pdf"
same "no such names" 3 "$(grep -c 'has no file' "$ERR")"
mkdir "$HOT/lo-17" "$WORK/elsewhere" 2>/dev/null || true
mv "$HOT/lo-17" "$HOT/aside"
ln -s "$WORK/elsewhere" "$HOT/lo-17"
expect 3 "$SOHOA" quarantine retry "$HOT" lo-17/three.pdf
one_clear_line "not through a link" "three.pdf"
same "nothing went through it" 0 "$(find "$WORK/elsewhere" -mindepth 1 | wc -l)"
[ -e "$Q/lo-17/three.pdf" ] || fail "the file is lost"
rm "$HOT/lo-17"
mv "$HOT/aside" "$HOT/lo-17"
echo 'another' >"$HOT/lo-17/three.pdf"
sum=$(sha256sum <"$Q/lo-17/three.pdf")
expect 0 "$SOHOA" quarantine retry "$HOT" --reason too-many-pages --json --marker .ok
holds "told where" "$OUT" '.[0] == {"file": "lo-17/three.pdf", "to": "lo-17/three~2.pdf"}'
same "what was there stays" another "$(cat "$HOT/lo-17/three.pdf")"
same "the same bytes" "$sum" "$(sha256sum <"$HOT/lo-17/three~2.pdf")"
[ -f "$HOT/lo-17/three~2.pdf.ok" ] || fail "no marker"
same "its explanation went" 0 "$(find "$Q" -name 'three*' | wc -l)"
expect 1 "$SOHOA" quarantine retry "$HOT" lo-17/three.pdf
rm "$HOT/lo-17/three.pdf" "$HOT/lo-17/three~2.pdf.ok"
expect 0 "$SOHOA" quarantine retry "$HOT" link.tif
[ -L "$HOT/link.tif" ] || fail "the link itself goes back"
rm "$HOT/link.tif"
shown=$(jq -r 'select(.file | contains("script")).file' "$WORK/list")
expect 0 "$SOHOA" quarantine retry "$HOT" "$shown"
[ -f "$HOT/$EVIL" ] || fail "not by the name that is shown"
expect 0 "$SOHOA" quarantine retry "$HOT" --reason damaged
same "none has this reason" 0 "$(wc -c <"$OUT")"
mkdir -p "$Q/done"
echo x >"$Q/done/x.tif"
expect 3 "$SOHOA" quarantine retry "$HOT" done/x.tif
one_clear_line "what never was in the inbox" "did not come from the inbox"
rm -r "$Q/done"
rmdir "$HOT/lo-17" 2>/dev/null || mv "$HOT/lo-17/three~2.pdf" "$HOT/again.pdf"
rmdir "$HOT/lo-17"
expect 0 "$SOHOA" quarantine retry "$HOT" --all
[ -f "$HOT/lo-17/letter.txt" ] || fail "its folder is made again"
same "the quarantine is empty" 0 "$(find "$Q" -type f -printf x | wc -c)"
watch 1
holds "taken again, with another limit" "$OUT" 'map({(.source): .outcome}) | add
    | .[keys[] | select(endswith("again.pdf"))] == "archived"'
holds "the others fail again" "$OUT" 'map(select(.outcome == "quarantined")) | length == 2'

# A crash between the move and the explanation's end: the next retry ends it, unless it is fresh:
# then it may be the service's, which is about to move the file in.
mv "$Q/lo-17/letter.txt" "$WORK/letter.txt"
quarantine_ls 0 "$HOT"
holds "only the explanation" "$OUT" 'map(select(.file == "lo-17/letter.txt")) | .[0].there == false'
expect 0 "$SOHOA" quarantine retry "$HOT" lo-17/letter.txt
[ -e "$Q/lo-17/letter.txt.why" ] || fail "a fresh explanation is gone"
touch -d '2 minutes ago' "$Q"/lo-17/letter.txt.why*
expect 0 "$SOHOA" quarantine retry "$HOT" lo-17/letter.txt
same "its explanation went" 0 "$(find "$Q/lo-17" -type f -printf x | wc -c)"

# --- handed out -------------------------------------------------------------------------------
ODD=$(find "$Q" -name '*.tif' -printf '%f')
mkdir "$WORK/desk"
expect 3 "$SOHOA" quarantine release "$HOT" "$ODD" --to "$WORK/no-desk"
expect 1 "$SOHOA" quarantine release "$HOT" nothing --to "$WORK/desk"
cp -a "$Q" "$WORK/before"
printf 'mine' >"$WORK/desk/$ODD"
expect 0 "$SOHOA" quarantine release "$HOT" "$ODD" --to "$WORK/desk" --json
same "what was there stays" mine "$(cat "$WORK/desk/$ODD")"
name=${ODD%.tif}~2.tif
holds "told as what" "$OUT" '.[0].to | endswith("[2J~2.tif")'
same_file "the file" "$WORK/before/$ODD" "$WORK/desk/$name"
same_file "and why" "$WORK/before/$ODD.why" "$WORK/desk/$name.why"
same_file "and why, for programs" "$WORK/before/$ODD.why.json" "$WORK/desk/$name.why.json"
same "nothing stays" 0 "$(find "$Q" -type f -printf x | wc -c)"
expect 1 "$SOHOA" quarantine release "$HOT" "$ODD" --to "$WORK/desk"
# Cut off at each step, then done again: one file and its explanations, and no second set.
for step in copied moved; do
    rm -rf "$WORK/desk" "$Q"
    cp -a "$WORK/before" "$Q"
    mkdir "$WORK/desk"
    cp "$Q/$ODD.why" "$Q/$ODD.why.json" "$WORK/desk"
    [ "$step" = copied ] || mv "$Q/$ODD" "$WORK/desk"
    expect 0 "$SOHOA" quarantine release "$HOT" "$ODD" --to "$WORK/desk"
    same_file "the file, after a crash when it was $step" "$WORK/before/$ODD" "$WORK/desk/$ODD"
    same_file "and why" "$WORK/before/$ODD.why" "$WORK/desk/$ODD.why"
    same "nothing stays" 0 "$(find "$Q" -type f -printf x | wc -c)"
    same "no second set" 3 "$(find "$WORK/desk" -type f -printf x | wc -c)"
done
# The explanation of a file that somebody took from the desk is nobody else's to replace.
rm -rf "$WORK/desk" "$Q"
cp -a "$WORK/before" "$Q"
mkdir "$WORK/desk"
echo other >"$WORK/desk/$ODD.why.json"
expect 0 "$SOHOA" quarantine release "$HOT" "$ODD" --to "$WORK/desk"
same "it stays" other "$(cat "$WORK/desk/$ODD.why.json")"
same_file "the file has a name of its own" "$WORK/before/$ODD" "$WORK/desk/2-$ODD"
same_file "and its explanation" "$WORK/before/$ODD.why.json" "$WORK/desk/2-$ODD.why.json"
if [ -d /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$WORK")" ]; then
    far=$(mktemp -d /dev/shm/sohoa-quarantine.XXXXXX)
    trap 'rm -rf "$far"; clean_up' EXIT
    cp -a "$WORK/before/." "$Q"
    expect 0 "$SOHOA" quarantine release "$Q" "$ODD" --to "$far"
    same_file "on another file system" "$WORK/before/$ODD" "$far/$ODD"
    same "its time" "$(stat -c %Y "$WORK/before/$ODD")" "$(stat -c %Y "$far/$ODD")"
    same "all three, and nothing half written" 3 "$(find "$far" -type f -printf x | wc -c)"
    same "nothing stays" 0 "$(find "$Q" -type f -printf x | wc -c)"
else
    say "no second file system here: handing over to one was not tried"
fi
cp -a "$WORK/before/." "$Q"
expect 0 "$SOHOA" quarantine release "$HOT" "$ODD" --delete
says "told" "$OUT" 'deleted$'
same "nothing stays" 0 "$(find "$Q" -type f -printf x | wc -c)"
rm -rf "$HOT"
verify_clean "$A"

# --- an archive's -----------------------------------------------------------------------------
B=$WORK/second
init "$B"
mkdir -p "$WORK/scans"
cp "$WORK"/pages/007-*.* "$WORK/scans/three.pdf"
cp "$WORK"/pages/007-*.* "$WORK/scans/same.pdf"
echo 'no picture' >"$WORK/scans/$EVIL"
ingest 1 "$B" --pages-max 2 "$WORK/scans"
print_of "$B/quarantine" >"$WORK/.before"
quarantine_ls 0 "$B"
holds "three copies" "$OUT" 'length == 3 and all(.there and (.sha256 | test("^[0-9a-f]{64}$")) and .batch == "")'
retry() { # retry CODE ARGUMENT...
    local want=$1
    shift
    expect "$want" "$SOHOA" quarantine retry -A "$B" --json --io "$(io_of_build)" "$@"
}
retry 1 --pages-max 2 --all
holds "nothing is better now" "$OUT" 'length == 3 and all(.outcome == "quarantined")'
print_of "$B/quarantine" >"$WORK/.after"
same_file "each fails in its own place" "$WORK/.before" "$WORK/.after"
retry 0 --pages-max 100 --reason too-many-pages
holds "taken, with another limit" "$OUT" 'map(.outcome) | sort == ["archived", "duplicate"]'
holds "under the names they came by" "$OUT" 'map(.source) | sort == [$d + "/same.pdf", $d + "/three.pdf"]' \
    --arg d "$WORK/scans"
quarantine_ls 0 "$B"
holds "what failed stays" "$OUT" 'length == 1 and .[0].reason_code == "unknown-format"'
expect 0 "$SOHOA" ls "$B" --json
holds "its pages" "$OUT" 'length == 3 and all(.source | startswith($d + "/"))' --arg d "$WORK/scans"
verify_clean "$B"
same "three files of the quarantine" 3 "$(find "$B/quarantine" -type f -printf x | wc -c)"

# Cut off after it was archived: nothing is archived twice, and the rest is cleared away.
mkdir "$WORK/more"
cp "$WORK"/pages/001-*.* "$WORK/more/a.tif"
ingest 1 "$B" --pixels-max 10000 "$WORK/more"
COPY=$(find "$B/quarantine" -name '*-a.tif' -printf '%f')
cp -a "$B/quarantine" "$WORK/kept.archive"
ingest 0 "$B" "$WORK/more"
pages_of "$B" >"$WORK/.pages"
for left in "$COPY $COPY.why $COPY.why.json" "$COPY $COPY.why.json" "$COPY" "$COPY.why.json"; do
    rm -f "$B/quarantine/$COPY"*
    for file in $left; do
        cp -a "$WORK/kept.archive/$file" "$B/quarantine"
    done
    retry 0 "$COPY"
    same "cleared away of '$left'" 0 "$(find "$B/quarantine" -name "$COPY*" | wc -l)"
    pages_of "$B" >"$WORK/.pages.again"
    same_file "nothing was archived again" "$WORK/.pages" "$WORK/.pages.again"
done
# A file that was never read leaves nothing to try again: that is said, and its explanation stays.
ingest 1 "$B" --file-max 1K "$WORK"/pages/002-*.*
NEVER=$(find "$B/quarantine" -name '*002*.why.json' -printf '%f')
expect 1 "$SOHOA" quarantine retry -A "$B" "${NEVER%.why.json}"
says "what to do instead" "$ERR" 'was never read: run sohoa ingest on the file itself: .*/pages/002'
[ -e "$B/quarantine/$NEVER" ] || fail "its explanation is gone"
expect 0 "$SOHOA" quarantine release "$B" "${NEVER%.why.json}" --delete
[ ! -e "$B/quarantine/$NEVER" ] || fail "its explanation stays"
# A link in the place of a copy is no copy.
ln -s "$WORK/scans/three.pdf" "$B/quarantine/0123456789abcdef-link.pdf"
retry 1 0123456789abcdef-link.pdf
[ -L "$B/quarantine/0123456789abcdef-link.pdf" ] || fail "the link is gone"
[ -e "$WORK/scans/three.pdf" ] || fail "what it led to is gone"
verify_clean "$B"
