# tests/e2e/receipts.sh - the ledger, batches and their receipts, with names from anybody.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
IN=$WORK/inbox

init "$A"
for command in 'ledger' 'batch ls'; do
    expect 0 "$SOHOA" $command "$A" --json
    same "$command of nothing" 0 "$(wc -c <"$OUT")"
    expect 0 "$SOHOA" $command "$A"
    same "$command of nothing, for people" 1 "$(wc -l <"$OUT")"
    expect 3 "$SOHOA" $command "$WORK/none"
    one_clear_line "$command of no archive" "there is no archive at"
done
for words in '' 'ls' "ls $A $A" "show $A" "show $A b c" "frob $A" "ls $A --html"; do
    expect 2 "$SOHOA" batch $words
done
for words in "$A --outcome lost" "$A --from yesterday" "$A x y"; do
    expect 2 "$SOHOA" ledger $words
done

# --- what comes in ----------------------------------------------------------------------------
make_pages "$WORK/pages" --set bilevel --count 3 --dpi 72 --seed 2
make_pages "$WORK/many" --set mixed --count 7 --dpi 72 --seed 7
EVIL=$'<script>alert("1")<img> & \'q\' \xff\n\e[2J.tif'
EVIL_DIR=$'lo "<b>&amp;\'\xe2\x80\xae'
mkdir -p "$IN/lo-17/sub" "$IN/$EVIL_DIR"
cp "$WORK"/pages/001* "$IN/lo-17/one.tif"
cp "$WORK"/pages/001* "$IN/lo-17/sub/same.tif"
cp "$WORK"/pages/002* "$IN/loose.tif"
cp "$WORK"/many/007-*.* "$IN/lo-17/three.pdf"
echo text >"$IN/lo-17/letter.txt"
head -c 100 "$WORK"/pages/003* >"$IN/lo-17/cut.tif"
echo evil >"$IN/$EVIL_DIR/$EVIL"
SOHOA_TEST_CELL=crash:1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0 \
    expect 1 "$SOHOA_HOOKS" watch -A "$A" --once --rescan-seconds 1 --json --io "$(io_of_build)" "$IN"
same "seven files" 7 "$(wc -l <"$OUT")"

# --- the ledger -------------------------------------------------------------------------------
expect 0 "$SOHOA" ledger "$A" --json
cp "$OUT" "$WORK/ledger"
holds "every line is whole" "$WORK/ledger" 'length == 7 and all(
    (.ticket | test("^[0-9a-f]{32}$")) and .folder == "inbox" and (.sha256 | test("^[0-9a-f]{64}$"))
    and .bytes > 0 and (.taken | test("^20..-..-..T..:..:..Z$")) and .told >= .taken
    and (.modified | test("^20")) and (.batch | startswith("inbox/"))
    and (if .outcome == "quarantined" then (.reason | length > 0) and (.reason_code | length > 0)
         else (has("reason") | not) end))'
holds "tickets are unique" "$WORK/ledger" '(map(.ticket) | unique | length) == 7'
holds "in the order of their ends" "$WORK/ledger" 'map(.told) == (map(.told) | sort)'
holds "sha256 is that of the file" "$WORK/ledger" 'map(select(.path == "loose.tif").sha256) == [$sha]' \
    --arg sha "$(sha256sum <"$IN/done/loose.tif" | cut -d' ' -f1)"
# lines WANTED ARGUMENT...: so many lines for these filters.
lines() {
    local want=$1
    shift
    expect 0 "$SOHOA" ledger "$A" --json "$@"
    same "lines of ledger $*" "$want" "$(wc -l <"$OUT")"
}
lines 5 lo-17/
lines 1 inbox/loose
lines 0 LOOSE
lines 7 inbox/
lines 5 --batch inbox/lo-17
lines 0 --batch inbox/lo
lines 3 --outcome archived
lines 1 --outcome duplicate
lines 3 --outcome quarantined
lines 2 --outcome quarantined --batch inbox/lo-17
lines 7 --from 2020-01-01
lines 0 --to 2020-01-01
lines 0 --from 2100-01-01
lines 7 --from 2020-01-01 --to 2100-01-01
expect 0 "$SOHOA" ledger "$A" cut.tif
says "for people" "$OUT" 'quarantined  inbox/lo-17/cut\.tif: the file is damaged'
expect 0 "$SOHOA" ledger "$A"
same "three lines a file, whatever it is called" 21 "$(wc -l <"$OUT")"
! grep -q "$(printf '\033')" "$OUT" || fail "a terminal would obey this"
iconv -f UTF-8 -t UTF-8 "$OUT" >"$WORK/.iconv" || fail "not UTF-8"
expect 0 env LANG=vi LC_ALL= "$SOHOA" ledger "$A" cut.tif
says "in Vietnamese" "$OUT" 'cut\.tif: tệp bị hỏng'

# --- batches ----------------------------------------------------------------------------------
expect 0 "$SOHOA" batch ls "$A" --json
cp "$OUT" "$WORK/batches"
holds "three batches, and they add up" "$OUT" 'length == 3 and (map(.files) | add) == 7
    and all(.files == .archived + .duplicate + .quarantined and .last >= .first)'
holds "the folder is one" "$OUT" 'map(select(.batch == "inbox/lo-17")) | .[0]
    | .files == 5 and .archived == 2 and .duplicate == 1 and .quarantined == 2 and .pages == 4
      and .pages_failed == 1 and .bytes == $bytes' \
    --argjson bytes "$(jq -s 'map(select(.batch == "inbox/lo-17").bytes) | add' "$WORK/ledger")"
holds "loose files are one by day" "$OUT" 'map(select(.batch | test("^inbox/20..-..-..$"))) | length == 1'
expect 0 "$SOHOA" batch ls "$A"
same "a line each" 3 "$(wc -l <"$OUT")"
says "for people" "$OUT" '^inbox/lo-17  5 = 2 archived \+ 1 duplicate \+ 2 quarantined, 4 pages'

expect 0 "$SOHOA" batch show "$A" inbox/lo-17
cp "$OUT" "$WORK/text"
says "it adds up" "$OUT" '^files      5 = 2 archived \+ 1 duplicate \+ 2 quarantined$'
says "pages" "$OUT" '^pages      4 \(1 could not be read\)$'
says "reasons with advice" "$OUT" '^ +1 the file is damaged or incomplete \(damaged\): scan it again$'
says "the files" "$OUT" '^  inbox/lo-17/letter\.txt: this is not a picture'
says "the page" "$OUT" '^  inbox/lo-17/three\.pdf, page 2: the reader stopped unexpectedly'
expect 0 "$SOHOA" batch show "$A" inbox/lo-17 --json
holds "a line for each file, each page, and the summary" "$OUT" 'length == 4
    and (map(select(.outcome == "quarantined").path) | sort) == ["lo-17/cut.tif", "lo-17/letter.txt"]
    and (map(select(.status == "failed")) | length == 1 and .[0].index == 1
         and .[0].path == "lo-17/three.pdf" and .[0].reason_code == "crashed"
         and (.[0].page | test("^[0-9a-f]{32}\\.1$")))
    and (.[-1].summary | del(.reasons)) == $row
    and (.[-1].summary.reasons | map({(.reason_code): .files}) | add) == {"damaged": 1, "unknown-format": 1}
    and (.[-1].summary.reasons | all((.reason | length > 0) and (.advice | length > 0)))' \
    --argjson row "$(jq -c 'select(.batch == "inbox/lo-17")' "$WORK/batches")"
page=$(jq -r 'select(.status == "failed").page' "$OUT")
expect 0 "$SOHOA" show "$A" "$page" --json
holds "the page is one of the archive's" "$OUT" '.[0].status == "failed"'
for batch in inbox inbox/lo inbox/lo-17/ '' "x'; DROP TABLE intake; --"; do
    expect 1 "$SOHOA" batch show "$A" "$batch"
    one_clear_line "no such batch" "has no batch"
done

# --- the page to print ------------------------------------------------------------------------
# Every tag and attribute is one of ours, every & begins an entity of ours; nothing is fetched.
well_formed() {
    sed -e '/^<style>/,/^<\/style>/d' "$1" | grep -o '<[^>]*>' | sort -u |
        grep -Evx '<!DOCTYPE html>|</?(html|head|body|title|h1|h2|table|thead|tbody|tr|td|th|div|p|bdi)>|<html lang="(vi|en)">|<meta charset="utf-8">|<meta http-equiv="Content-Security-Policy" content="default-src .none.; style-src .unsafe-inline.">|<(td class="n"|div class="sign"|p class="small")>' &&
        fail "a tag that is not ours"
    grep -o '&[^;]*;\?' "$1" | sort -u | grep -Evx '&(amp|lt|gt|quot|#39);' && fail "an entity that is not ours"
    ! grep -Eiq 'https?:|url\(|@import|src=|href=|<script|onload' "$1" || fail "something is fetched or run"
    ! grep -q "$(printf '\033')" "$1" || fail "an escape"
    iconv -f UTF-8 -t UTF-8 "$1" >"$WORK/.iconv" || fail "not UTF-8"
    for tag in html head body title style table thead tbody tr th td div p bdi h1 h2; do
        same "<$tag> is closed" "$(grep -o "<$tag[ >]" "$1" | wc -l)" "$(grep -o "</$tag>" "$1" | wc -l)"
    done
}
expect 0 "$SOHOA" batch show "$A" inbox/lo-17 --html
cp "$OUT" "$WORK/lo-17.html"
well_formed "$WORK/lo-17.html"
for text in '<html lang="en">' '<h1>Receipt of a batch of scans</h1>' '<bdi>inbox/lo-17</bdi>' '@page { size: A4' \
    '<th>Files that came in</th><td class="n">5</td>' '<th>= archived</th><td class="n">2</td>' \
    '<th>\+ quarantined</th><td class="n">2</td>' '<td class="n">1</td><td>the file is damaged or incomplete</td><td>scan it again</td>' \
    '<bdi>inbox/lo-17/three.pdf</bdi></td><td class="n">2</td>' 'date, name and signature'; do
    says "the page" "$OUT" "$text"
done
expect 0 env LC_ALL=vi_VN.UTF-8 "$SOHOA" batch show "$A" inbox/lo-17 --html
well_formed "$OUT"
for text in '<html lang="vi">' 'Biên nhận' 'tệp bị hỏng hoặc không đầy đủ</td><td>hãy quét lại' 'Người nhận: ngày, họ tên và chữ ký'; do
    says "the page in Vietnamese" "$OUT" "$text"
done
! grep -Eq 'Quarantined|Reason|damaged or' "$OUT" || fail "two languages in one page"

evil=$(jq -r 'select(.batch | startswith("inbox/lo \"")).batch' "$WORK/batches")
expect 0 "$SOHOA" batch show "$A" "$evil" --html
well_formed "$OUT"
says "the name, harmless" "$OUT" '&lt;script&gt;alert\(&quot;1&quot;\)&lt;img&gt; &amp; &#39;q&#39; .xFF.x0A.x1B\[2J'
says "the batch, harmless" "$OUT" '<title>inbox/lo &quot;&lt;b&gt;&amp;amp;&#39;'
expect 0 "$SOHOA" batch show "$A" "$evil" --json
holds "the name, whole" "$OUT" '.[0].path | endswith("<script>alert(\"1\")<img> & '"'q'"' \\xFF\\x0A\\x1B[2J.tif")'
expect 0 "$SOHOA" batch show "$A" "$evil"
! grep -q "$(printf '\033')" "$OUT" || fail "a terminal would obey this"

for command in ledger 'batch ls' ls; do
    expect 3 sh -c "\"\$0\" $command \"\$1\" >/dev/full" "$SOHOA" "$A"
done
expect 3 sh -c '"$0" batch show "$1" inbox/lo-17 --html >/dev/full' "$SOHOA" "$A"
one_clear_line "nowhere to write" "No space left"

# --- all of it is in the segments -------------------------------------------------------------
rm -f "$A"/catalogue.*
expect 0 "$SOHOA" reindex "$A"
expect 0 "$SOHOA" ledger "$A" --json
same_file "the ledger after reindex" "$WORK/ledger" "$OUT"
expect 0 "$SOHOA" batch show "$A" inbox/lo-17
same_file "the receipt after reindex" "$WORK/text" "$OUT"
