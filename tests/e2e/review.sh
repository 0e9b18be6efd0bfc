# tests/e2e/review.sh - what was read unsurely is listed; a person's word takes its place, is kept with
# the name, found by, and never replaced by rules; a service that has the archive writes it.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

make_pages "$WORK/all" --set demo --dpi 200
mkdir "$WORK/in"
cp "$WORK"/all/00[14]-* "$WORK/in"
init "$A"
ingest 0 "$A" "$WORK/in"
show() { "$SOHOA" show "$A" "$1" --json | jq -c .fields; }
review() { # review CODE WORD...
    local want=$1
    shift
    expect "$want" "$SOHOA" review "$@"
}
review 0 ls "$A" --below 101 --json
cp "$OUT" "$WORK/unsure"
holds "every field, least sure first" "$WORK/unsure" 'length == $n and (map(.confidence) | . == sort)' \
    --argjson n "$("$SOHOA" ls "$A" --json | jq -r .page | while read -r page; do show "$page"; done |
        jq -s 'map(length) | add')"
ONE=$(jq -r 'select(.field == "number").page' "$WORK/unsure" | head -n 1)
TWO=$(jq -r --arg p "$ONE" 'select(.page != $p).page' "$WORK/unsure" | head -n 1)
NUMBER=$(show "$ONE" | jq -r '.[] | select(.field == "number").value')
review 0 ls "$A" --below 1
says "nothing so unsure" "$OUT" '^Nothing was read with less than 1 %\.$'
review 0 ls "$A" --below 101 --limit 1
same "one line" 1 "$(wc -l <"$OUT")"
says "for people" "$OUT" "^[0-9a-f]{32}\\.0 +[0-9]+ %  [a-z_]+ "

# --- refused ------------------------------------------------------------------------------------
before=$(show "$ONE")
for words in "set $A $ONE number=1/QĐ-X" "accept $A $ONE" "set $A $ONE --by Lan" "ls $A --by Lan" \
    "accept $A $ONE x --by Lan" "set $A $ONE number --by Lan" "set $A $ONE nummer=1 --by Lan" \
    "set $A $ONE date=2026-13-01 --by Lan" "set $A $ONE date=2026-4-1 --by Lan" \
    "set $A $ONE number=1/QĐ-X number= --by Lan" "reject $A $ONE money --by Lan" "judge $A $ONE --by Lan" \
    "ls $A --below 0"; do
    # shellcheck disable=SC2086
    review 2 $words
done
review 2 set "$A" "$ONE" date=28.04.2026 --by Lan
says "which, and what instead" "$ERR" "bad value '28.04.2026': give it as 2026-04-28"
review 1 accept "$A" 00000000000000000000000000000000.0 --by Lan
one_clear_line "no such page" 'has no page'
same "nothing was changed" "$before" "$(show "$ONE")"

# --- a person's word ----------------------------------------------------------------------------
review 0 set "$A" "$ONE" number=9876/QĐ-UBND date=2026-04-00 person_id=046088012345 --by 'Lan, quầy 3'
says "noted" "$OUT" "^page $ONE: noted$"
show "$ONE" >"$WORK/one"
holds "the new values, and the others as they were" "$WORK/one" '.[0] as $new
    | ($new | map(select(.field == "number" or .field == "date")) | length == 2
       and all(.confidence == 100 and .rule == "" and .box == [0,0,0,0]))
    and ($new | map(select(.field == "person_id").value)) == ["046*****2345"]
    and ($new | map(select(.field != "number" and .field != "date" and .field != "person_id")))
        == ($old | map(select(.field != "number" and .field != "date")))' --argjson old "$before"
expect 0 "$SOHOA" find "$A" --number 9876 --dated-from 2026-04-10 --dated-to 2026-04-20 --json
holds "found by it" "$OUT" 'length == 1 and .[0].page == $p' --arg p "$ONE"
expect 0 "$SOHOA" find "$A" --number "$NUMBER" --json
same "not by what it was" '' "$(cat "$OUT")"
before=$(show "$TWO")
review 0 accept "$A" "$TWO" --by Minh --json
holds "told" "$OUT" '.[0] | .page == $p and (.fields | length) == 64 and .waiting == false' --arg p "$TWO"
same "it is what it was" "$before" "$(show "$TWO")"
review 0 ls "$A" --below 101 --json
holds "nothing more to say of them" "$OUT" 'all(.page != $a and .page != $b)' --arg a "$ONE" --arg b "$TWO"
review 0 reject "$A" "$TWO" type --by Minh
same "a kind less" "$(jq -c 'map(select(.field != "type"))' <<<"$before")" "$(show "$TWO")"
expect 0 "$SOHOA" show "$A" "$TWO" --history --json
holds "it is known who" "$OUT" 'map(select(.fields)) | map(.by) == ["rules", "person", "person"]
    and .[2].in_force and .[2].person == "Minh" and .[2].values == .[1].values - 1'

# Rules do not replace it, and a catalogue made anew says the same.
mkdir "$WORK/rules"
printf 'name: own\nrules:\n  - {field: place, name: any, pattern: "(?<value>[a-z]{3,})"}\n' >"$WORK/rules/own.yaml"
one=$(show "$ONE") two=$(show "$TWO")
expect 0 "$SOHOA" fields "$A" --store --rules "$WORK/rules"
same "the first stays" "$one" "$(show "$ONE")"
expect 0 "$SOHOA" reindex "$A"
same "the first after reindex" "$one" "$(show "$ONE")"
same "the second after reindex" "$two" "$(show "$TWO")"
! grep -aF 046088012345 "$A/catalogue.db" || fail "the catalogue has the whole id"

# A page of which nothing was noted.
init "$WORK/bare"
ingest 0 "$WORK/bare" --rules none "$WORK/in"
review 2 accept "$WORK/bare" "$ONE" --by Lan
review 0 set "$WORK/bare" "$ONE" number=1/QĐ-X --by Lan
expect 0 "$SOHOA" find "$WORK/bare" --number 1/QĐ-X --json
holds "found" "$OUT" 'length == 1'

# --- the service writes it ----------------------------------------------------------------------
mkdir "$WORK/hot"
folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
serve -A "$A" "$WORK/hot"
wait_for "the service" folder_is_locked
review 0 set "$A" "$ONE" type=CV --by Hoa --json
holds "done" "$OUT" '.[0].waiting == false'
expect 0 "$SOHOA" find "$A" --type cv --json
holds "found" "$OUT" 'length == 1 and .[0].page == $p' --arg p "$ONE"
stop_service
verify_clean "$A"
say "what was unsure, said right"
