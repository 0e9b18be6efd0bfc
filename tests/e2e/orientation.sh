# tests/e2e/orientation.sh - pages that lie on their side or their head are found and read: the same
# text as of the page that stands upright, and the record says how it must be turned.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

[ -d "$SOHOA_DATA/orientation" ] || skip "there are no turned scans at '$SOHOA_DATA'"

init "$A"
ingest 0 "$A" "$SOHOA_DATA"/orientation "$SOHOA_DATA"/vie_real/*.tif
"$SOHOA" ls "$A" --json >"$WORK/ls"

page_of() { jq -r 'select(.source | endswith($p)).page' --arg p "/$1" "$WORK/ls"; }
text_of() { "$SOHOA" get "$A" "$(page_of "$1")" --as text; }

# stands NAME DEGREES: the record says that the page must be turned clockwise by so much, or says
# nothing of it where the page is upright.
stands() {
    same "turned_deg of $1" "$2" "$("$SOHOA" get "$A" "$(page_of "$1")" --as record |
        jq -r 'if has("turned_deg") then .turned_deg else "none" end')"
}

turned=0
for file in "$SOHOA_DATA"/orientation/*; do
    name=$(basename "$file")
    text_of "$name" >"$WORK/turned.txt"
    case $name in
    *_cw*)
        upright=${name%_cw*}.tif lies=${name##*_cw}
        text_of "$upright" >"$WORK/upright.txt"
        cmp "$WORK/upright.txt" "$WORK/turned.txt" || fail "$name: not the text of the upright page"
        stands "$name" $((360 - ${lies%.tif}))
        ;;
    phototest*)
        grep -q 'This is a lot of 12 point text' "$WORK/turned.txt" || fail "$name: not read"
        ;;
    esac
    case $name in
    *-rotated-L.*) stands "$name" 90 ;;
    *-rotated-180.*) stands "$name" 180 ;;
    *-rotated-R.*) stands "$name" 270 ;;
    esac
    turned=$((turned + 1))
done
[ "$turned" -ge 9 ] || fail "only $turned pages"
upright=0
for file in "$SOHOA_DATA"/vie_real/*.tif; do
    stands "$(basename "$file")" none
    upright=$((upright + 1))
done
[ "$upright" -ge 11 ] || fail "only $upright upright pages"
say "$turned turned pages read, $upright upright ones left as they were"
