# tests/e2e/contract.sh - what --json promises to other programs, field by field, on made pages.
ON_DISK=1 # the whole way, once, where the product writes
. "$(dirname "$0")/lib.sh"
A=$WORK/archive

make_pages "$WORK/demo" --set demo --dpi 150
make_pages "$WORK/mixed" --set mixed --count 11 --dpi 100 --seed 7
for skew in 1.5 -1.5; do
    make_pages "$WORK/skew$skew" --set clean --count 1 --dpi 150 --seed 9 --skew "$skew"
done
truth() { cat "$WORK/$1.truth"/"$2"-*.gt.txt; }

# --- ingest -----------------------------------------------------------------------------------
init "$A"
ingest 1 "$A" "$WORK"/{demo,mixed,skew1.5,skew-1.5}
cp "$OUT" "$WORK/lines"
holds "one line per file, then a summary" "$WORK/lines" '
    length == 24 and (.[:-1] | all(has("summary") | not))
    and (.[:-1] | map(.source) | unique | length == 23)'
holds "every line is whole" "$WORK/lines" '.[:-1] | all(
    (.sha256 | test("^[0-9a-f]{64}$")) and .bytes > 0
    and (.outcome | IN("archived", "duplicate", "quarantined"))
    and (if .outcome == "quarantined" then (.reason | length > 0) and (.reason_code | length > 0)
         else (has("reason") | not) end))'
holds "the summary has the promised fields, all numbers" "$WORK/lines" '.[-1].summary as $s
    | ["sources", "archived", "duplicate", "quarantined", "pages", "pages_failed", "bytes_in",
       "bytes_stored", "wall_s", "cpu_s", "cpu_ocr_s", "peak_rss_bytes"]
    | all($s[.] | type == "number")'
holds "times and sizes are possible" "$WORK/lines" '.[-1].summary
    | .wall_s > 0 and .cpu_s >= .cpu_ocr_s and .cpu_ocr_s > 0 and .bytes_stored > 0
      and .peak_rss_bytes > 10000000'
holds "the set: a copy, a damaged one, all others archived" "$WORK/lines" '.[-1].summary
    | .archived == 21 and .duplicate == 1 and .quarantined == 1 and .pages_failed == 0'
holds "the damaged file is the quarantined one" "$WORK/lines" '
    map(select(.outcome == "quarantined")) | length == 1
    and (.[0].source | endswith("/010-damaged.jpg")) and .[0].reason_code == "damaged"'
holds "the copy is the duplicate, or what it is a copy of" "$WORK/lines" '
    map(select(.outcome == "duplicate")) | length == 1
    and (.[0].source | test("/(001-decision|009-copy).jpg$"))'
jq -r 'select(.source) | .sha256 + "  " + .source' "$WORK/lines" | sha256sum --check --quiet ||
    fail "sha256 is not that of the file"
originals_come_back "$A" "$WORK/lines"

# --- ls ---------------------------------------------------------------------------------------
expect 0 "$SOHOA" ls "$A" --json
cp "$OUT" "$WORK/ls"
holds "every page is whole" "$WORK/ls" 'all(
    (.page | type == "string") and (.source | type == "string")
    and (.source_sha256 | test("^[0-9a-f]{64}$")) and .width > 0 and .height > 0 and .dpi > 0
    and (.skew_deg | type == "number") and .confidence >= 0 and .confidence <= 100
    and (.status | IN("ok", "failed", "blank")) and .reason == null)'
holds "ids are unique" "$WORK/ls" '(map(.page) | unique | length) == length'
same "pages in ls and in the summary" "$(value "$WORK/lines" .summary.pages)" "$(wc -l <"$WORK/ls")"
holds "the pages of a file stand together, from 0 on" "$WORK/ls" '
    [foreach .[] as $p ({}; {of: $p.source_sha256,
                              want: (if .of == $p.source_sha256 then .want + 1 else 0 end),
                              index: $p.index})]
    | all(.index == .want)'
holds "no file comes twice" "$WORK/ls" '
    (map(select(.index == 0).source_sha256)) as $s | ($s | unique | length) == ($s | length)'
jq -r 'select(.outcome == "archived") | "\(.sha256) \(.pages)"' "$WORK/lines" | sort >"$WORK/.a"
jq -rs 'group_by(.source_sha256)[] | "\(.[0].source_sha256) \(length)"' "$WORK/ls" | sort >"$WORK/.b"
same_file "pages per file, as told and as listed" "$WORK/.a" "$WORK/.b"
for skew in 1.5 -1.5; do
    holds "skew is counter-clockwise: $skew" "$WORK/ls" '
        map(select(.source | contains("/skew" + $skew + "/"))) | length == 1
        and (.[0].skew_deg - ($skew | tonumber) | fabs) < 0.3' --arg skew "$skew"
done
holds "blank pages are told from others" "$WORK/ls" '
    (map(select(.status == "blank")) | length) == 3
    and (map(select(.source | endswith("/mixed/011-blank.jpg"))) | all(.status == "blank"))'

# --- get --------------------------------------------------------------------------------------
# Width and height of a PNG or JPEG, from its own header.
hex_at() { od -An -v -tx1 -j "$2" -N "$3" "$1" | tr -d ' \n'; }
size_of() {
    local magic at=2 marker
    magic=$(hex_at "$1" 0 8)
    if [ "$magic" = 89504e470d0a1a0a ]; then
        echo "$((0x$(hex_at "$1" 16 4))) $((0x$(hex_at "$1" 20 4)))"
        return
    fi
    [ "${magic:0:6}" = ffd8ff ] || fail "$1 is neither PNG nor JPEG"
    while true; do
        marker=$(hex_at "$1" "$at" 2)
        [ "${marker:0:2}" = ff ] || fail "$1: no marker at $at"
        case $marker in ffc[0-3]) break ;; esac
        at=$((at + 2 + 0x$(hex_at "$1" $((at + 2)) 2)))
    done
    echo "$((0x$(hex_at "$1" $((at + 7)) 2))) $((0x$(hex_at "$1" $((at + 5)) 2)))"
}

while read -r page width height status; do
    "$SOHOA" get "$A" "$page" --as image -o "$WORK/picture"
    same "picture of $page" "$width $height" "$(size_of "$WORK/picture")"
    if [ "$status" = blank ]; then
        expect 1 "$SOHOA" get "$A" "$page" --as alto
        one_clear_line "a blank page has no text" 'is blank: it has no text'
        continue
    fi
    "$SOHOA" get "$A" "$page" --as alto -o "$WORK/alto"
    says "ALTO" "$WORK/alto" '<alto [^>]*xmlns="http://www.loc.gov/standards/alto/ns-v4#"'
    says "the page's size" "$WORK/alto" "<Page [^>]*WIDTH=\"$width\""
    says "the page's size" "$WORK/alto" "<Page [^>]*HEIGHT=\"$height\""
    "$SOHOA" get "$A" "$page" --as text >"$WORK/text"
    grep -o '<String [^>]*CONTENT="[^"]*"' "$WORK/alto" | sed 's/.*CONTENT="//; s/"$//' |
        sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&#39;/'"'"'/g; s/&amp;/\&/g' \
            >"$WORK/.alto.words"
    tr -s ' \n\f' '\n\n\n' <"$WORK/text" | sed '/^$/d' >"$WORK/.text.words"
    same_file "words of text and ALTO of $page" "$WORK/.alto.words" "$WORK/.text.words"
    expect 0 "$SOHOA" get "$A" "$page" --as record
    holds "the record is of this page" "$OUT" '.[0].source as $s | $page | startswith($s[:32])' \
        --arg page "$page"
done < <(jq -r '"\(.page) \(.width) \(.height) \(.status)"' "$WORK/ls")

# Clean letters read well: the text of a whole file against what was drawn.
for number in 002 006; do
    id=$(jq -r 'select(.source | contains("/demo/'$number'-")).source_sha256' "$WORK/ls" | head -n 1)
    "$SOHOA" get "$A" "$id" --as text >"$WORK/text"
    "$SOHOA_SCORE" --json "$WORK/demo.truth/$number"-*.gt.txt "$WORK/text" >"$WORK/score"
    holds "file $number reads well" "$WORK/score" '.[0].mean.word_f1 > 0.9'
done

# --- find -------------------------------------------------------------------------------------
folded() { # tones off, as people type who are in a hurry
    sed -e 's/.*/\L&/' \
        -e 's/[àáảãạăằắẳẵặâầấẩẫậ]/a/g; s/[èéẻẽẹêềếểễệ]/e/g; s/[ìíỉĩị]/i/g' \
        -e 's/[òóỏõọôồốổỗộơờớởỡợ]/o/g; s/[ùúủũụưừứửữự]/u/g; s/[ỳýỷỹỵ]/y/g; s/[đ]/d/g' <<<"$1"
}
finds() { # finds WHAT FILE QUERY...: the page of this file is among what is found
    local what=$1 file=$2
    shift 2
    expect 0 "$SOHOA" find "$A" "$@" --limit 100 --json
    holds "$what: $*" "$OUT" 'any(.source | contains($file))' --arg file "$file"
    holds "what is found is whole" "$OUT" 'all((.page | type == "string") and .score > 0
        and (.snippet | length > 0) and (.boxes | length > 0)
        and (.boxes | all(length == 4 and all(type == "number"))))'
    holds "boxes lie inside the page" "$OUT" 'all(. as $p | .boxes | all(
        .[0] >= 0 and .[1] >= 0 and .[2] > 0 and .[3] > 0
        and .[0] + .[2] <= $p.width and .[1] + .[3] <= $p.height))'
    # A word of a letter is 2 to 8 mm high and no wider than the text; noise elsewhere is read as
    # anything.
    holds "boxes are of the size of a word" "$OUT" 'map(select(.source | contains($file)))
        | all(. as $p | .boxes | all(
            .[3] * 25.4 / $p.dpi > 1 and .[3] * 25.4 / $p.dpi < 15 and .[2] < $p.width * 0.5))' \
        --arg file "$file"
    same "best first" "$(jq .score "$OUT")" "$(jq -s 'map(.score) | sort | reverse | .[]' "$OUT")"
}
# Words of the clean letters that are nowhere else: as drawn, so truly there.
found=0
for file in demo/002 demo/006; do
    truth "${file%/*}" "${file#*/}" | tr -s ' \n\f' '\n\n\n' | grep -E '^[^[:punct:][:digit:]]{4,}$' |
        grep -P '[^\x00-\x7F]' | sort | uniq -c | sort -rn | awk '$1 > 1 {print $2}' |
        head -n 6 >"$WORK/.words"
    while read -r word; do
        finds "a word as written" "/$file-" "$word"
        finds "a word without tones" "/$file-" "$(folded "$word")"
        found=$((found + 1))
    done <"$WORK/.words"
done
[ "$found" -ge 8 ] || fail "only $found words to look for"
finds "two words" "/demo/001-" quyết định
finds "typed in a hurry" "/demo/001-" QUYET DINH
finds "a phrase" "/demo/006-" '"quyết định"'
finds "a phrase without tones" "/demo/006-" '"cong hoa xa hoi chu nghia viet nam"'
expect 0 "$SOHOA" find "$A" '"nghĩa chủ hội xã"' --json
same "a phrase the wrong way round is not there" 0 "$(wc -l <"$OUT")"
expect 0 "$SOHOA" find "$A" 'quyềt địng' --json
same "wrong tones are not there" 0 "$(wc -l <"$OUT")"
expect 0 "$SOHOA" find "$A" 'zzzkhôngcó' --json
same "what is not there is not found" 0 "$(wc -l <"$OUT")"
# The box of a hit is where ALTO has that word.
expect 0 "$SOHOA" find "$A" nghĩa --source /demo/006- --limit 1 --json
page=$(value "$OUT" .page)
"$SOHOA" get "$A" "$page" --as alto -o "$WORK/alto"
jq -r '.boxes[] | @tsv' "$OUT" | while read -r x y w h; do
    grep "HPOS=\"$x\"" "$WORK/alto" | grep "VPOS=\"$y\"" | grep "WIDTH=\"$w\"" |
        grep "HEIGHT=\"$h\"" | grep -Eiq 'CONTENT="[^"]*nghĩa' ||
        fail "the word does not stand at $x,$y,$w,$h"
done
finds "by name and word" "/mixed/002-" --source /mixed/002 ngày
holds "--source leaves others out" "$OUT" 'all(.source | contains("/mixed/002"))'
expect 0 "$SOHOA" find "$A" ngày --to 2001-01-01 --json
same "nothing was archived that early" 0 "$(wc -l <"$OUT")"
expect 0 "$SOHOA" find "$A" --from 2001-01-01 --limit 100 ngày --json
[ -s "$OUT" ] || fail "--from leaves everything out"
expect 0 "$SOHOA" find "$A" ngày --limit 100 --json
cp "$OUT" "$WORK/find"

# --- show, stats, verify ----------------------------------------------------------------------
id=$(jq -r 'select(.source | contains("/mixed/007-")).source_sha256' "$WORK/ls" | head -n 1)
expect 0 "$SOHOA" show "$A" "$id" --json
holds "show gives the pages of a file in order, with their text" "$OUT" '
    map(.index) == [0, 1, 2] and all(.text | length > 100)'
expect 0 "$SOHOA" show "$A" "$page"
says "show for people" "$OUT" "^sha256 +${page%.*}"
expect 0 "$SOHOA" stats "$A" --json
cp "$OUT" "$WORK/stats"
holds "stats" "$OUT" '.[0] | .pages == ($s.pages) and .sources == $s.archived and .segments == 1
    and .bytes_in > 0 and .bytes_stored == $s.bytes_stored and .objects >= 2 * .pages + .sources
    and (.oldest | test("^20..-..-..T")) and .newest >= .oldest' \
    --argjson s "$(tail -n 1 "$WORK/lines" | jq .summary)"
verify_clean "$A"
holds "verify counts bytes" "$OUT" '.[0].summary.bytes == $s.bytes_raw' --argjson s "$(cat "$WORK/stats")"

# --- again: nothing new -----------------------------------------------------------------------
sed 's/"score":[^,]*,//' "$WORK/find" >"$WORK/.find"
print_of "$A/seg" >"$WORK/.seg"
pages_of "$A" >"$WORK/.pages"
contents_of "$A" >"$WORK/.contents"
ingest 1 "$A" "$WORK"/{demo,mixed,skew1.5,skew-1.5}
holds "the second time all is known" "$OUT" '.[-1].summary
    | .archived == 0 and .duplicate == 22 and .quarantined == 1 and .pages == 0
      and .bytes_stored == 0'
print_of "$A/seg" >"$WORK/.seg.again"
pages_of "$A" >"$WORK/.pages.again"
contents_of "$A" >"$WORK/.contents.again"
same_file "pages after the second run" "$WORK/.pages" "$WORK/.pages.again"
same_file "objects after the second run" "$WORK/.contents" "$WORK/.contents.again"
same_file "segments after the second run" "$WORK/.seg" "$WORK/.seg.again"

# --- reindex ----------------------------------------------------------------------------------
rm -f "$A"/catalogue.*
expect 0 "$SOHOA" reindex "$A"
expect 0 "$SOHOA" ls "$A" --json
same_file "ls after reindex" "$WORK/ls" "$OUT"
expect 0 "$SOHOA" find "$A" ngày --limit 100 --json
same_file "find after reindex" "$WORK/find" "$OUT"
print_of "$A/seg" >"$WORK/.seg.again"
same_file "segments after reindex" "$WORK/.seg" "$WORK/.seg.again"
verify_clean "$A"

# --- duplicates -------------------------------------------------------------------------------
B=$WORK/twins
init "$B"
mkdir "$WORK/two"
cp "$WORK"/demo/006-*.pdf "$WORK/two/a.pdf"
cp "$WORK"/demo/006-*.pdf "$WORK/two/b.pdf"
ingest 0 "$B" "$WORK/two" "$WORK/two/a.pdf"
holds "one content under two names, one of them named twice" "$OUT" '.[-1].summary
    | .sources == 3 and .archived == 1 and .duplicate == 2 and .pages == 1'
verify_clean "$B"
