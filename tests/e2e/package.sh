# tests/e2e/package.sh - archival packages and the portal's JSON: by the schemas that go with them, by
# the published rules, by their digests; what is in them is what `get` gives; whole or not at all.
. "$(dirname "$0")/lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
A=$WORK/archive
CODE=H57.12-250705-0001
ID=046090012345
MASKED='046[*]{5}2345'

mkdir "$WORK/in"
make_pages "$WORK/scans" --set mixed --count 6 --dpi 150 --seed 31
make_pages "$WORK/fax" --set bilevel --count 2 --dpi 200 --seed 32
mv "$WORK/scans" "$WORK/in/thu $ID" # a personal id in a path
mv "$WORK/fax" "$WORK/in"
init "$A"
ingest 0 "$A" "$WORK/in"
"$SOHOA" ls "$A" --json >"$WORK/ls"
mapfile -t PAGES < <(jq -r 'select(.status == "ok").page' "$WORK/ls")
expect 0 "$SOHOA" assign -A "$A" --dossier "$CODE" --title "Đơn <&>\"' ]]> số $ID" "${PAGES[@]:0:2}"
expect 0 "$SOHOA" assign -A "$A" --dossier "$CODE" "${PAGES[2]}"
expect 0 "$SOHOA" assign -A "$A" --dossier "$CODE" "${PAGES[3]}"
expect 0 "$SOHOA" assign -A "$A" --dossier "$CODE" "${PAGES[4]}"
expect 0 "$SOHOA" retain "$A" "$CODE" --years 20
event() { expect 0 "$SOHOA" event -A "$A" "$CODE" "$@"; }
event received --at 2026-07-01T01:15:00Z --by "Trần <B> & $ID" --office H57.12 \
    --set procedure=1.000318 --set "procedure_name=Đăng ký khai sinh $ID" --set due=2026-12-30 \
    --set decides=H57.05
event scanned --by 'Nguyễn Thị C' --pages 5 --rework 1
event component --component KQ1 --name 'Giấy khai sinh' --digitised "${PAGES[2]}" --result
event component --component TP1 --name 'Tờ khai' --digitised "${PAGES[0]}"
event decided --because "đủ hồ sơ của $ID"
documents() { "$SOHOA" ls "$A" --dossier "$CODE" --json | jq -r .document | uniq; }

# checked DIR: its digests, and that no personal id is in what is said.
checked() {
    (cd "$1" && sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt) || fail "digests of $1"
    same "files in the manifest of $1" "$(cd "$1" && find data -type f | LC_ALL=C sort)" \
        "$(sed 's/^[0-9a-f]*  //' "$1/manifest-sha256.txt")"
    ! grep -rl --include='*.xml' --include='*.json' --include='*.txt' "$ID" "$1" || fail "an id in $1"
    ! find "$1" -name "*$ID*" | grep . || fail "an id in a name in $1"
}

# valid SCHEMA FILE
valid() { xmllint --noout --nonet --schema "$1" "$2" >"$WORK/valid" 2>&1 || fail "$2: $(cat "$WORK/valid")"; }
not_valid() { ! xmllint --noout --nonet --schema "$1" "$2" >"$WORK/valid" 2>&1 || fail "taken: $3"; }

# by_rules METS.xml: the published rules, and which of them are not kept.
by_rules() {
    grep -v '^#' "$HERE/csip.txt" >"$WORK/rules"
    {
        echo 'setns m=http://www.loc.gov/METS/'
        echo 'setns xlink=http://www.w3.org/1999/xlink'
        echo 'setns csip=https://DILCIS.eu/XML/METS/CSIPExtensionMETS'
        sed 's/^[^ ]* \(.*\)$/xpath boolean(\1)/' "$WORK/rules"
    } | xmllint --nonet --shell "$1" 2>&1 | sed -n 's/.*Object is a Boolean : //p' >"$WORK/kept"
    same "rules that were looked at" "$(wc -l <"$WORK/rules")" "$(wc -l <"$WORK/kept")"
    same "rules not kept by $1" "" "$(paste -d' ' "$WORK/kept" "$WORK/rules" | grep -v '^true ' || true)"
}

# what ATTRIBUTE-PATTERN FILE: values of an attribute, one a line
values() { grep -o " $1=\"[^\"]*\"" "$2" | sed 's/^[^"]*"//; s/"$//'; }

# listed ROOT: every file but the METS.xml on top is listed once, with its size and digest.
listed() {
    local mets dir
    : >"$WORK/listed"
    find "$1" -name METS.xml >"$WORK/mets"
    while read -r mets; do
        dir=$(dirname "$mets")
        grep -E '<(mdRef|file|FLocat) ' "$mets" | tr '\n' ' ' | sed 's/<mdRef/\n&/g; s/<file /\n&/g' |
            grep 'CHECKSUM=' | while read -r line; do
            echo "$line" >"$WORK/line"
            file=$dir/$(values xlink:href "$WORK/line")
            same "size of $file" "$(stat -c %s "$file")" "$(values SIZE "$WORK/line")"
            same "digest of $file" "$(sha256sum <"$file" | cut -d' ' -f1)" "$(values CHECKSUM "$WORK/line")"
            echo "$file" >>"$WORK/listed"
        done || fail "what $mets lists"
    done <"$WORK/mets"
    same "files that are listed" "$(find "$1" -type f ! -path "$1/METS.xml" | LC_ALL=C sort)" \
        "$(LC_ALL=C sort "$WORK/listed")"
}

# sound DIR TYPE: a package of this type; its root is in $ROOT.
sound() {
    local file
    checked "$1"
    ROOT=$(find "$1/data" -mindepth 1 -maxdepth 1)
    [ -d "$ROOT" ] || fail "not one folder in $1/data"
    while read -r file; do
        case $(basename "$file") in
        METS.xml) valid "$ROOT/schemas/mets.xsd" "$file" && by_rules "$file" ;;
        EAD*.xml) valid "$ROOT/schemas/ead.xsd" "$file" ;;
        PREMIS*.xml) valid "$ROOT/schemas/premis.xsd" "$file" ;;
        *) fail "what is $file?" ;;
        esac
    done < <(find "$ROOT" -name '*.xml')
    for file in "$HERE"/../../configs/schemas/*.xsd; do
        cmp "$file" "$ROOT/schemas/$(basename "$file")" || fail "schema $file"
    done
    same "type" "$2" "$(values csip:OAISPACKAGETYPE "$ROOT/METS.xml")"
    same "the folder's name" "$(values OBJID "$ROOT/METS.xml" | tr : _)" "$(basename "$ROOT")"
    listed "$ROOT"
}

# --- AIP ------------------------------------------------------------------------------------------
expect 0 "$SOHOA" export "$A" "$CODE" --as aip --fonds G09.1 --agency 'UBND <phường> & "A"' -o "$WORK/aip" --json
holds "what is told" "$OUT" '.[0] | .as == "aip" and .dossier == $code and .papers == 4 and .pages == 5
    and .left_out == 0' --arg code "$CODE"
same "files" "$(value "$OUT" .files)" "$(find "$WORK/aip/data" -type f | wc -l)"
same "bytes" "$(value "$OUT" .bytes)" \
    "$(find "$WORK/aip/data" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')"
objid=$(value "$OUT" .package)
sound "$WORK/aip" AIP
AIP=$ROOT
same "OBJID" "$objid" "$(values OBJID "$AIP/METS.xml")"
[[ $objid =~ ^urn:G09\.1:uuid:[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$ ]] ||
    fail "OBJID $objid"
says "the object's id in the bag" "$WORK/aip/bag-info.txt" "^Internal-Sender-Identifier: $objid\$"
n=0
for document in $(documents); do
    n=$((n + 1))
    pdf=$AIP/representations/rep1/data/$CODE.$(printf %07d $n).pdf
    expect 0 "$SOHOA" get "$A" "$document" --as pdf -o "$WORK/one.pdf"
    if [ $n = 1 ]; then # its title has an id: masked there
        pdftotext "$WORK/one.pdf" "$WORK/one.txt"
        pdftotext "$pdf" "$WORK/one.packed"
        same_file "the text of paper 1" "$WORK/one.txt" "$WORK/one.packed"
        pdfinfo "$pdf" >"$WORK/info"
        says "a masked title" "$WORK/info" "^Title: .*$MASKED"
    else
        cmp "$WORK/one.pdf" "$pdf" || fail "paper $n is not what get gives"
    fi
done
same "papers" 4 "$n"
same "PDFs" 4 "$(find "$AIP/representations/rep1/data" -type f | wc -l)"
"$SOHOA" ls "$A" --dossier "$CODE" --json | jq -r .source_sha256 | sort -u >"$WORK/sources"
find "$AIP/representations/rep2/data" -type f -printf '%f\n' | sed 's/[.].*//' | sort >"$WORK/packed"
same_file "the originals" "$WORK/sources" "$WORK/packed"
while read -r id; do
    "$SOHOA" get "$A" "$id" | cmp - "$AIP"/representations/rep2/data/"$id"* || fail "original $id"
done <"$WORK/sources"

# what is said
EAD=$AIP/metadata/descriptive/EAD.xml
says "code" "$EAD" "<arcFileCode>$CODE</arcFileCode>"
says "title, masked" "$EAD" "<title>Đăng ký khai sinh $MASKED</title>"
says "retention" "$EAD" '<maintenance>20 năm</maintenance>'
says "papers" "$EAD" '<totalDoc>4</totalDoc>'
says "pages" "$EAD" '<numberOfPage>5</numberOfPage>'
says "facts" "$EAD" 'Mã thủ tục: 1.000318; Cơ quan giải quyết: H57.05; Ngày hẹn trả: 2026-12-30'
DOC=$AIP/representations/rep1/metadata/descriptive/EAD_doc_000000
says "a hostile title" "${DOC}1.xml" "<title>Đơn &lt;&amp;&gt;.*\]\]&gt; số $MASKED</title>"
same "code of a paper" "$CODE.0000003" "$(xmllint --xpath 'string(/eadDoc/docCode)' "${DOC}3.xml")"
for n in 2 3 4; do # by the rules for fields, as `sohoa fields` finds them on the first page
    page=$("$SOHOA" ls "$A" --dossier "$CODE" --json | jq -r .page | sed -n "$((n + 1))p")
    "$SOHOA" fields "$A" "$page" --json >"$WORK/fields"
    for pair in typeName:type organName:issuer docDate:date subject:abstract; do
        same "${pair%:*} of paper $n" \
            "$(jq -r --arg f "${pair#*:}" 'first(.fields[] | select(.field == $f).value) // ""' "$WORK/fields")" \
            "$(xmllint --xpath "string(/eadDoc/${pair%:*})" "$DOC$n.xml")"
    done
    same "number and notation of paper $n" \
        "$(jq -r 'first(.fields[] | select(.field == "number").value) // ""' "$WORK/fields")" \
        "$(xmllint --xpath 'concat(/eadDoc/codeNumber, substring("/", 1, count(/eadDoc/codeNotation)),
            /eadDoc/codeNotation)' "$DOC$n.xml")"
done
PREMIS=$AIP/metadata/preservation/PREMIS.xml
of_premis() { xmllint --xpath "$(sed 's/<\([a-zA-Z]*\)>/*[local-name()="\1"]/g' <<<"$1")" "$PREMIS"; }
same "objects" 11 "$(of_premis 'count(//<object>)')"
for event in ingestion:8 'fixity check:5' creation:4 'text recognition:4' received:1 scanned:1 component:2 decided:1; do
    same "events: $event" "${event##*:}" "$(of_premis "count(//<event>[<eventType>='${event%:*}'])")"
done
same "when it was received" '2026-07-01T08:15:00+07:00' \
    "$(of_premis "string(//<event>[<eventType>='received']/<eventDateTime>)")"
same "agents" 4 "$(of_premis 'count(//<agent>)')"
same "the engine" "$(jq -r .engine "$WORK/ls" | sort -u | sed 's/ .*//')" \
    "$(of_premis "string(//<agent>[<agentType>='software']/<agentName>)")"
says "a person, masked" "$PREMIS" "<agentName>Trần &lt;B&gt; &amp; $MASKED</agentName>"
says "a path, masked" "$PREMIS" "<originalName>.*thu $MASKED/"

# --- the same again, another time, another content -----------------------------------------------------
again() { expect 0 "$SOHOA" export "$A" "$CODE" --as aip --fonds G09.1 --agency 'UBND <phường> & "A"' "$@"; }
print_of "$WORK/aip" >"$WORK/aip.print"
LANG=vi again -o "$WORK/again/"
print_of "$WORK/again" >"$WORK/again.print"
same_file "the same package again" "$WORK/aip.print" "$WORK/again.print"
again -o "$WORK/later" --time 2030-01-02T03:04:05Z --json
[ "$(value "$OUT" .package)" != "$objid" ] || fail "another time, the same OBJID"
sound "$WORK/later" AIP
same "CREATEDATE" '2030-01-02T10:04:05+07:00' "$(values CREATEDATE "$ROOT/METS.xml")"
newest=$("$SOHOA" dossier show "$A" "$CODE" --json | jq -r '[.events[].told] | max')
same "CREATEDATE of the newest event" "$(TZ=UTC-7 date -d "$newest" '+%Y-%m-%dT%H:%M:%S+07:00')" \
    "$(values CREATEDATE "$AIP/METS.xml")"
objid=$(value "$OUT" .package)
event feedback --because 'thêm một việc'
again -o "$WORK/more" --time 2030-01-02T03:04:05Z --json
[ "$(value "$OUT" .package)" != "$objid" ] || fail "one more event, the same OBJID"

# --- the schemas take nothing else -----------------------------------------------------------------------
while IFS='|' read -r file change; do
    sed "$change" "$AIP/$file" >"$WORK/changed.xml"
    ! cmp -s "$AIP/$file" "$WORK/changed.xml" || fail "nothing changed: $change"
    case $file in *METS.xml) schema=mets ;; *EAD*) schema=ead ;; *) schema=premis ;; esac
    not_valid "$AIP/schemas/$schema.xsd" "$WORK/changed.xml" "$change"
done <<'X'
METS.xml|s/CHECKSUM="./CHECKSUM="/
METS.xml|s/CHECKSUM="./CHECKSUM="g/
METS.xml|s/\(CREATED="[^"]*\)+07:00"/\1"/
METS.xml|s/\(CREATEDATE="[^"]*\)+07:00"/\1Z"/
METS.xml|s/ SIZE="[0-9]*"//
METS.xml|s/SHA-256/MD5/
METS.xml|s/OAISPACKAGETYPE="AIP"/OAISPACKAGETYPE="DIP"/
METS.xml|s/LABEL="CSIP"/LABEL="ZIP"/
METS.xml|s/FILEID="schemas"/FILEID="nothing"/
METS.xml|s/xlink:title="rep1"/xlink:title="rep7"/
METS.xml|s/ID="schema-2"/ID="schema-1"/
METS.xml|s/href="schemas/href="..\/schemas/
METS.xml|s/href="schemas/href="http:\/\/x/
METS.xml|s/OBJID="urn:/OBJID="/
metadata/descriptive/EAD.xml|s/<arcFileCode>.*//
metadata/descriptive/EAD.xml|s/<totalDoc>4/<totalDoc>four/
representations/rep1/metadata/descriptive/EAD_doc_0000002.xml|s/<order>/<oder>/
representations/rep1/metadata/descriptive/EAD_doc_0000002.xml|s/<docDate>2/<docDate>12/
metadata/preservation/PREMIS.xml|s/<messageDigest>./<messageDigest>/
metadata/preservation/PREMIS.xml|s/agentIdentifierValue>agent-2</agentIdentifierValue>agent-9</
metadata/preservation/PREMIS.xml|s/xsi:type="file"/xsi:type="stream"/
metadata/preservation/PREMIS.xml|s/\(eventDateTime>.*\)+07:00/\1/
X

# --- SIP ------------------------------------------------------------------------------------------------
expect 0 "$SOHOA" export "$A" "$CODE" --as sip --fonds G09 --file-code G09.2021.01.001 -o "$WORK/sip" --json
sound "$WORK/sip" SIP
[[ $(value "$OUT" .package) =~ ^uuid-[0-9A-F-]{36}$ ]] || fail "OBJID of the SIP"
[ ! -e "$ROOT/representations/rep2" ] || fail "a SIP with originals"
[ -e "$ROOT/representations/rep1/data/G09.2021.01.001.0000004.pdf" ] || fail "no paper 4 of the SIP"
says "file code" "$ROOT/metadata/descriptive/EAD.xml" '<arcFileCode>G09.2021.01.001</arcFileCode>'
says "where the PDF came from" "$ROOT/metadata/preservation/PREMIS.xml" "Value>$(head -n 1 "$WORK/sources")<"

# --- JSON -------------------------------------------------------------------------------------------------
# by_schema FILE: what of it the schema does not take, as far as the schema goes.
by_schema() {
    jq -r --slurpfile s "$HERE/../../configs/portal.schema.json" '
        def kind: if type == "number" and . == floor then "integer" else type end;
        def bad($s; $r; $at):
            (if $s["$ref"] then $r["$defs"][$s["$ref"] | ltrimstr("#/$defs/")] else $s end) as $t
            | . as $v
            | (($t | keys) - ["type","required","additionalProperties","properties","items","minItems","enum",
                "minLength","maxLength","pattern","minimum","$schema","title","description","$defs"] | .[]
                | "\($at): the test knows no \(.)"),
              (if $t.type and kind != $t.type then "\($at): is \(kind)" else empty end),
              (if $t.enum and ([$v] | inside($t.enum) | not) then "\($at): \($v)" else empty end),
              (if type == "string" then
                (if length > ($t.maxLength // 1e9) or length < ($t.minLength // 0) then "\($at): length" else empty end),
                (if $t.pattern and (test($t.pattern) | not) then "\($at): \($v)" else empty end) else empty end),
              (if type == "number" and . < ($t.minimum // -1e9) then "\($at): \($v)" else empty end),
              (if type == "array" then
                (if length < ($t.minItems // 0) then "\($at): too few" else empty end),
                (range(length) as $i | $v[$i] | bad($t.items; $r; "\($at)[\($i)]")) else empty end),
              (if type == "object" then
                (($t.required // []) - keys | .[] | "\($at): lacks \(.)"),
                (keys[] as $k | if $t.properties[$k] then $v[$k] | bad($t.properties[$k]; $r; "\($at).\($k)")
                    else "\($at): has \($k)" end) else empty end);
        bad($s[0]; $s[0]; "$")' "$1"
}
expect 0 "$SOHOA" export "$A" "$CODE" --as json -o "$WORK/json" --json
holds "what is told" "$OUT" '.[0] | .as == "json" and .papers == 4 and .files == 5'
checked "$WORK/json"
JSON=$WORK/json/data/ho-so.json
same "what the schema does not take" "" "$(by_schema "$JSON")"
for change in 'del(.MaHoSo)' '.Extra = 1' '.GiayToSoHoa[0].LoaiSoHoa = 2' '.GiayToSoHoa[0].NguoiKy = "a" * 51' \
    '.TaiLieuNop[0].IsDeleted = "false"' '.NgayTiepNhan = "2026-07-01"' '.GiayToSoHoa = []' \
    '.TaiLieuNop[0].DuongDanTaiTepTin = "../a.pdf"'; do
    jq "$change" "$JSON" >"$WORK/changed.json"
    [ -n "$(by_schema "$WORK/changed.json")" ] || fail "the schema takes: $change"
done
holds "the dossier" "$JSON" '.[0] | .MaHoSo == $code and .MaTTHC == "1.000318" and .DonViXuLy == "H57.05"
    and .NgayHenTra == "2026-12-30" and .TrangThaiHoSo == 9 and .NgayTiepNhan == "2026-07-01T08:15:00+07:00"' \
    --arg code "$CODE"
holds "its papers" "$JSON" '.[0] | (.TaiLieuNop | length) == 3 and (.DanhSachGiayToKetQua | length) == 1
    and .TaiLieuNop[0].MaThanhPhanHoSo == "TP1" and .DanhSachGiayToKetQua[0].MaThanhPhanHoSo == "KQ1"
    and (.GiayToSoHoa | map(.LoaiSoHoa)) == [0, 1, 0, 0] and all(.GiayToSoHoa[]; .NguoiSoHoa == "Nguyễn Thị C")
    and ([.GiayToSoHoa[].DinhKem] | sort) == ([.TaiLieuNop[].DuongDanTaiTepTin,
        .DanhSachGiayToKetQua[].DuongDanTepTinKetQua] | sort)'
jq -r '(.TaiLieuNop[] | [.TepDinhKemId, .DuongDanTaiTepTin]), (.DanhSachGiayToKetQua[]
    | [.GiayToId, .DuongDanTepTinKetQua]) | join("  ")' "$JSON" >"$WORK/sums"
(cd "$WORK/json/data" && sha256sum --quiet -c "$WORK/sums") || fail "ids of files"
same "sizes" "$(jq '[.GiayToSoHoa[].DungLuong] | add' "$JSON")" \
    "$(find "$WORK/json/data/tep" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')"
cmp "$WORK/json/data/tep/$CODE.0000002.pdf" "$AIP/representations/rep1/data/$CODE.0000002.pdf" || fail "a PDF"

# --- a paper whose head is not on its first page: what others quote is not about it ------------------------
init "$WORK/d"
cp "$(find "$WORK/in" -name '*.tif' | sort | head -n 1)" "$WORK/letter.tif"
picture 1 >"$WORK/cover.pbm"
ingest 0 "$WORK/d" "$WORK/cover.pbm" "$WORK/letter.tif"
"$SOHOA" ls "$WORK/d" --json >"$WORK/ls.d"
mapfile -t BOTH < <(for name in cover letter; do jq -r --arg n "$name" 'select(.source | test($n)).page' "$WORK/ls.d"; done)
expect 0 "$SOHOA" fields "$WORK/d" "${BOTH[1]}" --json
holds "the letter has a head" "$OUT" '[.[].fields[].field] | contains(["number", "type"])'
expect 0 "$SOHOA" assign -A "$WORK/d" --dossier "$CODE" "${BOTH[@]}"
expect 0 "$SOHOA" export "$WORK/d" "$CODE" --as sip --fonds G09 -o "$WORK/cover" --json
holds "one paper" "$OUT" '.[0] | .papers == 1 and .pages >= 2'
sound "$WORK/cover" SIP
DOC=$ROOT/representations/rep1/metadata/descriptive/EAD_doc_0000001.xml
same "kind, number, date" "" "$(xmllint --xpath 'concat(/eadDoc/typeName, /eadDoc/codeNumber, /eadDoc/docDate)' "$DOC")"
same "title" 1 "$(xmllint --xpath 'string(/eadDoc/title)' "$DOC")"

# --- papers that were destroyed ----------------------------------------------------------------------------
TWO=H57.12-250705-0002
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" "${PAGES[5]}"
expect 0 "$SOHOA" assign -A "$A" --dossier "$TWO" "${PAGES[6]}"
expect 0 "$SOHOA" destroy -A "$A" --basis "QĐ 15/QĐ-UBND về $ID" --person 'Hội đồng xét huỷ' \
    --no-retention-set 'quá hạn' --yes "${PAGES[6]}"
expect 0 "$SOHOA" export "$A" "$TWO" --as aip --fonds G09 -o "$WORK/two" --json
holds "one is left" "$OUT" '.[0] | .papers == 1 and .pages == 1'
sound "$WORK/two" AIP
PREMIS=$ROOT/metadata/preservation/PREMIS.xml
same "deletions" 1 "$(of_premis "count(//<event>[<eventType>='deletion'])")"
says "its basis, masked" "$PREMIS" "<eventOutcomeDetailNote>QĐ 15/QĐ-UBND về $MASKED<"
says "who decided" "$PREMIS" '<agentName>Hội đồng xét huỷ</agentName>'
expect 0 "$SOHOA" export "$A" "$CODE" --as sip --fonds G09 -o "$WORK/one"
! grep -rq 'Hội đồng xét huỷ' "$WORK/one" || fail "what was destroyed of another dossier"

# --- pages that could not be read -----------------------------------------------------------------------------
make_pages "$WORK/bad" --set mixed --count 6 --dpi 60 --seed 12
several=$(find "$WORK/bad" -name '003-*') # a file of three pages
init "$WORK/b"
SOHOA_TEST_CELL=crash:1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0 expect 0 "$SOHOA_HOOKS" \
    ingest -A "$WORK/b" --json --io "$(io_of_build)" "$several"
file=$(sha256sum <"$several" | cut -d' ' -f1)
expect 0 "$SOHOA" assign -A "$WORK/b" --dossier "$CODE" "${file:0:32}.0" "${file:0:32}.1"
expect 0 "$SOHOA" assign -A "$WORK/b" --dossier "$TWO" "${file:0:32}.2"
for form in aip json; do
    fonds=(); [ $form = json ] || fonds=(--fonds G09)
    expect 1 "$SOHOA" export "$WORK/b" "$CODE" --as $form "${fonds[@]}" -o "$WORK/bad-$form"
    says "it is told" "$ERR" 'pages that could not be read are left out: 1'
    checked "$WORK/bad-$form"
done
sound "$WORK/bad-aip" AIP
says "it is noted" "$ROOT/metadata/preservation/PREMIS.xml" '1 pages could not be read and are left out'
expect 0 "$SOHOA" assign -A "$WORK/b" --dossier "$TWO" "${file:0:32}.1" # a paper of nothing else
expect 1 "$SOHOA" export "$WORK/b" "$TWO" --as aip --fonds G09 -o "$WORK/part"
sound "$WORK/part" AIP
same "PDFs" "$TWO.0000001.pdf" "$(ls "$ROOT/representations/rep1/data")"
expect 1 "$SOHOA" export "$WORK/b" "$TWO" --as json -o "$WORK/part-json" --json
holds "one of two is left out" "$OUT" '.[0] | .papers == 2 and .left_out == 1 and .files == 2'
same "its papers" 1 "$(jq '.GiayToSoHoa | length' "$WORK/part-json/data/ho-so.json")"
init "$WORK/c"
SOHOA_TEST_CELL=crash:0 ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0 expect 0 "$SOHOA_HOOKS" \
    ingest -A "$WORK/c" --json --io "$(io_of_build)" "$several"
expect 0 "$SOHOA" assign -A "$WORK/c" --dossier "$CODE" "${file:0:32}.0"
expect 3 "$SOHOA" export "$WORK/c" "$CODE" --as aip --fonds G09 -o "$WORK/none"
says "why" "$ERR" 'none of the pages could be read'
expect 3 "$SOHOA" export "$WORK/c" "$CODE" --as json -o "$WORK/none"

# --- whole or not at all ------------------------------------------------------------------------------------------
expect 3 "$SOHOA" export "$A" "$CODE" --as aip --fonds G09 -o "$WORK/aip"
one_clear_line "there is one" 'is there already'
expect 3 "$SOHOA" export "$A" "$CODE" --as aip --fonds G09 -o "$WORK/nowhere/aip"
expect 1 "$SOHOA" export "$A" H57.12-250705-9999 --as aip --fonds G09 -o "$WORK/none"
for wrong in '--as aip' '--as sip' '--as json --fonds G09' '--fonds G09' '--as bag --file-code A' '--as zip' \
    '--as aip --fonds a/b' '--as aip --fonds ..' '--as aip --fonds a:b' '--as aip --fonds G09 --file-code a/b' \
    '--as aip --fonds G09 --time soon' '--as json --time 2026-01-01' '--as json --agency A' \
    "--as aip --fonds $(printf 'A%.0s' {1..51})"; do
    # shellcheck disable=SC2086
    expect 2 "$SOHOA" export "$A" "$CODE" -o "$WORK/none" $wrong
done
expect 2 "$SOHOA" export "$A" "$CODE" -o "$WORK/none" --as aip --fonds G09 --agency $'a\nb'
expect 2 "$SOHOA" export "$A" "$CODE" -o "$WORK/none" --as aip --fonds G09 --agency ''
[ ! -e "$WORK/none" ] || fail "there is a package of nothing"
same "packages that were not finished" "" "$(find "$WORK" -maxdepth 1 -name '.*.part')"
stopped=0
for delay in 0.01 0.03 0.06 0.1 0.15 0.25; do # whenever it is: nothing, or all of it
    code=0
    timeout -s INT "$delay" "$SOHOA" export "$A" "$CODE" --as aip --fonds G09 -o "$WORK/cut" >"$OUT" 2>"$ERR" || code=$?
    if [ -e "$WORK/cut" ]; then
        checked "$WORK/cut"
        rm -r "$WORK/cut"
    else
        stopped=$((stopped + 1))
    fi
done
expect 0 "$SOHOA" export "$A" "$CODE" --as aip --fonds G09 -o "$WORK/cut"
sound "$WORK/cut" AIP
same "packages that were not finished" "" "$(find "$WORK" -maxdepth 1 -name '.*.part')"
verify_clean "$A"
say "4 papers by $(wc -l <"$WORK/rules") published rules; stopped $stopped times of 6"
