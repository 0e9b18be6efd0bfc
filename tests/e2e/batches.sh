# tests/e2e/batches.sh - which pages are one paper of which dossier: by the names of files.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
IN=$WORK/in
ONE=H57.12-250705-0001 TWO=000.00.12.H57-250705-0002

init "$A"
make_pages "$WORK/pages" --set bilevel --count 6 --dpi 60 --seed 8
PAGES=("$WORK"/pages/*)
# config FOLDER-LINE...: one hot folder with these options more.
config() {
    printf '%s\n' "archive: $A" "io: $(io_of_build)" 'disk-reserve: 0' 'folders:' '  - name: desk' \
        "    path: $IN" '    settle-seconds: 0' "$@" >"$WORK/watch.yaml"
}
once() { expect "$1" "$SOHOA" watch -c "$WORK/watch.yaml" --once --json; }
# document FILE: how its pages are known, of which dossier and batch.
document() {
    local record
    record=$("$SOHOA" ls "$A" --json | jq -r 'select(.source == $f).document // empty' --arg f "$1" |
        head -n 1)
    [ -z "$record" ] || "$SOHOA" get "$A" "$record" | jq -r '"\(.by) \(.dossier) \(.batch)"'
}

# --- by name ----------------------------------------------------------------------------------
mkdir -p "$IN/desk 1/$ONE"
cp "${PAGES[0]}" "$IN/desk 1/$ONE/scan.tif"
cp "${PAGES[1]}" "$IN/$TWO.tif"
cp "${PAGES[2]}" "$IN/loose.tif"
config
once 0
same "a folder" "name $ONE desk/desk 1" "$(document "desk/desk 1/$ONE/scan.tif")"
same "a file" "name $TWO" "$(document "desk/$TWO.tif" | cut -d' ' -f1,2)"
same "neither" "" "$(document desk/loose.tif)"
# The same bytes again: they are who they were.
objects=$("$SOHOA" stats "$A" --json | jq .objects)
cp "${PAGES[1]}" "$IN/$ONE.tif"
once 0
holds "a duplicate" "$OUT" 'map(.outcome) == ["duplicate"]'
same "the first assignment stays" "name $TWO" "$(document "desk/$TWO.tif" | cut -d' ' -f1,2)"
same "one line of the ledger more, nothing else" $((objects + 1)) \
    "$("$SOHOA" stats "$A" --json | jq .objects)"
# A rule of the administrator's.
config "    dossier-from: 'hs-([^_]*)_'"
cp "${PAGES[3]}" "$IN/hs-HN.17_a.tif"
cp "${PAGES[4]}" "$IN/hs-H N_a.tif"
cp "${PAGES[5]}" "$IN/$ONE.tif"
once 0
same "by the rule" "name HN.17" "$(document desk/hs-HN.17_a.tif | cut -d' ' -f1,2)"
same "no code" "" "$(document 'desk/hs-H N_a.tif')"
same "and by nothing else" "" "$(document "desk/$ONE.tif")"
same "lines on standard error" 1 "$(wc -l <"$ERR")"
says "it is told" "$ERR" "'desk/hs-H N_a.tif': .*cannot be a dossier code"
for rule in '(a' 'a' "($(printf '%0300d' 0))"; do
    config "    dossier-from: '$rule'"
    expect 2 "$SOHOA" watch -c "$WORK/watch.yaml" --once
    says "a bad rule" "$ERR" "folder 1: bad value for 'dossier-from': "
done

# --- the end ----------------------------------------------------------------------------------
"$SOHOA" ls "$A" --json >"$WORK/rows"
expect 0 "$SOHOA" reindex "$A"
"$SOHOA" ls "$A" --json >"$WORK/rows.again"
same_file "the catalogue made anew" "$WORK/rows" "$WORK/rows.again"
verify_clean "$A"
