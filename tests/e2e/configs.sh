# tests/e2e/configs.sh - the examples in configs/ are what the program takes.
. "$(dirname "$0")/lib.sh"
CONFIGS=$(cd "$(dirname "$0")/../../configs" && pwd)
A=$WORK/archive

init "$A"
mkdir "$WORK/scans" "$WORK/scan" "$WORK/scan/mot-cua-1" "$WORK/scan/kho-luu-tru"
echo 'no picture' >"$WORK/scans/a.txt"
for config in hub station; do
    ingest 1 "$A" -c "$CONFIGS/$config.yaml" "$WORK/scans"
done

# The service's, with its paths in this test's folder. Nothing else of it is changed, so that what
# it says of folders is tried: one waits 2 s and keeps files, the other 30 s, for a marker.
sed "s|/srv/sohoa/|$WORK/|" "$CONFIGS/watch.yaml" >"$WORK/watch.yaml"
same "all paths are adapted" 3 "$(grep -c "$WORK/" "$WORK/watch.yaml")"
echo 'no picture' >"$WORK/scan/mot-cua-1/b.txt"
echo 'no picture' >"$WORK/scan/kho-luu-tru/c.txt"
expect 1 "$SOHOA" watch -c "$WORK/watch.yaml" --once --disk-reserve 0 --json --io "$(io_of_build)"
holds "the counter's file is taken, the other waits for its marker" "$OUT" 'map(.source) == ["mot-cua-1/b.txt"]'
[ -e "$WORK/scan/kho-luu-tru/c.txt" ] || fail "taken without its marker"
expect 1 "$SOHOA" status "$A" --json
holds "it waits" "$OUT" '.[0].waiting.files == 1 and .[0].waiting.unfinished == 1'
for change in 's/name: mot-cua-1/name: Mot_Cua/' 's/priority: batch/priority: often/' 's/after: move/after: burn/' \
    's/settle-seconds: 30/settle-seconds: soon/' 's/marker: .ok/marker: x\/y/' "s/dossier-from: '(H57/dossier-from: '(H57(/" 's/^workers: 4/workers: 0/' \
    's/^rescan-seconds: 2/rescan: 2/' 's/name: kho-luu-tru/name: mot-cua-1/' 's/scan\/kho-luu-tru/scan\/mot-cua-1/'; do
    sed "$change" "$WORK/watch.yaml" >"$WORK/wrong.yaml"
    ! cmp -s "$WORK/watch.yaml" "$WORK/wrong.yaml" || fail "not in the example: $change"
    expect 2 "$SOHOA" watch -c "$WORK/wrong.yaml" --once
done

# The unit names what there is, and systemd understands every line.
UNIT=$CONFIGS/sohoa-watch.service
for option in $(sed -n 's/^ExecStart=//p' "$UNIT" | grep -o -- '--[a-z-]*'); do
    "$SOHOA" watch --help | grep -Eq -- "(^| )$option( |$)" || fail "the unit's $option is no option"
done
if command -v systemd-analyze >"$OUT"; then
    sed "s|^ExecStart=/usr/local/bin/sohoa|ExecStart=$SOHOA|" "$UNIT" >"$WORK/sohoa-watch.service"
    systemd-analyze verify --man=no "$WORK/sohoa-watch.service" >"$OUT" 2>&1 ||
        fail "systemd does not take the unit"
    ! grep "$WORK" "$OUT" || fail "systemd has a complaint"
else
    say "no systemd-analyze here: the unit was not given to it"
fi
