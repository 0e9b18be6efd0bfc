# tests/e2e/renderer.sh - the program that draws PDF pages reads and draws, and that is all: it writes
# nowhere, leaves nothing behind, inherits nothing, and a stop of the run does not cost its page.
. "$(dirname "$0")/lib.sh"
command -v pdftocairo >/dev/null || skip "pdftocairo is not installed"

make_pages "$WORK/all" --set demo
mkdir "$WORK/in" "$WORK/bin"
mv "$WORK"/all/007-*.pdf "$WORK/in" # written by a program: its one page has to be drawn

# draw_with: the rest of a shell script that stands in for pdftocairo; the real one is $REAL.
draw_with() {
    rm -rf "$WORK/archive"
    init "$WORK/archive"
    {
        printf '#!%s\nWORK=%q REAL=%q\n' "$BASH" "$WORK" "$(command -v pdftocairo)"
        cat
    } >"$WORK/bin/pdftocairo"
    chmod +x "$WORK/bin/pdftocairo"
}

draw_with <<'EOF'
exit 9
EOF
PATH=$WORK/bin:$PATH ingest 1 "$WORK/archive" "$WORK/in"
holds "the page is drawn by the stand-in" "$OUT" '.[0].reason | contains("exit status 9")'

echo precious >"$WORK/victim"
draw_with <<'EOF'
[ -e /proc/self/fd/99 ] && exit 41
: 2>/dev/null >"$WORK/archive/new" && exit 42
: 2>/dev/null >"$WORK/victim" && exit 43
: 2>/dev/null >>"$WORK/victim" && exit 44
: 2>/dev/null <>"$WORK/victim" && exit 45
: 2>/dev/null </dev/tcp/127.0.0.1/9 && exit 46
kill -0 "$PPID" 2>/dev/null && exit 47
read -r line <"$WORK/victim" || exit 48 # fonts have to be read
exec "$REAL" "$@"
EOF
exec 99>"$WORK/callers"
PATH=$WORK/bin:$PATH ingest 0 "$WORK/archive" "$WORK/in"
exec 99>&-
holds "every wall held, and the page was drawn" "$OUT" '.[-1].summary.pages_failed == 0'
same "what must not change" precious "$(cat "$WORK/victim")"
[ ! -e "$WORK/archive/new" ] || fail "the renderer made a file in the archive"

draw_with <<'EOF'
(: >"$WORK/forked") &
exec "$REAL" "$@"
EOF
PATH=$WORK/bin:$PATH ingest 1 "$WORK/archive" "$WORK/in"
holds "a renderer that starts a process is refused" "$OUT" \
    'map(select(.source)) | all(.outcome == "quarantined" and .reason_code == "renderer")'

# A closed terminal, a stopped service: the signal goes to every process of the group.
mkfifo "$WORK/go_on"
draw_with <<'EOF'
read -r line <"$WORK/go_on"
exec "$REAL" "$@"
EOF
set -m
PATH=$WORK/bin:$PATH "$SOHOA" ingest -A "$WORK/archive" --json --workers 1 "$WORK/in" \
    >"$OUT" 2>"$ERR" &
run=$!
set +m
GROUPS_STARTED+=("$run")
exec 98>"$WORK/go_on" # opens when the renderer is there to read
kill -HUP -- "-$run"
kill -TERM -- "-$run"
echo >&98
got=0
wait "$run" || got=$?
exec 98>&-
same "exit code of a stopped run" 130 "$got"
holds "no page was lost to the stop" "$OUT" '
    .[-1].summary | .quarantined == 0 and .pages_failed == 0'
