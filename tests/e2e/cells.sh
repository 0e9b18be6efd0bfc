# tests/e2e/cells.sh - a cell that crashes, hangs, leaves or eats memory costs its page only, with a
# reason that names the limit; and it cannot get out.
. "$(dirname "$0")/lib.sh"

make_pages "$WORK/all" --set mixed --count 7 --dpi 72 --seed 5
mkdir "$WORK/in"
mv "$WORK"/all/002-*.tif "$WORK"/all/007-*.pdf "$WORK/in" # two pages and three

# misbehave HOW:INDEX ARGUMENT...: takes the two files in with a cell that does so.
misbehave() {
    local how=$1 want=$2
    shift 2
    rm -rf "$WORK/archive"
    init "$WORK/archive"
    local got=0
    # What a crash looks like is up to the kernel, not to a sanitizer's handler.
    SOHOA_TEST_CELL=$how ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:handle_abort=0 \
        "$SOHOA_HOOKS" ingest -A "$WORK/archive" --json "$@" "$WORK/in" >"$OUT" 2>"$ERR" || got=$?
    same "exit code with $how" "$want" "$got"
    sums_add_up "$OUT"
    cp "$OUT" "$WORK/$how.json"
}

# costs_its_page HOW CODE DETAIL ARGUMENT...
costs_its_page() {
    local how=$1 code=$2 detail=$3
    shift 3
    misbehave "$how:1" 0 "$@"
    no_sanitizer_finding "$ERR"
    holds "$how costs a page of each file" "$OUT" '.[-1].summary | .archived == 2 and .pages == 5
                                                    and .pages_failed == 2'
    "$SOHOA" ls "$WORK/archive" --json >"$WORK/ls"
    holds "$how: the second page failed, for this reason" "$WORK/ls" '
        length == 5 and (map(select(.status == "failed")) | length == 2
        and all(.index == 1 and .reason_code == $code and (.reason | contains($detail))))' \
        --arg code "$code" --arg detail "$detail"
    holds "$how: the other pages were read" "$WORK/ls" \
        'map(select(.index != 1)) | all(.status == "ok" and .reason == null)'
    originals_come_back "$WORK/archive" "$WORK/$how:1.json"
    verify_clean "$WORK/archive"
    say "$how: $(jq -r 'select(.index == 1).reason' "$WORK/ls" | sort -u)"
}

costs_its_page crash crashed "killed by signal 11"
costs_its_page exit crashed "exit status 3"
SECONDS_MAX=5 # more than any page takes that is read, on a busy machine too
sanitized && SECONDS_MAX=20
costs_its_page hang time-limit "($SECONDS_MAX s)" --page-seconds "$SECONDS_MAX"
if sanitized; then
    say "left out: a sanitizer's shadow memory knows no limit of the address space"
else
    costs_its_page memory memory-limit "(512 MiB)" --cell-memory 512M
fi

misbehave escape:all 0
same "pages that tried to get out" 5 "$(grep -c 'the cell stayed inside' "$ERR")"
holds "they were read all the same" "$OUT" '.[-1].summary | .pages == 5 and .pages_failed == 0'

misbehave crash:all 1
holds "files without a page that can be read are quarantined" "$OUT" '
    .[-1].summary.quarantined == 2
    and (map(select(.source)) | all(.outcome == "quarantined" and .reason_code == "crashed"))'
same "reasons written down" 2 "$(find "$WORK/archive/quarantine" -name '*.why' | wc -l)"
for why in "$WORK"/archive/quarantine/*.why; do
    says "English" "$why" '^Problem: the reader stopped unexpectedly .*signal 11'
    says "Vietnamese" "$why" '^Lỗi: bộ đọc dừng đột ngột'
    says "advice" "$why" '^Cách xử lý: '
    copy=${why%.why}
    cmp -s "$copy" "$WORK/in/$(basename "$copy" | cut -c18-)" || fail "$copy is not what came"
done
