# tests/e2e/one_stop.sh - the whole way of a dossier, once: handed in at the counter of one ward with
# a receipt slip on top, for the authority of another; scanned, archived, routed, delivered,
# acknowledged, decided, the result scanned and returned; and what reports say of it.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
CONFIGS=$(cd "$(dirname "$0")/../../configs" && pwd)
COUNTER=H57.33 # Thuận Hóa, where the citizen was helped
DECIDES=H57.41 # the ward where he lives

# --- at the counter: a slip with the dossier's code, and two papers, in one stack -----------------
make_pages "$WORK/slips" --set separators --count 11 --seed 1
make_pages "$WORK/papers" --set clean --count 3 --dpi 150 --seed 21
mapfile -t PAPERS < <(find "$WORK/papers" -type f | LC_ALL=C sort)
init "$WORK/scanner"
ingest 0 "$WORK/scanner" "$WORK/slips/011-qr.jpg" "${PAPERS[@]:0:2}"
n=0
for scan in "$WORK/slips/011-qr.jpg" "${PAPERS[@]:0:2}"; do
    n=$((n + 1))
    "$SOHOA" get "$WORK/scanner" "$(sha256sum <"$scan" | cut -d' ' -f1)" --as pdf -o "$WORK/$n.pdf"
done
mkdir "$WORK/scan"
pdfunite "$WORK/1.pdf" "$WORK/2.pdf" "$WORK/3.pdf" "$WORK/scan/stack.pdf"
CODE=$(awk -F'\t' '$1 == "011-qr.jpg" { print $4 }' "$WORK/slips.truth/separators.tsv")

init "$A"
ingest 0 "$A" "$WORK/scan"
"$SOHOA" ls "$A" --dossier "$CODE" --json >"$WORK/pages"
holds "the slip gave its pages their dossier" "$WORK/pages" 'length == 3 and
    ([.[] | select(.separator)] | length) == 1 and all(.dossier == $c)' --arg c "$CODE"
PAGE=$(jq -r 'select(.separator | not).page' "$WORK/pages" | head -n 1)

event() { expect 0 "$SOHOA" event -A "$A" "$CODE" "$@"; }
event arrived --office $COUNTER --at 2026-11-30T01:00:00Z
event started --office $COUNTER --at 2026-11-30T01:12:00Z --by 'Quầy 3'
event received --office $COUNTER --at 2026-11-30T01:20:00Z --by 'Quầy 3' --set helped=$COUNTER \
    --set received=H57.12 --set procedure=1.000318 --set field=HT --set 'field_name=Hộ tịch' \
    --set level=commune --set due=2026-12-04
event scanned --office $COUNTER --at 2026-11-30T01:18:00Z --by 'Quầy 3' --pages 3
event component --at 2026-11-30T01:21:00Z --component TK --name 'Tờ khai' --digitised "$PAGE"
event component --at 2026-11-30T01:21:00Z --component CC --name 'Căn cước' --exempt shown

# --- whose affair it is decides, not where it was handed in ------------------------------------------
expect 0 "$SOHOA" unit find 'phuong kim long' --json
UNIT=$(value "$OUT" .code)
mkdir -p "$WORK/kim-long/receipts"
sed "s|folder: .*/H57.05}|folder: $WORK/department}|; s|folder: .*/H57.09}|folder: $WORK/land}|
    s|{code: H57.33, name: .*}|{code: $DECIDES, name: Ủy ban nhân dân phường Kim Long, folder: $WORK/kim-long}|
    s|unit: '[0-9]*', decides: H57.33|unit: '$UNIT', decides: $DECIDES|" \
    "$CONFIGS/routing.yaml" >"$WORK/routing.yaml"
expect 1 "$SOHOA" deliver "$A" -c "$WORK/routing.yaml"
says "without its unit it goes nowhere" "$OUT" "failed +$CODE - no rule fits"
expect 0 "$SOHOA" dossier route "$A" "$CODE" -c "$WORK/routing.yaml" --unit "$UNIT" --note --by 'Quầy 3' --json
holds "three organisations, and the way back" "$OUT" '.[0] | .helped == "H57.33" and
    .received == "H57.12" and .decides == "H57.41" and .return_to == "H57.33" and .noted'

# --- delivered when the agency says so ----------------------------------------------------------------
expect 0 "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --json
PACKAGE=$WORK/kim-long/$(jq -r 'select(.outcome == "sent").told' "$OUT")
(cd "$PACKAGE" && sha256sum --quiet -c tagmanifest-sha256.txt manifest-sha256.txt) || fail "the package"
holds "the agency reads where the result goes" "$PACKAGE/data/delivery.json" \
    '.[0] | .return_to == "H57.33" and (.components | length) == 2'
cmp "$WORK/scan/stack.pdf" "$PACKAGE"/data/original/*.pdf || fail "the stack as it was scanned"
same "pages of its PDF" 2 "$(pdfinfo "$PACKAGE/data/dossier.pdf" | awk '/^Pages:/ { print $2 }')"
expect 0 "$SOHOA" dossier show "$A" "$CODE" --json
holds "sent, not delivered" "$OUT" '.[0] | .status == "transferred" and .deliveries[0].delivered == ""'
jq -n --arg p "$(sha256sum <"$PACKAGE/tagmanifest-sha256.txt" | cut -d' ' -f1)" \
    --arg t "$(date -u +%Y-%m-%dT%H:%M:%SZ)" '{package: $p, by: "Văn thư Kim Long", at: $t}' >"$WORK/receipt"
mv "$WORK/receipt" "$WORK/kim-long/receipts/1.json"
mv "$PACKAGE" "$WORK/kim-long.in" # into its own system
expect 0 "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --json
holds "delivered" "$OUT" 'any(.outcome == "delivered") and .[-1].summary.waiting == 0'

# --- the result comes back, is scanned and returned ---------------------------------------------------
event decided --office $DECIDES --because 'QĐ 12/QĐ-UBND'
ingest 0 "$A" "${PAPERS[2]}"
RESULT=$("$SOHOA" ls "$A" --json | jq -r --arg f "$(basename "${PAPERS[2]}")" \
    'select(.source | endswith($f)).page' | head -n 1)
expect 0 "$SOHOA" assign -A "$A" --dossier "$CODE" --title 'Kết quả' "$RESULT"
event component --component KQ --name 'Kết quả giải quyết' --result --digitised "$RESULT"
event handed-over --office $COUNTER --sheets 1 --paper 'VP-7' --by 'Bưu tá 7'
event returned --office $COUNTER --by 'Bưu tá 7'
expect 0 "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --json
holds "nothing more is to be sent" "$OUT" 'length == 1'

# --- what is known of it ------------------------------------------------------------------------------
expect 0 "$SOHOA" dossier show "$A" "$CODE" --json
holds "from the counter back to it" "$OUT" '.[0] | .status == "returned" and
    ([.events[].what] | map(select(. != "component" and . != "noted"))) == ["arrived", "started", "scanned",
        "received", "transferred", "acknowledged", "decided", "handed-over", "returned"] and
    .deliveries[0].agency == "H57.41" and .deliveries[0].by == "Văn thư Kim Long"'
expect 0 "$SOHOA" report delivery "$A" --json
holds "delivery, by target" "$OUT" 'length == 1 and (.[0] | .agency == "H57.41" and .dossiers == 1 and
    .delivered == 1 and .waiting == 0 and .time == null)'
expect 0 "$SOHOA" report digitisation "$A" -c "$CONFIGS/report.yaml" --json
holds "digitised" "$OUT" '.[0] | .components == 2 and .digitised == 2 and .exempt == 1'
expect 0 "$SOHOA" report standing "$A" --json
same "dossiers that stand somewhere" 0 "$(wc -l <"$OUT")"
expect 0 "$SOHOA" get "$A" "$CODE" --as pdf -o "$WORK/dossier.pdf"
verify_clean "$A"
say "from one counter to another ward and back: $CODE"
