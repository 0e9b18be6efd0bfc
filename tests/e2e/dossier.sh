# tests/e2e/dossier.sh - what happens to dossiers is noted, shown, and added up in reports; the
# catalogue made anew says the same; a service that has the archive writes for us.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
ONE=H57.12-250705-0001 TWO=H57.12-250705-0002 THREE=H57.05-250706-0003
CONFIG=$(dirname "$0")/../../configs/report.yaml

make_pages "$WORK/all" --set demo --dpi 100
mkdir "$WORK/in"
cp "$WORK"/all/00[124]-* "$WORK/in"
init "$A"
ingest 0 "$A" "$WORK/in"
PAGE=$("$SOHOA" ls "$A" --json | jq -r 'select(.status == "ok") | .page' | head -n 1)
expect 0 "$SOHOA" assign -A "$A" --dossier "$ONE" "$PAGE"

event() { # event CODE DOSSIER WHAT OPTION...
    local want=$1
    shift
    expect "$want" "$SOHOA" event -A "$A" "$@"
}
rows() { "$SOHOA" report "$@" --json | jq -c .; }

# --- noted and shown ----------------------------------------------------------------------------
event 0 $ONE arrived --at 2026-11-02T01:00:00Z --office H57.12
event 0 $ONE started --at 2026-11-02T01:10:00Z --office H57.12 --by 'Quầy 3'
event 0 $ONE received --at 2026-11-02T01:20:00Z --set level=commune --set field=HT \
    --set 'field_name=Hộ tịch' --set procedure=1.000318 --set helped=H57.12 --set received=H57.12 \
    --set decides=H57.05
event 0 $ONE scanned --at 2026-11-02T01:15:00Z --pages 10 --rework 2 --by 'Quầy 3' --office H57.12
event 0 $ONE component --component GKS --name 'Giấy khai sinh' --digitised "$PAGE"
event 0 $ONE component --component DON --name 'Tờ khai'
event 0 $ONE component --component CCCD --exempt shown
event 0 $ONE fee --amount 8000 --paper 'BL 0012' --office H57.12 --at 2026-11-02T01:25:00Z
event 0 $ONE handed-over --sheets 3 --paper VP-1 --by 'Bưu tá 7' --at 2026-11-02T09:00:00Z
event 0 $TWO arrived --at 2026-11-02T02:00:00Z --office H57.12
event 0 $TWO started --at 2026-11-01T02:50:00Z --office H57.05 # the day before, and sent away
event 0 $TWO started --at 2026-11-02T02:50:00Z --office H57.05
event 0 $TWO complaint --because '=HYPERLINK("x")' --at 2026-11-03
event 0 $THREE received --at 2026-10-31T18:00:00Z --set level=province --set field=DD
event 0 $THREE component --component SO --digitised "$PAGE" --result
event 0 $THREE stopped --because 'Thiếu giấy tờ' --at 2026-11-04

expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "all of it" "$OUT" '.[0] | .status == "received" and .decides == "H57.05" and
    (.components | length) == 3 and (.events | length) == 9 and .events[0].what == "arrived" and
    ([.components[] | select(.component == "GKS")][0] | .state == "digitised" and
     .name == "Giấy khai sinh" and (.document | length) == 64)'
expect 0 "$SOHOA" dossier ls "$A" --json
holds "three" "$OUT" 'length == 3 and .[0].dossier == "'$THREE'"'
expect 1 "$SOHOA" dossier show "$A" H57.12-999999-0001
one_clear_line "none such" "no event tells of a dossier"

# A fact told later is the one that counts; a step of before changes no status.
event 0 $ONE noted --set decides=H57.06 --at 2026-11-01
expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "the later one" "$OUT" '.[0] | .decides == "H57.06" and .status == "received"'

# The same event once more is no event more, and no later word.
before=$("$SOHOA" dossier show "$A" $ONE --json)
event 0 $ONE received --at 2026-11-02T01:20:00Z --set level=commune --set field=HT \
    --set 'field_name=Hộ tịch' --set procedure=1.000318 --set helped=H57.12 --set received=H57.12 \
    --set decides=H57.05
says "it was known" "$OUT" 'so it was already, nothing was written'
same "once" "$before" "$("$SOHOA" dossier show "$A" $ONE --json)"

# --- refused ------------------------------------------------------------------------------------
event 2 $ONE exploded
says "no such event" "$ERR" "bad value 'exploded'"
event 2 $ONE scanned
says "no pages" "$ERR" "needs a number of pages"
event 2 $ONE refused
says "no reason" "$ERR" "needs a reason"
event 2 $ONE noted --set level=district
says "a level" "$ERR" "level: province or commune"
event 2 $ONE noted --set planet=mars
event 2 $ONE component --component A --digitised x --exempt online
event 1 $ONE component --component A --digitised 00000000000000000000000000000000.0
one_clear_line "no such page" "is no page or record of a document"
event 2 'H57 12' arrived

# --- reports ------------------------------------------------------------------------------------
is() { # is WHAT HAVE WANT
    [ "$2" = "$3" ] || fail "$1: $2 instead of $3"
}
is "digitised" "$(rows digitisation "$A" -c "$CONFIG" | jq -c '[.level,.field,.month,.components,.digitised,.rate,.target,.exempt]' | tr '\n' ' ')" \
    '["commune","Hộ tịch","2026-11",2,1,50,30,1] ["province","DD","2026-11",1,1,100,50,0] '
is "of October nothing, in Vietnam it was November" \
    "$(rows digitisation "$A" --to 2026-10-30 | wc -l)" 0
is "exempt" "$(rows exemptions "$A" -c "$CONFIG" | jq -r .reason)" 'Chỉ xuất trình để đối chiếu'
is "waits" "$(rows waiting "$A" -c "$CONFIG" | jq -c '[.dossiers,.p50_minutes,.p95_minutes,.over]')" \
    '[1,50,50,100]
[1,10,10,0]'
is "staff" "$(rows staff "$A" | jq -c '[.operator,.pages,.rework,.rework_rate]')" \
    '["Quầy 3",10,2,20]'
is "fees" "$(rows fees "$A" | jq -c '[.payments,.vnd]')" '[1,8000]'
is "custody" "$(rows custody "$A" | jq -c '[.dossier,.time,.sheets,.paper]')" \
    '["'$ONE'","2026-11-02T09:00:00Z",3,"VP-1"]'
is "standing" "$(rows standing "$A" | jq -r .dossier | sort | tr '\n' ' ')" "$ONE $TWO "
expect 0 "$SOHOA" report complaints "$A" --csv
says "no formula for a spreadsheet" "$OUT" "\"'=HYPERLINK"
LC_ALL=vi_VN.UTF-8 expect 0 "$SOHOA" report digitisation "$A" -c "$CONFIG" --html
says "a page in Vietnamese" "$OUT" '<html lang="vi">'
says "a chart" "$OUT" '<rect class="bar"'
expect 2 "$SOHOA" report nothing "$A"
printf 'targets:\n  province: 101\n' >"$WORK/bad.yaml"
expect 2 "$SOHOA" report digitisation "$A" -c "$WORK/bad.yaml"
says "no such share" "$ERR" 'at most 100 percent'

# --- made anew, it says the same ----------------------------------------------------------------
tell_all() {
    for kind in digitisation exemptions waiting staff reuse fees custody standing complaints; do
        "$SOHOA" report $kind "$A" --json
    done
    for code in $ONE $TWO $THREE; do "$SOHOA" dossier show "$A" $code --json; done
}
tell_all >"$WORK/before"
expect 0 "$SOHOA" reindex "$A"
tell_all >"$WORK/after"
same_file "after reindex" "$WORK/before" "$WORK/after"

# --- the service writes it ----------------------------------------------------------------------
mkdir "$WORK/hot"
printf 'archive: %s\nfolders:\n  - name: hot\n    path: %s\n' "$A" "$WORK/hot" >"$WORK/watch.yaml"
folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
serve -c "$WORK/watch.yaml"
wait_for "the service" folder_is_locked
event 0 $TWO returned --json
holds "asked" "$OUT" '.[0].waiting == false'
expect 0 "$SOHOA" dossier show "$A" $TWO --json
holds "done" "$OUT" '.[0].status == "returned"'
stop_service
verify_clean "$A"
say "events, dossiers, reports"

# --- who may note events ----------------------------------------------------------------------------------
OPERATORS=$(dirname "$0")/../../configs/operators.yaml
before=$("$SOHOA" stats "$A" --json | jq .objects)
may() { # may CODE NAME TIME
    event "$1" $TWO feedback --because "lúc $3" --by "$2" --at "$3" --operators "$OPERATORS"
}
may 0 'quầy 3' 2026-01-01
may 0 'quầy 3' 2031-01-01 # no end is set
may 1 'quầy 3' 2025-12-31T16:59:59Z
may 0 'quầy 3' 2025-12-31T17:00:00Z # the day begins in Vietnam
may 1 'Nguyễn Thị Lan' 2026-05-31T16:59:59Z
may 0 'Nguyễn Thị Lan' 2026-08-31T16:59:59Z # the last day counts
may 1 'Nguyễn Thị Lan' 2026-08-31T17:00:00Z
one_clear_line "why" "'Nguyễn Thị Lan' may not note events of 2026-08-31T17:00:00Z"
may 0 'Nguyễn Thị Lan' 2026-12-24 # and again
may 0 "$(printf 'Nguye\xCC\x82\xCC\x83n Thi\xCC\xA3 Lan')" 2026-12-25 # composed it is the same
sed "s/Nguyễn Thị Lan/$(printf 'Nguye\xCC\x82\xCC\x83n Thi\xCC\xA3 Lan')/" "$OPERATORS" >"$WORK/apart.yaml"
event 0 $TWO feedback --because x --by 'Nguyễn Thị Lan' --at 2026-12-26 --operators "$WORK/apart.yaml"
may 1 'Nguyen Thi Lan' 2026-12-24
one_clear_line "why" "'Nguyen Thi Lan' is none of the operators"
event 1 $TWO feedback --because 'ai?' --operators "$OPERATORS"
same "events that were written" $((before + 7)) "$("$SOHOA" stats "$A" --json | jq .objects)"
for wrong in 's/2026-01-01/2026-13-01/' 's/2026-08-31/2026-05-31/' 's/name: quầy 3/name: ""/' 's/from:/since:/' \
    's/2026-01-01/2026-1-1/' 's/^operators:/operator:/'; do
    sed "$wrong" "$OPERATORS" >"$WORK/wrong.yaml"
    ! cmp -s "$OPERATORS" "$WORK/wrong.yaml" || fail "nothing changed: $wrong"
    event 2 $TWO feedback --because x --by 'quầy 3' --operators "$WORK/wrong.yaml"
done
event 3 $TWO feedback --because x --by 'quầy 3' --operators "$WORK/nothing.yaml"
