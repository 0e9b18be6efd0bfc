# tests/e2e/papers.sh - what is found on pages is noted with them and found again; personal ids are
# shown to who says who he is, and why, and to nobody else; what bears a stamp of secrecy is not
# taken in; a catalogue made anew says the same.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
ID=046088012345
ONE=H57.12-250705-0001

# pdf FILE PAGE...: a PDF of pages that a program wrote, a line of ASCII text on each for each part
# of PAGE between bars.
pdf() {
    local file=$1 n=$(($# - 1)) page line y at body kids='' i=4
    local -a offsets
    shift
    put() { # put NUMBER BODY
        offsets[$1]=$(stat -c %s "$file")
        printf '%d 0 obj\n%s\nendobj\n' "$1" "$2" >>"$file"
    }
    printf '%%PDF-1.4\n' >"$file"
    for ((at = 0; at < n; at++)); do kids+="$((i + 2 * at)) 0 R "; done
    put 1 '<</Type/Catalog/Pages 2 0 R>>'
    put 2 "<</Type/Pages/Count $n/Kids[$kids]>>"
    put 3 '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'
    for page; do
        body='' y=760
        while IFS= read -r line; do
            body+="BT /F1 18 Tf 60 $y Td ($line) Tj ET"$'\n'
            y=$((y - 40))
        done < <(tr '|' '\n' <<<"$page")
        put $i "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents $((i + 1)) 0 R>>"
        put $((i + 1)) "<</Length ${#body}>>
stream
${body}endstream"
        i=$((i + 2))
    done
    at=$(stat -c %s "$file")
    {
        printf 'xref\n0 %d\n0000000000 65535 f \n' "$i"
        printf '%010d 00000 n \n' "${offsets[@]}"
        printf 'trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' "$i" "$at"
    } >>"$file"
}

make_pages "$WORK/all" --set demo --dpi 200
mkdir "$WORK/in"
cp "$WORK"/all/00[124]-* "$WORK/in"
pdf "$WORK/in/person.pdf" "The applicant is registered here.|His number is given below.|$ID|That is all there is to say about him."
init "$A"
ingest 0 "$A" "$WORK/in"
holds "all are taken" "$OUT" '.[-1].summary | .archived == 4 and .pages_failed == 0'

# --- noted with the pages -----------------------------------------------------------------------
"$SOHOA" ls "$A" --json | jq -r 'select(.status == "ok").page' >"$WORK/pages"
mapfile -t PAGES <"$WORK/pages"
show_all() { # show_all ARCHIVE: what is noted of each page
    for page in "${PAGES[@]}"; do "$SOHOA" show "$1" "$page" --json; done | jq -c '{page, fields}'
}
expect 0 "$SOHOA" fields "$A" "${PAGES[@]}" --json
jq -c '{page, fields}' "$OUT" >"$WORK/looked"
show_all "$A" >"$WORK/noted"
same_file "noted is what is found" "$WORK/looked" "$WORK/noted"
holds "letters have numbers" "$WORK/noted" \
    '[.[].fields[] | select(.field == "number" and .box[2] > 0)] | length >= 1'
PERSON=$("$SOHOA" ls "$A" --json | jq -r 'select(.source | endswith("/person.pdf")).page')
holds "an id is found, and masked" "$WORK/noted" '.[] | select(.page == $p).fields
    | length >= 1 and (map(select(.field == "person_id")) | length == 1 and .[0].value == "046*****2345")' \
    --arg p "$PERSON"

# --- found by it --------------------------------------------------------------------------------
LETTER=$(jq -rs '[.[] | select(.fields | any(.field == "number")) |
    select(.fields | any(.field == "type"))][0].page' "$WORK/noted")
field() { jq -rs --arg p "$LETTER" --arg f "$1" \
    '[.[] | select(.page == $p).fields[] | select(.field == $f).value][0] // ""' "$WORK/noted"; }
NUMBER=$(field number) TYPE=$(field type) DATE=$(field date) ISSUER=$(field issuer)
find_json() {
    local want=$1
    shift
    expect "$want" "$SOHOA" find "$A" --json "$@"
}
find_json 0 --number "$NUMBER"
holds "by number" "$OUT" 'length == 1 and .[0].page == $p and (.[0].fields | any(.value == $n))' \
    --arg p "$LETTER" --arg n "$NUMBER"
find_json 0 --number "$NUMBER" --type "$TYPE" --issuer "$ISSUER" --dated-from "$DATE" --dated-to "$DATE" \
    --confidence '>=1' --status ok --sort -date
holds "by all of it" "$OUT" 'length == 1 and .[0].page == $p' --arg p "$LETTER"
find_json 0 --number "$NUMBER" --dated-to 1999
same "a wrong year" '' "$(cat "$OUT")"
expect 0 "$SOHOA" find "$A" --number "$NUMBER"
says "for people" "$OUT" "^    \\[${NUMBER//\//\\/}  "
expect 0 "$SOHOA" find "$A" --type "$TYPE" --csv
says "a table" "$OUT" '^"source","index","page","status","confidence","dossier","type"'
grep -aF "\"$NUMBER\"" "$OUT" >/dev/null || fail "no number in the table"
expect 0 "$SOHOA" find "$A" --facet type --facet status --json
holds "counts" "$OUT" '[.[] | select(.facet == "status").pages] | add == $n' --argjson n \
    "$("$SOHOA" stats "$A" --json | jq .pages)"
expect 0 "$SOHOA" find "$A" --facet year
says "counts for people" "$OUT" '^ +[0-9]+  20[0-9][0-9]$'
expect 0 "$SOHOA" assign -A "$A" --dossier "$ONE" "$LETTER"
expect 0 "$SOHOA" event -A "$A" "$ONE" received --set decides=H57.05
find_json 0 --unit H57.05 --status received --dossier "$ONE"
holds "by its dossier" "$OUT" 'length == 1 and .[0].page == $p' --arg p "$LETTER"
find_json 0 --unit H57.06
same "another organisation" '' "$(cat "$OUT")"
expect 2 "$SOHOA" find "$A" --dated-from 2026-13-01
says "which, and what instead" "$ERR" "'2026-13-01' is no date: give it as 2026-04-28"
expect 2 "$SOHOA" find "$A" --facet colour
says "which, and what instead" "$ERR" "bad value 'colour': give it as type, issuer"
expect 2 "$SOHOA" find "$A" --type QD --csv --json
expect 2 "$SOHOA" find "$A" --limit 0 x

# The same paper scanned twice is told of.
expect 0 "$SOHOA" find "$A" --duplicates
says "none yet" "$OUT" 'No page found'
twice=$("$SOHOA" ls "$A" --json | jq -r 'select(.page == $p).source' --arg p "$LETTER")
cp "$twice" "$WORK/again${twice##*/}"
printf x >>"$WORK/again${twice##*/}"
ingest 0 "$A" "$WORK/again${twice##*/}"
find_json 0 --duplicates
holds "both" "$OUT" 'length == 2 and any(.page == $p)' --arg p "$LETTER"

# --- a personal id is shown nowhere -------------------------------------------------------------
all_outputs() {
    local form
    for form in '' --json; do
        "$SOHOA" show "$A" "$PERSON" $form
        "$SOHOA" show "$A" "$PERSON" --history $form
        "$SOHOA" find "$A" "$ID" $form
        "$SOHOA" find "$A" number "$ID" $form
        "$SOHOA" find "$A" --field "person_id=$ID" $form
        "$SOHOA" fields "$A" "$PERSON" $form
        "$SOHOA" ls "$A" $form
        "$SOHOA" stats "$A" $form
        "$SOHOA" dossier ls "$A" $form
        "$SOHOA" verify "$A" $form
        "$SOHOA" find "$A" --facet type --facet issuer $form
    done
    "$SOHOA" find "$A" "$ID" --csv
    "$SOHOA" get "$A" "$PERSON" --as record
    "$SOHOA" get "$A" "$RECORD" || true
    "$SOHOA" status "$A" || true
} 2>&1
RECORD=$("$SOHOA" show "$A" "$PERSON" --history --json | jq -r 'select(.fields).fields')
all_outputs >"$WORK/outputs"
[ "$(wc -l <"$WORK/outputs")" -gt 40 ] || fail "the commands said too little"
! grep -aF "$ID" "$WORK/outputs" || fail "the id is told"
says "it is there, masked" "$WORK/outputs" '046\*{5}2345'
expect 1 "$SOHOA" get "$A" "$RECORD"
expect 1 "$SOHOA" get "$A" "$RECORD" --as object
one_clear_line "a record of fields is not given out" 'sohoa show'
find_json 0 "$ID"
holds "its page is found all the same" "$OUT" 'length == 1 and .[0].page == $p' --arg p "$PERSON"

for words in --unmask '--unmask --by Lan' '--unmask --reason x' '--by Lan --reason x' \
    '--unmask --by Lan --reason x --history'; do
    expect 2 "$SOHOA" show "$A" "$PERSON" $words
    same "nothing is told" '' "$(cat "$OUT")"
done
expect 2 "$SOHOA" show "$A" "$PERSON" --unmask --by Lan --reason ' '
expect 1 "$SOHOA" show "$A" 00000000000000000000000000000000.0 --unmask --by Lan --reason x
same "nobody was shown anything" 0 \
    "$("$SOHOA" show "$A" "$PERSON" --history --json | jq -s 'map(select(.access)) | length')"
expect 0 "$SOHOA" show "$A" "$PERSON" --unmask --by Lan --reason 'đối chiếu hồ sơ'
says "whole" "$OUT" "^  person_id +$ID"
expect 0 "$SOHOA" show "$A" "$PERSON" --unmask --by Minh --reason 'khiếu nại' --json
holds "whole" "$OUT" '.[0].fields | any(.field == "person_id" and .value == $id)' --arg id "$ID"
expect 0 "$SOHOA" show "$A" "$PERSON" --history --json
holds "it is known who, and why" "$OUT" 'map(select(.access)) | length == 2
    and .[0].by == "Lan" and .[0].because == "đối chiếu hồ sơ" and .[1].by == "Minh"'
expect 0 "$SOHOA" show "$A" "$PERSON" --history
says "for people" "$OUT" ' Minh was shown the personal ids: khiếu nại$'
all_outputs >"$WORK/outputs"
! grep -aF "$ID" "$WORK/outputs" || fail "the id is told afterwards"

# --- a catalogue made anew says the same --------------------------------------------------------
tell_all() {
    show_all "$A"
    for page in "${PAGES[@]}"; do "$SOHOA" show "$A" "$page" --history --json; done
    "$SOHOA" find "$A" --duplicates --json
    "$SOHOA" find "$A" --facet type --facet issuer --facet year --json
    "$SOHOA" find "$A" --type "$TYPE" --json
}
tell_all >"$WORK/before"
expect 0 "$SOHOA" reindex "$A"
tell_all >"$WORK/after"
same_file "after reindex" "$WORK/before" "$WORK/after"
verify_clean "$A"

# --- noted later, and by other rules ------------------------------------------------------------
B=$WORK/bare
init "$B"
ingest 0 "$B" --rules none "$WORK/in"
holds "nothing is noted" <(show_all "$B") 'all(.fields == [])'
expect 1 "$SOHOA" show "$B" "$PERSON" --unmask --by Lan --reason x
one_clear_line "nothing to show" 'nothing was noted of page'
expect 0 "$SOHOA" fields "$B" --store --json
holds "all pages with text" "$OUT" '.[0] == {noted: $n, left_out: 0}' --argjson n "${#PAGES[@]}"
show_all "$B" >"$WORK/stored"
same_file "as if noted at once" "$WORK/noted" "$WORK/stored"
expect 0 "$SOHOA" fields "$B" --store
says "nothing is left to do" "$OUT" '^fields of 0 pages noted$'
mkdir "$WORK/rules"
cat >"$WORK/rules/own.yaml" <<'END'
name: own
rules:
  - {field: signer, name: any, pattern: '(?<value>applicant)'}
END
expect 0 "$SOHOA" fields "$B" --store --rules "$WORK/rules" --json
holds "all of them again" "$OUT" '.[0].noted == $n' --argjson n "${#PAGES[@]}"
expect 0 "$SOHOA" show "$B" "$PERSON" --json
holds "what the new rules say" "$OUT" '.[0].fields | length == 1 and .[0].value == "applicant"'
expect 0 "$SOHOA" find "$B" --field signer=applicant --json
holds "found by it" "$OUT" 'length == 1'
expect 0 "$SOHOA" find "$B" --number "$NUMBER" --json
same "not by what it said before" '' "$(cat "$OUT")"
expect 0 "$SOHOA" show "$B" "$PERSON" --history --json
holds "both are known" "$OUT" 'map(select(.fields)) | length == 2 and .[0].in_force == false
    and .[1].in_force and .[0].rules != .[1].rules'
expect 0 "$SOHOA" fields "$B" --store
expect 0 "$SOHOA" reindex "$B"
show_all "$B" >"$WORK/back"
same_file "the older rules again, after reindex" "$WORK/noted" "$WORK/back"
verify_clean "$B"
expect 2 "$SOHOA" fields "$B" --store "$PERSON"
expect 2 "$SOHOA" fields "$B"

# --- destroyed with their page ------------------------------------------------------------------
RECORDS=$("$SOHOA" show "$B" "$PERSON" --history --json | jq -r 'select(.fields).fields')
same "records of one page" 3 "$(wc -l <<<"$RECORDS")"
expect 0 "$SOHOA" destroy -A "$B" --basis 'QĐ 1' --person Lan --no-retention-set thử --yes "$PERSON"
for record in $RECORDS; do
    expect 1 "$SOHOA" get "$B" "$record"
    one_clear_line "it is gone" 'was destroyed lawfully'
done
! grep -raF "$ID" "$B/seg" || fail "the id is still in a segment"
for turn in before after; do
    expect 0 "$SOHOA" find "$B" --field person_id=046 --json
    expect 0 "$SOHOA" find "$B" applicant --json
    same "nothing of it is found, $turn reindex" '' "$(cat "$OUT")"
    ! grep -aF '046*****2345' "$B/catalogue.db" || fail "something of it is in the catalogue"
    verify_clean "$B"
    expect 0 "$SOHOA" reindex "$B"
done

# --- rules that are not there -------------------------------------------------------------------
mkdir "$WORK/bin"
cp "$SOHOA" "$WORK/bin/sohoa"
init "$WORK/c"
expect 0 "$WORK/bin/sohoa" ingest -A "$WORK/c" -q --io "$(io_of_build)" "$WORK"/in/person.pdf
same "a warning, once" 1 "$(grep -c 'no fields will be noted' "$ERR")"
expect 0 "$SOHOA" show "$WORK/c" "$PERSON" --json
holds "the page is there, without" "$OUT" '.[0] | .fields == [] and .status == "ok"'
printf 'name: own\nrules:\n  - {field: a, name: b, pattern: "("}\n' >"$WORK/rules/own.yaml"
expect 2 "$SOHOA" ingest -A "$WORK/c" --rules "$WORK/rules" "$WORK/in"
says "a bad pattern" "$ERR" 'rule own/b: at '
expect 3 "$SOHOA" ingest -A "$WORK/c" --rules "$WORK/none" "$WORK/in"

# --- a stamp of secrecy -------------------------------------------------------------------------
cat >"$WORK/rules/own.yaml" <<'END'
name: own
rules:
  - {field: secrecy, name: own, pattern: '(?<value>eyes only)'}
END
pdf "$WORK/secret.pdf" 'A page that says nothing at all.|It is the first one.' 'For your eyes only|The plan is called zanzibar.'
init "$WORK/d"
ingest 1 "$WORK/d" --rules "$WORK/rules" "$WORK/secret.pdf"
holds "it is quarantined whole" "$OUT" '.[0] | .outcome == "quarantined" and .reason_code == "secret"'
says "why, in Vietnamese" "$WORK"/d/quarantine/*-secret.pdf.why 'Lỗi: .*độ mật'
says "why, in English" "$WORK"/d/quarantine/*-secret.pdf.why 'Problem: .*stamp of secrecy.*page 2'
same "no page is archived" '' "$("$SOHOA" ls "$WORK/d" --json)"
expect 0 "$SOHOA" find "$WORK/d" nothing --json
same "no word is found" '' "$(cat "$OUT")"
! grep -raiF zanzibar "$WORK/d/catalogue.db" "$WORK/d/seg" || fail "its text is in the archive"
mkdir "$WORK/hot"
cp "$WORK/secret.pdf" "$WORK/hot"
expect 1 "$SOHOA" watch -A "$WORK/d" --once --rescan-seconds 1 --json --rules "$WORK/rules" \
    --io "$(io_of_build)" "$WORK/hot"
cmp "$WORK/secret.pdf" "$WORK/hot/quarantine/secret.pdf" || fail "the service did not quarantine it"
verify_clean "$WORK/d"

# --- beside a service ---------------------------------------------------------------------------
folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
rm -rf "$WORK/hot"
mkdir "$WORK/hot"
cp "$WORK"/all/006-* "$WORK/hot"
printf 'archive: %s\nfolders:\n  - name: quay-3\n    path: %s\n' "$A" "$WORK/hot" >"$WORK/watch.yaml"
serve -c "$WORK/watch.yaml"
wait_for "the service" folder_is_locked
expect 0 "$SOHOA" show "$A" "$PERSON" --unmask --by Hoa --reason 'khi đang quét' --json
holds "shown, and only that" "$OUT" 'length == 1 and (.[0].fields | any(.value == $id))' --arg id "$ID"
expect 0 "$SOHOA" show "$A" "$PERSON" --history --json
holds "the service has noted it" "$OUT" 'map(select(.access)) | length == 3 and .[2].by == "Hoa"'
expect 3 "$SOHOA" fields "$A" --store
found_by_station() { [ -n "$("$SOHOA" find "$A" --station quay-3 --json)" ]; }
wait_for "the page of the hot folder" found_by_station
holds "its fields are noted, too" <("$SOHOA" find "$A" --station quay-3 --json) \
    '[.[].fields[]] | length >= 1'
stop_service
! grep -aF "$ID" "$WORK/told" "$WORK/log" || fail "the service tells of an id"
say "fields noted, found, masked, unmasked, destroyed"
