# tests/e2e/watch_poll.sh - an inbox on a mount that tells nobody of changes made behind it, as SMB
# and NFS do: a FUSE mirror, written to from its other side. Nothing is stranded.
. "$(dirname "$0")/lib.sh"
command -v bindfs >/dev/null || skip "bindfs is not installed"
mkdir "$WORK/behind" "$WORK/mount"
bindfs "$WORK/behind" "$WORK/mount" 2>"$ERR" || skip "FUSE mounts are not allowed here: $(cat "$ERR")"
unmount() { "$(command -v fusermount3 || command -v fusermount)" -u -z "$WORK/mount" || true; }
trap 'unmount; clean_up' EXIT

FILES=120
sanitized && FILES=60
init "$WORK/archive"
drop() {
    local dir=$WORK/behind/desk$(($1 % 4)) name=scan$1.pbm
    mkdir -p "$dir"
    case $(($1 % 3)) in
    0)
        picture "$1" >"$dir/$name.part"
        mv "$dir/$name.part" "$dir/$name"
        ;;
    1)
        picture "$1" | { head -c 20 && sleep 0.3 && cat; } >"$dir/$name"
        ;;
    2) picture "$1" >"$dir/$name" ;;
    esac
}

for ((n = 0; n < FILES / 3; n++)); do drop "$n"; done # present at the start
start() {
    serve -A "$WORK/archive" --rescan-seconds 1 --io "$(io_of_build)" --disk-reserve 0 "$WORK/mount"
}
start
for (( ; n < FILES; n++)); do
    drop "$n"
    [ $((n % 20)) != 0 ] || sleep 1
    if [ "$n" = $((FILES / 2)) ]; then
        kill_service
        start
    fi
done
nothing_left() {
    local rest # directories vanish under find
    rest=$(find "$WORK/behind" -name '*.pbm*' ! -path '*/done/*') || true
    head -n 3 <<<"$rest"
    [ -z "$rest" ]
}
wait_for "these files, stranded" nothing_left
stop_service
for ((n = 0; n < FILES; n++)); do picture "$n" | sha256sum | cut -d' ' -f1; done |
    LC_ALL=C sort >"$WORK/wanted"
"$SOHOA" ledger "$WORK/archive" --json >"$WORK/ledger"
jq -r 'select(.outcome == "archived").sha256' "$WORK/ledger" | LC_ALL=C sort >"$WORK/got"
same_file "files written and files archived" "$WORK/wanted" "$WORK/got"
same "lines in the ledger" "$FILES" "$(wc -l <"$WORK/ledger")"
verify_clean "$WORK/archive"
say "$FILES files through $(stat -f -c %T "$WORK/mount" 2>/dev/null), none stranded, none doubled"
