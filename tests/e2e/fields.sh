# tests/e2e/fields.sh - what the rules find: on pages of our own as they were set, on real ones
# without anything that is wrong; rules of a user's own; personal ids masked everywhere.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

make_pages "$WORK/all" --set demo --dpi 200
mkdir "$WORK/in"
cp "$WORK"/all/00[124]-* "$WORK/in"
init "$A"
ingest 0 "$A" "$WORK/in"
"$SOHOA" ls "$A" --json | jq -r 'select(.status == "ok").page' >"$WORK/pages"
mapfile -t PAGES <"$WORK/pages"
expect 0 "$SOHOA" fields "$A" "${PAGES[@]}" --json
cp "$OUT" "$WORK/found"
holds "a line for each page" "$WORK/found" 'length == $n' --argjson n "${#PAGES[@]}"
holds "letters are found" "$WORK/found" \
    '[.[].fields[] | select(.field == "number")] | length >= 1 and all(.rule == "decree30/number")'
holds "places and sureness" "$WORK/found" \
    '[.[].fields[]] | all(.box[2] > 0 and .box[3] > 0 and .confidence > 0 and .confidence <= 100)'
holds "dates are days" "$WORK/found" \
    '[.[].fields[] | select(.field == "date").value] | all(test("^20[0-9]{2}-[01][0-9]-[0-3][0-9]$"))'
# What is found of a letter is what was printed.
while IFS=$'\t' read -r page source; do
    printed=$WORK/all.truth/$(basename "${source%.*}").gt.txt
    jq -c --arg page "$page" --arg number "$(sed -n 's/^Số: //p' "$printed" | head -1)" \
        'select(.page == $page) |
         (.fields | map({(.field): .value}) | add) + {printed: $number}' "$WORK/found"
done < <("$SOHOA" ls "$A" --json |
    jq -r 'select(.status == "ok" and .index == 0) | [.page, .source] | @tsv') >"$WORK/letters"
holds "numbers are those printed" "$WORK/letters" 'length == 3 and all(.number == null or .number == .printed)'
holds "each has kind, issuer, date" "$WORK/letters" 'all(.type and .issuer and .date)'
expect 0 "$SOHOA" fields "$A" "${PAGES[0]}"
says "people can read it" "$OUT" '^  [a-z_]+ +.+\([0-9]+ %\)$'

# --- refused ------------------------------------------------------------------------------------
expect 1 "$SOHOA" fields "$A" 00000000000000000000000000000000.0
one_clear_line "no such page" 'no page or source'
expect 2 "$SOHOA" fields "$A"
expect 3 "$SOHOA" fields "$A" "${PAGES[0]}" --rules "$WORK/none"

# --- a user's own rules, and a personal id ------------------------------------------------------
mkdir "$WORK/rules"
cat >"$WORK/rules/own.yaml" <<'END'
name: own
rules:
  - {field: person_id, name: any, pattern: '(?<value>[a-z]{3,}.{8,})'}
END
expect 0 "$SOHOA" fields "$A" "${PAGES[0]}" --rules "$WORK/rules" --json
holds "masked, whatever it is" "$OUT" \
    '.[0].fields[0] | .field == "person_id" and (.value | test("^.{3}[*]+.{4}$"))'
printf 'name: own\nrules:\n  - {field: a, name: b, pattern: "("}\n' >"$WORK/rules/own.yaml"
expect 2 "$SOHOA" fields "$A" "${PAGES[0]}" --rules "$WORK/rules"
says "a bad pattern" "$ERR" 'rule own/b: at '

# --- real pages ---------------------------------------------------------------------------------
if [ ! -d "$SOHOA_DATA/vie_real" ]; then
    say "left out: no real pages here"
    say "fields"
    exit 0
fi
init "$WORK/real"
ingest 0 "$WORK/real" "$SOHOA_DATA"/vie_real/*.tif "$SOHOA_DATA"/vie_real/*.png
# wrong FIELD COLUMN: how many of the values found differ from the truth; and how many were found.
tail -n +2 "$SOHOA_DATA/vie_real/metadata_gt.tsv" >"$WORK/truth"
while IFS=$'\t' read -r file issuer number date type _; do
    page=$("$SOHOA" ls "$WORK/real" --json | jq -r 'select(.source | endswith($f)).page' --arg f "/$file")
    "$SOHOA" fields "$WORK/real" "$page" --json |
        jq -c --arg issuer "$issuer" --arg number "$number" --arg date "$date" --arg type "$type" \
            '(.fields | map({(.field): .value}) | add) as $f |
             {issuer: [$f.issuer, $issuer], number: [$f.number, $number], date: [$f.date, $date],
              type: [$f.type, $type]}'
done <"$WORK/truth" >"$WORK/compared"
holds "nothing wrong is told" "$WORK/compared" \
    '[.[] | .[] | select(.[0] != null and .[0] != .[1])] | length == 0'
holds "kind and issuer are found" "$WORK/compared" \
    'all(.type[0] == .type[1] and .issuer[0] == .issuer[1])'
holds "what is printed is found" "$WORK/compared" 'any(.number[0] != null and .date[0] != null)'
say "fields, also of $(wc -l <"$WORK/truth") real papers"
