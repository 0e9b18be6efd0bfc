# tests/e2e/separators.sh - separator sheets in a stack are told of, by ls, show and the records;
# the pages between are not. What a sealed cell reads, a thread reads too.
. "$(dirname "$0")/lib.sh"

make_pages "$WORK/in" --set separators --count 12 --seed 1
cp "$WORK/in.truth/separators.tsv" "$WORK/truth.tsv"
make_pages "$WORK/in" --set bilevel --count 3 --dpi 200 --seed 4

init "$WORK/a"
ingest 0 "$WORK/a" "$WORK/in"
holds "the stage is counted" "$OUT" '.[-1].summary.stages.separator.pages == 15'
"$SOHOA" ls "$WORK/a" --json >"$WORK/ls"

# file, kind, code, as the maker of the sheets says and as sohoa says
tail -n +2 "$WORK/truth.tsv" | awk -F'\t' '{ print $1, $3, $4 }' | LC_ALL=C sort >"$WORK/wanted"
jq -r 'select(.separator) | "\(.source | sub(".*/"; "")) \(.separator.kind) \(.separator.code // "-")"' \
    "$WORK/ls" | LC_ALL=C sort >"$WORK/got"
same_file "separators" "$WORK/wanted" "$WORK/got"
holds "and nothing else is one" "$WORK/ls" 'map(select(has("separator") | not)) | length == 3'
holds "QR codes say in full what they say" "$WORK/ls" \
    'map(select(.separator.kind == "qr").separator | .code as $c | .text | contains($c)) | all'
holds "letters come through the sandbox" "$WORK/ls" \
    'any(.separator.text // "" | test("Nguyễn Văn Bình|Mã hồ sơ"))'

id=$(jq -r 'select(.separator.kind == "qr").page' "$WORK/ls" | head -n 1)
code=$(jq -r --arg id "$id" 'select(.page == $id).separator.code' "$WORK/ls")
expect 0 "$SOHOA" show "$WORK/a" "$id"
says "show" "$OUT" "^separator +qr ${code//./\\.}\$"
expect 0 "$SOHOA" show "$WORK/a" "$id" --json
holds "show --json" "$OUT" '.[0].separator.code == $code' --arg code "$code"
"$SOHOA" get "$WORK/a" "$id" --as record >"$WORK/record"
holds "the record" "$WORK/record" '.[0].separator | .kind == "qr" and .code == $code
    and (.box | length == 4 and .[2] > 50 and .[3] > 50)' --arg code "$code"

# The catalogue is made anew from the records; a second archive gets the same records.
pages_of "$WORK/a" >"$WORK/before"
rm -f "$WORK/a"/catalogue*
expect 0 "$SOHOA" reindex "$WORK/a"
pages_of "$WORK/a" >"$WORK/after"
same_file "pages after a reindex" "$WORK/before" "$WORK/after"
contents_of "$WORK/a" >"$WORK/contents.a"
init "$WORK/b"
ingest 0 "$WORK/b" --isolation thread "$WORK/in"
contents_of "$WORK/b" >"$WORK/contents.b"
same_file "what a cell and a thread read" "$WORK/contents.a" "$WORK/contents.b"
say "$(wc -l <"$WORK/got") separator sheets among 15 pages"

# A stack in one file: two letters of nobody, then a slip and three pages of its dossier, then
# another. The sheets part it; by itself nothing is told of the pages before the first.
# components JPEG: by the number of them in its frame header.
components() {
    case $(LC_ALL=C grep -aobUP '\xff\xc0' "$1" | head -n 1 | cut -d: -f1 |
        { read -r at && tail -c +$((at + 10)) "$1" | head -c 1 | od -An -tu1; }) in
    *3*) echo RGB ;;
    *) echo Gray ;;
    esac
}
# stack_pdf FILE JPEG...: a PDF with one picture a page.
stack_pdf() {
    local out=$1 n=0 kids='' offsets=() jpeg width height size
    shift
    printf '%%PDF-1.4\n' >"$out"
    object() { # NUMBER: notes where it begins
        offsets[$1]=$(stat -c %s "$out")
        printf '%s 0 obj\n' "$1" >>"$out"
    }
    for jpeg in "$@"; do
        read -r width height < <(jq -r --arg name "$(basename "$jpeg")" \
            'select(.source | endswith($name)) | "\(.width) \(.height)"' "$WORK/ls.jpg")
        size=$(stat -c %s "$jpeg")
        object $((3 + 3 * n))
        printf '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>\nendobj\n' \
            $((4 + 3 * n)) $((5 + 3 * n)) >>"$out"
        object $((4 + 3 * n))
        printf '<</Length 26>>\nstream\n595 0 0 842 0 0 cm /I Do  \nendstream\nendobj\n' >>"$out"
        object $((5 + 3 * n))
        printf '<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/Device%s/BitsPerComponent 8/Filter/DCTDecode/Length %d>>\nstream\n' \
            "$width" "$height" "$(components "$jpeg")" \
            "$size" >>"$out"
        cat "$jpeg" >>"$out"
        printf '\nendstream\nendobj\n' >>"$out"
        kids+="$((3 + 3 * n)) 0 R "
        n=$((n + 1))
    done
    object 1
    printf '<</Type/Catalog/Pages 2 0 R>>\nendobj\n' >>"$out"
    object 2
    printf '<</Type/Pages/Kids[%s]/Count %d>>\nendobj\n' "$kids" "$n" >>"$out"
    local start i
    start=$(stat -c %s "$out")
    printf 'xref\n0 %d\n0000000000 65535 f \n' $((3 * n + 3)) >>"$out"
    for ((i = 1; i < 3 * n + 3; i++)); do printf '%010d 00000 n \n' "${offsets[i]}"; done >>"$out"
    printf 'trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' $((3 * n + 3)) "$start" >>"$out"
}
make_pages "$WORK/letters" --set degraded --count 3 --dpi 150 --seed 6
letters=("$WORK"/letters/*.jpg)
[ ${#letters[@]} -ge 2 ] || fail "the set degraded has no pictures in JPEG"
l=("${letters[0]}" "${letters[1]}")
slips=("$WORK/in/011-qr.jpg" "$WORK/in/012-qr.jpg")
init "$WORK/c"
ingest 0 "$WORK/c" "${letters[@]}" "${slips[@]}"
"$SOHOA" ls "$WORK/c" --json >"$WORK/ls.jpg"
stack_pdf "$WORK/stack.pdf" "${l[@]}" "${slips[0]}" "${l[@]}" "${l[0]}" "${slips[1]}" "${l[1]}"
code() { jq -r --arg name "$1" 'select(.source | endswith($name)).separator.code' "$WORK/ls.jpg"; }
first=$(code 011-qr.jpg) second=$(code 012-qr.jpg)

# dossiers ARCHIVE: what each page of the stack is of.
dossiers() {
    "$SOHOA" ls "$1" --json | jq -rs 'map(select(.source | endswith("stack.pdf")))
        | sort_by(.index) | map("\(.dossier // "-"):\(.document_index // "-")") | join(" ")'
}
init "$WORK/d"
ingest 0 "$WORK/d" "$WORK/stack.pdf"
same "pages" 8 "$("$SOHOA" ls "$WORK/d" --json | wc -l)"
same "whose pages they are" "-:- -:- $first:- $first:0 $first:1 $first:2 $second:- $second:0" \
    "$(dossiers "$WORK/d")"
init "$WORK/e"
ingest 0 "$WORK/e" --separator-sheet keep "$WORK/stack.pdf"
same "with the sheets kept" "-:- -:- $first:0 $first:1 $first:2 $first:3 $second:0 $second:1" \
    "$(dossiers "$WORK/e")"
expect 0 "$SOHOA" get "$WORK/d" "$first" --as pdf -o "$WORK/first.pdf"
same "pages of its PDF: without the slip" 3 "$(pdfinfo "$WORK/first.pdf" | awk '/^Pages:/ { print $2 }')"
expect 0 "$SOHOA" ls "$WORK/d" --dossier "$first" --json
cp "$OUT" "$WORK/.of_first"
expect 0 "$SOHOA" reindex "$WORK/d"
expect 0 "$SOHOA" ls "$WORK/d" --dossier "$first" --json
same_file "a dossier's pages after a reindex" "$WORK/.of_first" "$OUT"
verify_clean "$WORK/d"
