# tests/e2e/export.sh - pages and papers as PDF/A and hOCR: the text is the archive's, word by word
# and at its place; the picture is the one that was archived; the same again is the same bytes.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
CODE=H57.12-250705-0001

mkdir "$WORK/in"
make_pages "$WORK/scans" --set mixed --count 9 --dpi 200 --seed 31
make_pages "$WORK/fax" --set bilevel --count 2 --dpi 300 --seed 32
mv "$WORK/scans" "$WORK/fax" "$WORK/in"
sanitized || cp "$SOHOA_DATA"/orientation/*_cw90.tif "$WORK/in" 2>/dev/null || true
printf 'P4\n64 64\n' >"$WORK/in/blank.pbm"
head -c 512 /dev/zero >>"$WORK/in/blank.pbm"
init "$A"
ingest 0 "$A" "$WORK/in"
"$SOHOA" ls "$A" --json >"$WORK/ls"

# sound FILE: a PDF/A by its own word, and without a fault that a tool here can find.
sound() {
    if command -v qpdf >/dev/null; then
        expect 0 qpdf --check "$1"
    fi
    pdfinfo "$1" >"$WORK/info" 2>"$ERR" || fail "pdfinfo $1"
    same "complaints of pdfinfo about $1" "" "$(cat "$ERR")"
    says "PDF version" "$WORK/info" '^PDF version: +1\.7$'
    says "no encryption" "$WORK/info" '^Encrypted: +no$'
    pdfinfo -meta "$1" | grep -q 'pdfaid:part="2" pdfaid:conformance="B"' || fail "$1: no PDF/A"
    pdffonts "$1" | awk 'NR > 2 { n++; if ($0 !~ /CID TrueType +Identity-H +yes +no +yes/) bad = 1 }
        END { exit n != 1 || bad }' || fail "$1: its font is not embedded"
}

words_in() { tr -s ' \f\n' '\n' <"$1" | sed '/^$/d'; }

# in_place PAGE ALTO BBOX DPI: each word of the ALTO has one of its own within 2 mm in the PDF.
in_place() {
    awk -v dpi="$4" -v limit=2 '
        function attribute(name,  rest) {
            if (!match($0, " " name "=\"[^\"]*\"")) return ""
            rest = substr($0, RSTART + length(name) + 3)
            return substr(rest, 1, index(rest, "\"") - 1)
        }
        function apart(a, b) { return a > b ? a - b : b - a }
        FNR == NR {
            if ($0 !~ /<word /) next
            text[++n] = $0; sub(/^[^>]*>/, "", text[n]); sub(/<.*/, "", text[n])
            gsub(/&apos;/, "\x27", text[n])
            x1[n] = attribute("xMin") / 72 * 25.4; y1[n] = attribute("yMin") / 72 * 25.4
            x2[n] = attribute("xMax") / 72 * 25.4; y2[n] = attribute("yMax") / 72 * 25.4
            next
        }
        {
            rest = $0
            while (match(rest, /<String CONTENT="[^"]+"[^>]*>/)) {
                $0 = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
                word = attribute("CONTENT"); mm = 25.4 / dpi; best = 1e9; at = 0
                left = attribute("HPOS") * mm; right = left + attribute("WIDTH") * mm
                top = attribute("VPOS") * mm; bottom = top + attribute("HEIGHT") * mm
                for (i = 1; i <= n; i++) if (!(i in used) && text[i] == word) {
                    far = apart(x1[i], left); d = apart(x2[i], right); if (d > far) far = d
                    d = apart(y1[i], top); if (d > far) far = d
                    d = apart(y2[i], bottom); if (d > far) far = d
                    if (far < best) { best = far; at = i }
                }
                if (at == 0 || best > limit) { print word ": " best " mm"; lost++ } else used[at] = 1
                if (at && best > worst) worst = best
                words++
            }
        }
        END {
            if (lost || words != n) { print lost + 0 " of " words " words lost, " n " in the PDF"; exit 1 }
            print words, worst + 0 }' "$3" "$2" >"$WORK/place" || fail "$1: $(cat "$WORK/place")"
}

# --- every page by itself ---------------------------------------------------------------------
checked=0 placed=0 worst=0 jpegs=0 sized=0 largest=0
while read -r page source status dpi; do
    expect 0 "$SOHOA" get "$A" "$page" --as pdf -o "$WORK/page.pdf"
    sound "$WORK/page.pdf"
    same "pages of $page" 1 "$(awk '/^Pages:/ { print $2 }' "$WORK/info")"
    "$SOHOA" get "$A" "$page" --as pdf | cmp - "$WORK/page.pdf" || fail "$page: not the same bytes"
    "$SOHOA" get "$A" "$page" --as text >"$WORK/text"
    pdftotext -raw -enc UTF-8 "$WORK/page.pdf" "$WORK/back"
    words_in "$WORK/text" >"$WORK/words"
    words_in "$WORK/back" >"$WORK/words.back"
    same_file "the words of $source" "$WORK/words" "$WORK/words.back"
    "$SOHOA" get "$A" "$page" --as hocr >"$WORK/hocr"
    grep -o 'x_wconf [0-9]*">[^<]*' "$WORK/hocr" | sed 's/^[^>]*>//; s/&lt;/</g; s/&gt;/>/g
        s/&quot;/"/g; s/&amp;/\&/g' >"$WORK/words.hocr" || true
    same_file "the words of $source as hOCR" "$WORK/words" "$WORK/words.hocr"
    turned=$("$SOHOA" get "$A" "$page" --as record | jq '.turned_deg // 0')
    if [ "$status" = ok ] && [ "$turned" = 0 ] && [ "$dpi" -gt 0 ]; then
        "$SOHOA" get "$A" "$page" --as alto >"$WORK/alto"
        pdftotext -bbox "$WORK/page.pdf" "$WORK/bbox"
        in_place "$source" "$WORK/alto" "$WORK/bbox" "$dpi"
        read -r words far <"$WORK/place"
        placed=$((placed + words))
        worst=$(awk -v a="$worst" -v b="$far" 'BEGIN { print (a > b) ? a : b }')
    fi
    case $source in
    *.jpg)
        rm -f "$WORK"/image-*
        pdfimages -all "$WORK/page.pdf" "$WORK/image"
        cmp "$WORK/image-000.jpg" "$source" || fail "$source: not the archived JPEG"
        jpegs=$((jpegs + 1))
        ;;
    esac
    case $source in
    *.pdf | *blank*) ;;
    *)
        if [ "$(grep -c "\"source\":\"$source\"" "$WORK/ls")" = 1 ]; then
            was=$(stat -c %s "$source") is=$(stat -c %s "$WORK/page.pdf")
            # A page in black and white is hardly larger than its text: 7 kB are allowed anyway.
            [ "$is" -le $((was + was / 10)) ] || [ "$is" -le $((was + 7000)) ] ||
                fail "$source has $was bytes, its PDF $is"
            [ $((100 * is / was)) -le "$largest" ] || largest=$((100 * is / was))
            sized=$((sized + 1))
        fi
        ;;
    esac
    checked=$((checked + 1))
done < <(jq -r '[.page, .source, .status, .dpi] | @tsv' "$WORK/ls")
[ "$checked" -ge 12 ] && [ "$jpegs" -ge 1 ] && [ "$sized" -ge 3 ] || fail "too few pages"
say "$checked pages, $placed words in place (the worst off by $worst mm), $jpegs JPEGs untouched," \
    "at most $largest % of the original"

# --- a dossier, a document, a file: all their pages in order ---------------------------------------
papers=$(jq -r 'select(.status == "ok").page' "$WORK/ls" | tac | head -n 4)
# shellcheck disable=SC2086
expect 0 "$SOHOA" assign -A "$A" --dossier "$CODE" --title 'Hồ sơ <&> thử' $papers --json
document=$(value "$OUT" .document)
for id in "$CODE" "$document"; do
    expect 0 "$SOHOA" get "$A" "$id" --as pdf -o "$WORK/papers.pdf"
    sound "$WORK/papers.pdf"
    same "pages of $id" 4 "$(awk '/^Pages:/ { print $2 }' "$WORK/info")"
    for page in $papers; do "$SOHOA" get "$A" "$page" --as text; done >"$WORK/text"
    "$SOHOA" get "$A" "$id" --as text >"$WORK/text.papers"
    pdftotext -raw -enc UTF-8 "$WORK/papers.pdf" "$WORK/back"
    words_in "$WORK/text" >"$WORK/words"
    words_in "$WORK/back" >"$WORK/words.back"
    words_in "$WORK/text.papers" >"$WORK/words.papers"
    same_file "the words of $id" "$WORK/words" "$WORK/words.back"
    same_file "the text of $id" "$WORK/words" "$WORK/words.papers"
    expect 0 "$SOHOA" get "$A" "$id" --as hocr -o "$WORK/papers.html"
    same "pages of $id as hOCR" 4 "$(grep -c 'class="ocr_page"' "$WORK/papers.html")"
done
says "the document's title" "$WORK/info" '^Title: +Hồ sơ <&> thử$'
expect 0 "$SOHOA" get "$A" "$CODE" --as pdf -o "$WORK/dossier.pdf"
pdfinfo "$WORK/dossier.pdf" >"$WORK/info"
says "the dossier's code" "$WORK/info" "^Title: +$CODE\$"
expect 1 "$SOHOA" get "$A" "$CODE" --as original
expect 1 "$SOHOA" get "$A" "$CODE" --as alto
expect 0 "$SOHOA" get "$A" "$document" --as original
holds "a document's original is its record" "$OUT" '.[0].kind == "document"'
expect 1 "$SOHOA" get "$A" H57.12-250705-9999 --as pdf -o "$WORK/none.pdf"
[ ! -e "$WORK/none.pdf" ] || fail "there is a PDF of nothing"

# --- a page that could not be read ------------------------------------------------------------------
make_pages "$WORK/bad" --set mixed --count 6 --dpi 60 --seed 12
several=$(find "$WORK/bad" -name '003-*') # a file of three pages
init "$WORK/b"
SOHOA_TEST_CELL=crash:1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0 expect 0 "$SOHOA_HOOKS" \
    ingest -A "$WORK/b" --json --io "$(io_of_build)" "$several"
file=$(sha256sum <"$several" | cut -d' ' -f1)
expect 1 "$SOHOA" get "$WORK/b" "$file" --as pdf -o "$WORK/some.pdf"
one_clear_line "the page is named" "${file:0:32}\.1 could not be read and is left out"
same "pages that are left" 2 "$(pdfinfo "$WORK/some.pdf" | awk '/^Pages:/ { print $2 }')"
expect 1 "$SOHOA" get "$WORK/b" "${file:0:32}.1" --as pdf -o "$WORK/none.pdf"
[ ! -e "$WORK/none.pdf" ] || fail "there is a PDF of nothing"
same "unfinished files" "" "$(find "$WORK" -maxdepth 1 -name '.*.part')"
verify_clean "$A"

# --- a table -----------------------------------------------------------------------------------------
expect 0 "$SOHOA" ls "$A" --dossier "$CODE" --csv
cp "$OUT" "$WORK/csv"
same "lines" 5 "$(wc -l <"$WORK/csv")"
same "ends of lines" 5 "$(grep -c $'\r$' "$WORK/csv")"
same "fields of a line" 17 "$(head -n 1 "$WORK/csv" | tr ',' '\n' | wc -l)"
same "the pages" "$papers" "$(tail -n +2 "$WORK/csv" | cut -d'"' -f2)"
same "titles" 4 "$(grep -c '"Hồ sơ <&> thử"' "$WORK/csv")"
same "places" '1 2 3 4' "$(tail -n +2 "$WORK/csv" | sed 's/.*","\([0-9]*\)","[^"]*"\r$/\1/' | tr '\n' ' ' |
    sed 's/ $//')"
expect 2 "$SOHOA" ls "$A" --csv --json

# --- a bag --------------------------------------------------------------------------------------------
expect 0 "$SOHOA" export "$A" "$CODE" -o "$WORK/bag" --json
holds "what is told" "$OUT" '.[0] | .dossier == $code and .pages == 4 and .left_out == 0' \
    --arg code "$CODE"
same "files" "$(value "$OUT" .files)" "$(find "$WORK/bag/data" -type f | wc -l)"
same "Payload-Oxum" "$(value "$OUT" .bytes).$(value "$OUT" .files)" \
    "$(sed -n 's/^Payload-Oxum: //p' "$WORK/bag/bag-info.txt")"
same "bytes" "$(value "$OUT" .bytes)" \
    "$(find "$WORK/bag/data" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')"
(cd "$WORK/bag" && sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt) ||
    fail "the bag's digests"
same "files in the manifest" "$(cd "$WORK/bag" && find data -type f | LC_ALL=C sort)" \
    "$(sed 's/^[0-9a-f]*  //' "$WORK/bag/manifest-sha256.txt")"
same "tag files in theirs" "bag-info.txt bagit.txt manifest-sha256.txt" \
    "$(sed 's/^[0-9a-f]*  //' "$WORK/bag/tagmanifest-sha256.txt" | tr '\n' ' ' | sed 's/ $//')"
same_file "the PDF in the bag" "$WORK/dossier.pdf" "$WORK/bag/data/dossier.pdf"
for file in "$WORK"/bag/data/original/*; do
    name=$(basename "$file")
    same "an original" "${name%%.*}" "$(sha256sum <"$file" | cut -d' ' -f1)"
done
for page in $papers; do
    "$SOHOA" get "$A" "$page" --as alto | cmp - "$WORK/bag/data/alto/$page.xml" || fail "ALTO of $page"
    jq -e '.kind == "page"' "$WORK/bag/data/record/$page.page.json" >/dev/null || fail "record of $page"
done
jq -e '.kind == "document"' "$WORK/bag/data/record/$document.document.json" >/dev/null ||
    fail "the document's record"
print_of "$WORK/bag" >"$WORK/bag.print"
expect 3 "$SOHOA" export "$A" "$CODE" -o "$WORK/bag"
one_clear_line "there is one" 'is there already'
mkdir -p "$WORK/.again.part/data/left"
expect 0 "$SOHOA" export "$A" "$CODE" -o "$WORK/again/"
print_of "$WORK/again" >"$WORK/again.print"
same_file "the same bag again" "$WORK/bag.print" "$WORK/again.print"
expect 1 "$SOHOA" export "$A" H57.12-250705-9999 -o "$WORK/none"
expect 2 "$SOHOA" export "$A" "$CODE"
expect 3 "$SOHOA" export "$A" "$CODE" -o "$WORK/nowhere/bag"
same "bags that were not finished" "" "$(find "$WORK" -maxdepth 1 -name '.*.part' -o -name none)"
