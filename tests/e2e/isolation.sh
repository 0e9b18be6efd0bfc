# tests/e2e/isolation.sh - however the work is done, the archive holds the same.
. "$(dirname "$0")/lib.sh"

count=11
sanitized && count=4
make_pages "$WORK/in" --set mixed --count "$count" --dpi 60 --seed 11
echo 'no picture' >"$WORK/in/012-note.txt"

# way NAME ARGUMENT...
way() {
    local name=$1 archive=$WORK/$1
    shift
    init "$archive"
    expect 1 "$SOHOA" ingest -A "$archive" --json "$@" "$WORK/in"
    sums_add_up "$OUT"
    jq -cS 'select(.source)' "$OUT" | LC_ALL=C sort >"$archive.lines"
    pages_of "$archive" >"$archive.pages"
    contents_of "$archive" >"$archive.contents"
    verify_clean "$archive"
    [ "$name" = usual ] && return
    same_file "outcomes with $*" "$WORK/usual.lines" "$archive.lines"
    same_file "pages with $*" "$WORK/usual.pages" "$archive.pages"
    same_file "contents with $*" "$WORK/usual.contents" "$archive.contents"
}

way usual --workers 1 --io plain
way process4 --isolation process --workers 4 --io plain
way thread2 --isolation thread --workers 2 --io plain
case "$(io_of_build) $("$SOHOA" --version | tail -n 1)" in
auto*io_uring*)
    way uring2 --isolation process --workers 2 --io uring
    way uring_thread1 --isolation thread --workers 1 --io uring
    ;;
*)
    say "left out: no ring here ($("$SOHOA" --version | tail -n 1))"
    ;;
esac
