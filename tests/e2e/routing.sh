# tests/e2e/routing.sh - where dossiers go: by procedure and unit, wherever they were handed in; what
# fits nothing or two rules goes nowhere; a word of a person becomes an event that counts.
. "$(dirname "$0")/lib.sh"
CONFIG=$(cd "$(dirname "$0")/../../configs" && pwd)/routing.yaml
A=$WORK/archive
ONE=H57.12-250705-0001 TWO=H57.12-250705-0002

init "$A"
event() { expect 0 "$SOHOA" event -A "$A" "$@"; }
route() { # route CODE DOSSIER OPTION...
    local want=$1
    shift
    expect "$want" "$SOHOA" dossier route "$A" "$@" -c "$CONFIG"
}
event $ONE received --set procedure=1.000318.000.00.00.H57 --set level=commune --set helped=H57.40 --set received=H57.12
event $TWO received --set procedure=2.000635 --set level=province --set field=DD --set helped=H57.40

# The ward of the affair decides, not the counter.
route 1 $ONE
one_clear_line "without its unit" "$ONE goes nowhere: no rule fits; without a unit"
route 1 $ONE --unit 00097
one_clear_line "a ward elsewhere" 'no rule fits'
route 2 $ONE --unit 12345
says "no such unit" "$ERR" "there is no unit '12345' today"
route 0 $ONE --unit 19789 --json
holds "three organisations, and where the result goes" "$OUT" '.[0] | .decides == "H57.33" and
    .helped == "H57.40" and .received == "H57.12" and .return_to == "H57.40" and
    .folder == "/srv/sohoa/deliver/H57.33" and .because == "rule births-thuan-hoa, unit 19789" and
    .noted == false'
expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "nothing was noted" "$OUT" '.[0].decides == ""'

# Two rules that fit equally.
route 1 $TWO
one_clear_line "both are named" "the rules 'civil-status' and 'land' both fit, and neither is narrower"

# Noted, it counts without the unit, and says why.
route 0 $ONE --unit 19789 --note --by 'Quầy 3'
says "people can read it" "$OUT" '^result goes to +H57\.40$'
route 0 $ONE --json
holds "by its events" "$OUT" '.[0] | .decides == "H57.33" and .because == "an event says so"'
expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "the reason is kept" "$OUT" '.[0] | .decides == "H57.33" and .return_to == "H57.40" and
    .events[-1].because == "rule births-thuan-hoa, unit 19789" and .events[-1].by == "Quầy 3"'
event $ONE noted --set decides=H57.99
route 1 $ONE
one_clear_line "an agency that is not there" "'H57.99' decides, which is not in the list"

route 1 H57.12-250705-9999
expect 2 "$SOHOA" dossier route "$A" $ONE
says "no rules" "$ERR" 'which rules'
expect 2 "$SOHOA" dossier ls "$A" --note
printf 'agencies: []\n' >"$WORK/bad.yaml"
expect 2 "$SOHOA" dossier route "$A" $ONE -c "$WORK/bad.yaml"
expect 3 "$SOHOA" dossier route "$A" $ONE -c "$WORK/none.yaml"
verify_clean "$A"
say "routing"
