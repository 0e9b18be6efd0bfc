# tests/e2e/batches.sh - which pages are one paper of which dossier: by the names of files, by what a
# station says beside its scans, and by a person while the service has the archive.
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

# --- sidecars ---------------------------------------------------------------------------------
make_pages "$WORK/one" --set demo --dpi 60 --seed 31
make_pages "$WORK/two" --set demo --dpi 60 --seed 32
two_pages() { echo "$WORK/$1"/002-*; }
three_pages() { echo "$WORK/$1"/003-*; }
# sidecar FILE DOCUMENTS [CLOSED]: appears whole.
sidecar() {
    printf '{"v": 1, "batch": "lô 17", "station": "quầy 3", "dossier": "%s",\n"documents": [%s],\n"closed": %s}\n' \
        "$ONE" "$2" "${3:-true}" >"$1.part"
    mv "$1.part" "$1"
}
ledger_of() { "$SOHOA" ledger "$A" --json | jq -c "select(.path == \"$1\") | [.outcome, .reason_code]"; }
pages_in() { "$SOHOA" ls "$A" --dossier "$1" --json | jq -r 'select(.source | startswith($p)) | "\(.source | split("/") | last) \(.index)"' --arg p "desk/$2" | tr '\n' ' '; }
config '    marker: .ok' # a sidecar needs none

# It lists what is there; until it says that the batch is closed, it is left alone.
mkdir -p "$IN/lo 17/a"
cp "$(two_pages one)" "$IN/lo 17/a/front"
cp "$(two_pages two)" "$IN/lo 17/a/back"
picture 1 >"$IN/lo 17/1.pbm"
touch "$IN/lo 17/a/front.ok" "$IN/lo 17/a/back.ok" "$IN/lo 17/1.pbm.ok"
DOCUMENTS='{"title": "Hợp đồng", "files": ["a/front", "a/back"], "sheets": 2, "collate": "odd-even-reversed"},
 {"files": ["1.pbm"], "dossier": "'$TWO'"}'
sidecar "$IN/lo 17/batch.json" "$DOCUMENTS" false
once 0
holds "the scans alone" "$OUT" 'length == 3'
[ -e "$IN/lo 17/batch.json" ] || fail "a sidecar that is not closed was taken"
sidecar "$IN/lo 17/batch.json" "$DOCUMENTS"
once 0
holds "the sidecar" "$OUT" 'map([.source, .outcome, .pages]) == [["desk/lo 17/batch.json", "archived", 0]]'
same "fronts and backs" "front 0 back 1 front 1 back 0 " "$(pages_in "$ONE" 'lo 17/a/')"
same "its own dossier, its batch" "sidecar $TWO lô 17" "$(document 'desk/lo 17/1.pbm')"
same "the ledger's line" '["archived",null]' "$(ledger_of 'lo 17/batch.json')"
[ -e "$IN/done/lo 17/batch.json" ] || fail "it is not in done"
[ ! -e "$IN/done/lo 17/batch.json.report.json" ] || fail "a report, and all fits"
"$SOHOA" ls "$A" --json >"$WORK/rows"
holds "its title" "$WORK/rows" 'map(select(.document_title == "Hợp đồng")) | length == 4'
"$SOHOA" get "$A" "$(sha256sum <"$IN/done/lo 17/batch.json" | cut -d' ' -f1)" | cmp - "$IN/done/lo 17/batch.json"

# One that cannot be understood.
config
sidecar "$IN/x.sohoa.json" '{"files": ["1.pbm"], "sheets": 0}'
truncate -s 2M "$IN/batch.json"
once 1
same "why" '["quarantined","bad-sidecar"]' "$(ledger_of x.sohoa.json)"
same "too long" '["quarantined","bad-sidecar"]' "$(ledger_of batch.json)"
says "the line" "$IN/quarantine/x.sohoa.json.why" "x.sohoa.json:2: 'sheets' must be"

# It waits for its files, also from one start to the next, and not for those of yesterday.
picture 2 >"$IN/2.pbm"
once 0
sidecar "$IN/y.sohoa.json" '{"files": ["2.pbm", "3.pbm"]}'
once 0
same "it waits" "" "$(ledger_of y.sohoa.json)"
picture 3 >"$IN/3.pbm"
once 0
same "it has what it waited for" '["archived",null]' "$(ledger_of y.sohoa.json)"
same "one paper" "2.pbm 0 3.pbm 0 " "$(pages_in "$ONE" '' | grep -o '[23].pbm 0 ' | tr -d '\n')"
picture 4 >"$IN/2.pbm"
sidecar "$IN/z.sohoa.json" '{"files": ["2.pbm"]}'
once 0
same "the one that is there now" "sidecar" \
    "$(document desk/2.pbm >"$WORK/.x"; "$SOHOA" ls "$A" --json | jq -r 'select(.source == "desk/2.pbm").document' |
        while read -r d; do "$SOHOA" get "$A" "$d" | jq -r 'select(.parts[0].source == $s).by' --arg s "$(picture 4 | sha256sum | cut -d' ' -f1)"; done)"

# What does not fit is said, and what has come is one paper all the same.
config
sed -i '1i sidecar-wait-seconds: 0' "$WORK/watch.yaml"
mkdir "$IN/lo 18"
cp "$(three_pages one)" "$IN/lo 18/three"
cp "$(three_pages two)" "$IN/lo 18/more"
picture 1 >"$IN/lo 18/again.pbm"
picture 8 >"$IN/lo 18/8.pbm"
picture 9 >"$IN/lo 18/9.pbm"
cp "$IN/lo 18/9.pbm" "$IN/lo 18/99.pbm"
echo text >"$IN/lo 18/text.tif"
printf 'P4\n8 8\n12345678' >"$IN/lo 18/single.pbm"
once 1
sidecar "$IN/lo 18/batch.json" '{"files": ["gone.tif", "text.tif", "8.pbm"]},
{"files": ["three"], "sheets": 4},
{"files": ["more", "single.pbm"], "collate": "odd-even"},
{"files": ["9.pbm", "99.pbm"]},
{"files": ["nothing.tif"]},
{"files": ["again.pbm"], "title": "có rồi"}'
once 0
REPORT="$IN/done/lo 18/batch.json.report.json"
holds "the report" "$REPORT" '.[0] | .batch == "lô 17" and .expected == {"documents": 6, "files": 10}
    and .came.files == 7 and .missing == ["gone.tif", "nothing.tif"]
    and .quarantined == [{"file": "text.tif", "reason_code": "unknown-format"}]
    and (.documents | map([.line, .pages, .sheets]) == [[3, 3, 4], [4, 4, 0], [5, 1, 0]])
    and (.documents[0].problems == ["line 3: 3 pages do not fit 4 sheets"])
    and (.documents[1].problems[0] | test("3 fronts but 1 backs; backs missing: 2"))
    and (.documents[2].problems[0] | test("same bytes.*99.pbm"))'
for line in 'missing: gone.tif' 'missing: nothing.tif' 'quarantined \(unknown-format\): text.tif' 'do not fit 4 sheets' \
    'backs missing' 'same bytes'; do
    says "one line each" "$ERR" "'desk/lo 18/batch.json': .*$line"
done
same "and no more" 6 "$(grep -c 'batch.json' "$ERR")"
same "what has come" "sidecar $ONE" "$(document 'desk/lo 18/8.pbm' | cut -d' ' -f1,2)"
same "a duplicate is of the paper, too" "sidecar $ONE lô 17" "$(document 'desk/lo 17/1.pbm')"
same "left over" "" "$(find "$IN/.sohoa/claimed" "$IN/.sohoa/reports" -type f)"

# --- while the service has the archive --------------------------------------------------------
page_of() { "$SOHOA" ls "$A" --json | jq -r 'select(.source == $f).page' --arg f "$1"; }

folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
start() {
    rm -f "$WORK/told" "$WORK/log"
    serve -c "$WORK/watch.yaml"
    wait_for "the service" folder_is_locked
}
LOOSE=$(page_of desk/loose.tif)
config
rmdir "$A/requests" # as in an archive made by an older program
start
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
stop_service
! folder_is_locked || fail "somebody still serves"

# Asked of a service that is stopped before it comes to it, and killed afterwards at any point: one
# object, whatever happens.
objects=$("$SOHOA" stats "$A" --json | jq .objects)
start
kill -STOP -- "-$SERVICE"
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" --title 'Chờ' "$LOOSE" --json
holds "it waits" "$OUT" '.[0].waiting and .[0].written == false'
kill_service
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
