# tests/e2e/full_disk.sh - the disk fills up, at different points of a run: one clear line, nothing
# that was told of is lost, and with more room the same command completes.
# A small file system of our own needs a user namespace.
if [ "${1:-}" != inside ] && unshare --map-root-user --mount true 2>/dev/null; then
    exec unshare --map-root-user --mount bash "$0" inside
fi
. "$(dirname "$0")/lib.sh"
[ "${1:-}" = inside ] || skip "user namespaces are not allowed here, so no small disk can be made"

make_pages "$WORK/in" --set bilevel --count 10 --dpi 72 --seed 6
head -c 3000000 /dev/urandom >"$WORK/in/003-no-picture.jpg" # its copy goes to quarantine
DISK=$WORK/disk
mkdir "$DISK"
trap 'umount "$DISK" 2>/dev/null || true; clean_up' EXIT

init "$WORK/roomy"
ingest 1 "$WORK/roomy" "$WORK/in"
pages_of "$WORK/roomy" >"$WORK/roomy.pages"
contents_of "$WORK/roomy" >"$WORK/roomy.contents"

# A segment in use is 64 MiB: before it, in the catalogue, in the quarantine.
failed=0
for kib in 20000 65560 65700 66000 66600 67500; do
    mount -t tmpfs -o "size=${kib}k" none "$DISK"
    init "$DISK/archive"
    code=0
    "$SOHOA" ingest -A "$DISK/archive" --json --workers 1 "$WORK/in" >"$OUT" 2>"$ERR" || code=$?
    no_sanitizer_finding "$ERR"
    if [ "$code" = 1 ]; then
        say "$kib KiB: enough"
    else
        same "exit code on a full disk" 3 "$code"
        one_clear_line "the disk is full ($kib KiB)" 'No space left on device|disk is full'
        say "$kib KiB: $(cat "$ERR")"
        failed=$((failed + 1))
    fi
    jq -r 'select(.outcome == "archived").sha256' "$OUT" >"$WORK/.told"
    mount -o remount,size=200000k "$DISK"
    "$SOHOA" ls "$DISK/archive" --json >"$WORK/.have"
    while read -r id; do
        grep -q "$id" "$WORK/.have" || fail "told of as archived, and lost: $id"
    done <"$WORK/.told"
    ingest 1 "$DISK/archive" "$WORK/in"
    pages_of "$DISK/archive" >"$WORK/.pages"
    contents_of "$DISK/archive" >"$WORK/.contents"
    same_file "pages in the end" "$WORK/roomy.pages" "$WORK/.pages"
    same_file "contents in the end" "$WORK/roomy.contents" "$WORK/.contents"
    verify_clean "$DISK/archive"
    umount "$DISK"
done
[ "$failed" -ge 3 ] || fail "only $failed of the disks were too small"

# No room for a new archive either.
mount -t tmpfs -o size=4k,nr_inodes=3 none "$DISK"
expect 3 "$SOHOA" init "$DISK/archive"
one_clear_line "no room for an archive" 'No space left on device'
umount "$DISK"
