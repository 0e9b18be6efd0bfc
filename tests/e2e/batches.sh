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

# --- while the service has the archive --------------------------------------------------------
wait_for() { # WHAT COMMAND...
    local what=$1 turns=0
    shift
    until "$@"; do
        sleep 0.1
        turns=$((turns + 1))
        [ "$turns" -lt 1200 ] || fail "waited in vain for $what"
    done
}
page_of() { "$SOHOA" ls "$A" --json | jq -r 'select(.source == $f).page' --arg f "$1"; }

folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>"$ERR") " /proc/locks; }
start() { # PROGRAM
    setsid env -u SOHOA_TEST_CELL "$@" watch -c "$WORK/watch.yaml" --json >"$WORK/told" 2>"$WORK/log" &
    SERVICE=$!
    GROUPS_STARTED=("$SERVICE")
    wait_for "the service" folder_is_locked 2>/dev/null
}
stop() { # SIGNAL
    kill "-$1" -- "-$SERVICE"
    wait "$SERVICE" 2>/dev/null || true
    GROUPS_STARTED=()
    no_sanitizer_finding "$WORK/log"
}
LOOSE=$(page_of desk/loose.tif)
config
rmdir "$A/requests" # as in an archive made by an older program
start "$SOHOA"
expect 0 "$SOHOA" assign -A "$A" --dossier "$ONE" --title 'Đơn' "$LOOSE"
says "the service is asked" "$OUT" '^the service that runs has the archive and takes it over$'
says "it has done it" "$OUT" "^dossier $ONE: 1 page, as one document\$"
same "the request is gone" "" "$(find "$A/requests" -type f)"
same "it is known" "person $ONE" "$(document desk/loose.tif | cut -d' ' -f1,2)"
expect 0 "$SOHOA" assign -A "$A" --dossier "$ONE" "$LOOSE" --json
holds "so it was" "$OUT" '.[0].written == false and (.[0] | has("waiting") | not)'
LC_ALL=vi expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" "$LOOSE"
says "in Vietnamese" "$OUT" 'dịch vụ đang chạy'
# What is no request is put aside, and the others go on.
bad() { # NAME CONTENT
    printf '%s' "$2" >"$WORK/.bad"
    mv "$WORK/.bad" "$A/requests/$1"
}
named() { printf '%s' "$1" | sha256sum | sed 's/ .*/.json/'; }
RECORD=$("$SOHOA" get "$A" "$("$SOHOA" ls "$A" --json | jq -r 'select(.page == $p).document' --arg p "$LOOSE")")
ELSE=$(printf '%s' "$RECORD" | sed 's/"source":"[0-9a-f]*"/"source":"'"$(printf '%064d' 0)"'"/')
bad "$(printf '%064d' 1).json" "$RECORD"
bad "$(named '{}')" '{}'
bad "$(named "$RECORD ")" "$RECORD "
bad "$(named "$ELSE")" "$ELSE"
ln -s "$WORK/watch.yaml" "$A/requests/link.json"
mkfifo "$A/requests/pipe.json"
truncate -s 5M "$A/requests/long.json"
wait_for "refusals" sh -c "[ \$(find '$A/requests/refused' ! -type d | wc -l) = 7 ]"
for why in 'its name is not' 'not a document record' 'not canonical' 'has no file 0000' 'not an ordinary file' \
    'longer than 4194304'; do
    says "why" "$WORK/log" "request '.*' is refused: .*$why"
done
expect 0 "$SOHOA" assign -A "$A" --dossier "$ONE" "$LOOSE" --json
holds "others go on" "$OUT" '.[0].written'
stop TERM
same "nobody serves" "" "$(folder_is_locked || true)"

# Asked of a service that is stopped before it comes to it, and killed afterwards at any point: one
# object, whatever happens.
objects=$("$SOHOA" stats "$A" --json | jq .objects)
start "$SOHOA"
kill -STOP -- "-$SERVICE"
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" --title 'Chờ' "$LOOSE" --json
holds "it waits" "$OUT" '.[0].waiting and .[0].written == false'
stop KILL
same "nothing is written" "$objects" "$("$SOHOA" stats "$A" --json | jq .objects)"
REQUEST=$(find "$A/requests" -maxdepth 1 -name '*.json')
cp "$REQUEST" "$WORK/request"
once 0
same "taken by the next" "person $TWO" "$(document desk/loose.tif | cut -d' ' -f1,2)"
same "one object more" $((objects + 1)) "$("$SOHOA" stats "$A" --json | jq .objects)"
[ ! -e "$REQUEST" ] || fail "the request is still there"
cp "$WORK/request" "$REQUEST" # as if killed before it was removed
once 0
same "not twice" $((objects + 1)) "$("$SOHOA" stats "$A" --json | jq .objects)"
[ ! -e "$REQUEST" ] || fail "the old request is still there"

# --- the end ----------------------------------------------------------------------------------
"$SOHOA" ls "$A" --json >"$WORK/rows"
expect 0 "$SOHOA" reindex "$A"
"$SOHOA" ls "$A" --json >"$WORK/rows.again"
same_file "the catalogue made anew" "$WORK/rows" "$WORK/rows.again"
verify_clean "$A"
