# tests/e2e/bad_page.sh - what a page that cannot be read means for its file and for the run is the
# user's to say.
. "$(dirname "$0")/lib.sh"
make_pages "$WORK/in" --set mixed --count 6 --dpi 60 --seed 12
several=$(find "$WORK/in" -name '003-*') # a file of three pages
cp "$several" "$WORK/several.pdf"
mkdir "$WORK/one"
mv "$several" "$WORK/one"

# hurt CODE ARCHIVE OPTION...: takes the file in while its second page crashes the reader.
hurt() {
    local want=$1 archive=$2
    shift 2
    SOHOA_TEST_CELL=crash:1 ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0 expect "$want" "$SOHOA_HOOKS" ingest -A "$archive" --json \
        --io "$(io_of_build)" "$@"
}

init "$WORK/a"
hurt 0 "$WORK/a" "$WORK/one"
holds "a placeholder" "$OUT" '.[0] | .outcome == "archived" and .pages == 3 and .pages_failed == 1'

init "$WORK/b"
hurt 1 "$WORK/b" --on-bad-page reject-document "$WORK/one"
holds "the file is rejected" "$OUT" '.[0] | .outcome == "quarantined" and .reason_code == "crashed"'
same "pages that can be seen" 0 "$("$SOHOA" ls "$WORK/b" --json | wc -l)"
same "its copy" "$(sha256sum <"$WORK/several.pdf")" \
    "$(sha256sum <"$(find "$WORK/b/quarantine" -type f ! -name '*.why*')")"
expect 0 "$SOHOA" ingest -A "$WORK/b" --json --on-bad-page reject-document "$WORK/one"
holds "whole, it is archived" "$OUT" '.[0] | .outcome == "archived" and .pages_failed == 0'
verify_clean "$WORK/b"

init "$WORK/c"
hurt 1 "$WORK/c" --on-bad-page abort-batch "$WORK/one"
says "the run says why it ends" "$ERR" 'could not be read: the run ends'

# A share of failures.
mkdir "$WORK/many"
for n in $(seq 60); do
    picture "$n" >"$WORK/many/$n.pbm"
done
for n in $(seq 10); do echo "$n" >"$WORK/many/bad-$n.pbm"; done
init "$WORK/d"
expect 1 "$SOHOA" ingest -A "$WORK/d" --quiet --max-failures 50 "$WORK/many"
same "taken, when few enough failed" 60 "$("$SOHOA" ls "$WORK/d" --json | wc -l)"
init "$WORK/e"
for n in $(seq 11 600); do echo "$n" >"$WORK/many/bad-$n.pbm"; done
expect 1 "$SOHOA" ingest -A "$WORK/e" --json --max-failures 50 "$WORK/many"
says "the share is told" "$ERR" 'of [0-9]+ files failed, more than 50 %: the run ends'
holds "it ended early" "$OUT" '.[-1].summary | .sources >= 20 and .sources < 660'
verify_clean "$WORK/e"
expect 2 "$SOHOA" watch -A "$WORK/e" --max-failures 50 "$WORK/many"
