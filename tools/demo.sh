#!/usr/bin/env bash
# tools/demo.sh BUILD_DIR - the whole way once, on sample scans drawn for it: make, take in, find,
# give back, verify, and a picture of what was found.
set -euo pipefail

build=${1:?usage: tools/demo.sh BUILD_DIR}
here=$(pwd)
demo="$build/demo"
sohoa="$build/sohoa"
rm -rf "$demo"
mkdir -p "$demo/scans"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { # shows the command as a person would type it, then runs it
    printf '$ %s\n' "${*//$build\//}"
    "$@"
}

say '1. Sample scans: decisions, notices, a report; JPEG, TIFF, PNG, PDF; one copy, one damaged'
"$build/tests/pages/sohoa-pages" --set demo --seed 7 --out "$demo/all" >/dev/null
find "$demo/all" -type f ! -name '*.gt.txt' ! -name '*.tsv' -exec mv -t "$demo/scans" {} +
(cd "$demo/scans" && ls -1)

say '2. An archive, and the scans taken in'
run "$sohoa" init "$demo/archive"
code=0
run "$sohoa" ingest -A "$demo/archive" "$demo/scans" || code=$?
[ "$code" -eq 1 ] || { echo "demo: ingest ended with $code, not 1 (one file is damaged)" >&2; exit 1; }
echo '(exit code 1: something was quarantined, and this is why)'
cat "$demo"/archive/quarantine/*.why

say '3. Found: typed without tones, with tones, and as a phrase'
run "$sohoa" find "$demo/archive" thu tuc hanh chinh --limit 2
run "$sohoa" find "$demo/archive" 'quyết định' --limit 2
run "$sohoa" find "$demo/archive" '"độc lập - tự do - hạnh phúc"' --limit 2

say '4. An original back, byte for byte'
first="$demo/scans/001-decision.jpg"
digest=$(sha256sum "$first" | cut -d' ' -f1)
run "$sohoa" get "$demo/archive" "$digest" --as original -o "$demo/original-back.jpg"
cmp "$first" "$demo/original-back.jpg"
echo "equal: $digest"

say '5. Every byte checked'
run "$sohoa" verify "$demo/archive"
run "$sohoa" stats "$demo/archive"

say '6. Where the words stand on the page'
hit=$("$sohoa" find "$demo/archive" 'quyết định' --json --source 001-decision | head -1)
page=$(jq -r .page <<<"$hit")
mapfile -t boxes < <(jq -r '.boxes[] | join(",")' <<<"$hit")
"$sohoa" get "$demo/archive" "$page" --as image -o "$demo/page.jpg"
"$build/tests/pages/sohoa-boxes" "$demo/page.jpg" "$demo/found.png" "${boxes[@]}"
echo "Look at $here/$demo/found.png: the words found are framed."

say '7. A dossier: handed in at one counter with its slip on top, for the authority of another ward'
"$build/tests/pages/sohoa-pages" --set separators --count 11 --seed 1 --out "$demo/slips" >/dev/null
code=$(awk -F'\t' '$1 == "011-qr.jpg" { print $4 }' "$demo/slips/separators.tsv")
"$sohoa" init "$demo/scanner" >/dev/null
"$sohoa" ingest -A "$demo/scanner" --json "$demo/slips/011-qr.jpg" "$demo/scans/001-decision.jpg" \
    "$demo/scans/005-minutes.jpg" >/dev/null
n=0
for scan in slips/011-qr.jpg scans/001-decision.jpg scans/005-minutes.jpg; do
    n=$((n + 1))
    "$sohoa" get "$demo/scanner" "$(sha256sum <"$demo/$scan" | cut -d' ' -f1)" --as pdf -o "$demo/$n.pdf"
done
pdfunite "$demo/1.pdf" "$demo/2.pdf" "$demo/3.pdf" "$demo/stack.pdf"
run "$sohoa" ingest -A "$demo/archive" "$demo/stack.pdf"
page=$("$sohoa" ls "$demo/archive" --dossier "$code" --json | jq -r 'select(.separator | not).page' | head -1)
event() { run "$sohoa" event -A "$demo/archive" "$code" "$@"; }
event received --by 'Quầy 3' --office H57.33 --set helped=H57.33 --set received=H57.12 \
    --set procedure=1.000318 --set level=commune --set field=HT
event component --component TK --name 'Tờ khai' --digitised "$page"
run "$sohoa" unit find 'phuong kim long'
unit=$("$sohoa" unit find 'phuong kim long' --json | jq -r .code)
mkdir -p "$demo/kim-long/receipts"
cat >"$demo/routing.yaml" <<END
return_to: helped
agencies:
  - {code: H57.41, name: Ủy ban nhân dân phường Kim Long, folder: $(realpath "$demo")/kim-long}
rules:
  - {name: births-kim-long, procedure: '1.000318', unit: '$unit', decides: H57.41}
END
run "$sohoa" dossier route "$demo/archive" "$code" -c "$demo/routing.yaml" --unit "$unit" --note
run "$sohoa" deliver "$demo/archive" -c "$demo/routing.yaml"
echo '(the authority checks the package, and says that it has it)'
package=$(find "$demo/kim-long" -mindepth 1 -maxdepth 1 -name "*-*")
(cd "$package" && sha256sum --quiet -c tagmanifest-sha256.txt manifest-sha256.txt)
printf '{"package":"%s","by":"Văn thư Kim Long","at":"%s"}' \
    "$(sha256sum <"$package/tagmanifest-sha256.txt" | cut -d' ' -f1)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    >"$demo/receipt"
mv "$demo/receipt" "$demo/kim-long/receipts/1.json"
run "$sohoa" deliver "$demo/archive" -c "$demo/routing.yaml"
"$build/tests/pages/sohoa-pages" --set clean --count 1 --seed 99 --out "$demo/result" >/dev/null
rm -f "$demo"/result/*.txt "$demo"/result/*.tsv
run "$sohoa" ingest -A "$demo/archive" "$demo/result"
result=$("$sohoa" ls "$demo/archive" --json | jq -r 'select(.source | contains("/result/")).page' | head -1)
run "$sohoa" assign -A "$demo/archive" --force --dossier "$code" --title 'Kết quả' "$result"
event component --component KQ --name 'Kết quả' --result --digitised "$result"
event decided --office H57.41
event returned --office H57.33 --by 'Bưu tá 7'
run "$sohoa" dossier show "$demo/archive" "$code"
run "$sohoa" report delivery "$demo/archive"
