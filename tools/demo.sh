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
