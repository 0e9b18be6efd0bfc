# tests/e2e/flip.sh - one byte of a small archive is another: verify reports it, and names the file;
# an original comes back right or not at all. A sample of bytes; every byte is a test of storage.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
STEP=97
sanitized && STEP=1009

make_pages "$WORK/in" --set bilevel --count 1 --dpi 72 --seed 12
init "$A"
ingest 0 "$A" "$WORK/in"
verify_clean "$A"
mapfile -t IDS < <(jq -r 'select(.source).sha256' <(ingest 0 "$A" "$WORK/in"; cat "$OUT"))

# put FILE AT BYTE
put() { printf "\\$(($3 >> 6))$(($3 >> 3 & 7))$(($3 & 7))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# What came back is what was archived, or nothing came back.
right_or_nothing() {
    local id code=0
    for id in "${IDS[@]}"; do
        rm -f "$WORK/back"
        "$SOHOA" get "$A" "$id" --as original -o "$WORK/back" 2>"$ERR" || code=$?
        no_sanitizer_finding "$ERR"
        if [ -e "$WORK/back" ]; then
            same "an original" "$id" "$(sha256sum <"$WORK/back" | cut -d' ' -f1)"
            back=$((back + 1))
        else
            [ "$code" != 0 ] || fail "get gave nothing and was content"
        fi
    done
}

# Thousands of times: without any process but verify and the two writes.
flip() {
    local file=$1 at=$2 byte=$((16#$3)) name=${1##*/} code=0 lines
    put "$file" "$at" $((byte ^ (1 << (at % 8))))
    "$SOHOA" verify "$A" --json >"$OUT" 2>"$ERR" || code=$?
    lines=$(<"$OUT")
    case $code in
    1)
        # catalogue.db and its checksum are one thing to an operator.
        [[ $lines =~ \"file\":\"[^\"]*${name%.*}[^\"]*\" && $lines =~ \"what\":\"[^\"]{5,} ]] ||
            fail "byte $at of $file: no line that names the file and says what is wrong"
        [[ ${lines##*$'\n'} =~ \"bad\":([0-9]+).*\"missing\":([0-9]+) ]] ||
            fail "byte $at of $file: no summary"
        [ $((BASH_REMATCH[1] + BASH_REMATCH[2])) -gt 0 ] || fail "byte $at of $file: nothing bad"
        ;;
    3 | 4)
        same "only FORMAT stops verify" FORMAT "$name"
        one_clear_line "byte $at of FORMAT" 'FORMAT|format version|damaged'
        ;;
    *) fail "exit code $code with byte $at of $file flipped" ;;
    esac
    [ $((flips % 20)) != 0 ] || right_or_nothing
    put "$file" "$at" "$byte"
    flips=$((flips + 1))
}

flips=0 back=0
mapfile -t FILES < <(find "$A" -type f ! -name LOCK ! -name scrub.json ! -size 0 | sort)
for file in "${FILES[@]}"; do
    chmod u+w "$file"
    size=$(stat -c %s "$file") before=$flips
    mapfile -t bytes < <(od -An -v -w1 -tx1 "$file" | tr -d " ")
    flip "$file" $((size - 1)) "${bytes[size - 1]}"
    for ((at = 0; at < size; at += STEP)); do
        flip "$file" "$at" "${bytes[at]}"
    done
    say "$((flips - before)) bytes of $(basename "$file") ($size bytes)"
done
[ "$back" -gt 0 ] || fail "no original could be read with a byte flipped elsewhere"
verify_clean "$A"
