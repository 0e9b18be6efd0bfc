# tests/e2e/orientation.sh - pages that lie on their side or their head are found and read: the same
# text as of the page that stands upright.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

[ -d "$SOHOA_DATA/orientation" ] || skip "there are no turned scans at '$SOHOA_DATA'"

init "$A"
ingest 0 "$A" "$SOHOA_DATA"/orientation "$SOHOA_DATA"/vie_real/*.tif
"$SOHOA" ls "$A" --json >"$WORK/ls"

text_of() {
    "$SOHOA" get "$A" "$(jq -r 'select(.source | endswith($p)).page' --arg p "/$1" "$WORK/ls")" \
        --as text
}
turned=0
for file in "$SOHOA_DATA"/orientation/*; do
    name=$(basename "$file")
    text_of "$name" >"$WORK/turned.txt"
    case $name in
    *_cw*)
        text_of "${name%_cw*}.tif" >"$WORK/upright.txt"
        cmp "$WORK/upright.txt" "$WORK/turned.txt" || fail "$name: not the text of the upright page"
        ;;
    phototest*)
        grep -q 'This is a lot of 12 point text' "$WORK/turned.txt" || fail "$name: not read"
        ;;
    esac
    turned=$((turned + 1))
done
[ "$turned" -ge 9 ] || fail "only $turned pages"
say "$turned turned pages read"
