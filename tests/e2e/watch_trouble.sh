# tests/e2e/watch_trouble.sh - days of trouble in minutes: eight writers drop files in bursts into
# five hot folders, slowly, by renaming, under the same names, twice, broken, and some were there
# before; the service is killed every few seconds and its disk is full twice. In the end every file
# is in the ledger once and the archive is that of a quiet run.
# SOHOA_FILES: how many. SOHOA_SEED does a run's choices again.
if [ "${1:-}" != inside ] && unshare --map-root-user --mount true 2>/dev/null; then
    exec unshare --map-root-user --mount bash "$0" inside
fi
. "$(dirname "$0")/lib.sh"
[ "${1:-}" = inside ] || skip "user namespaces are not allowed here, so no small disk can be made"

FILES=${SOHOA_FILES:-2000}
sanitized && FILES=${SOHOA_FILES:-200}
SEED=${SOHOA_SEED:-$((SRANDOM % 32768))}
RANDOM=$SEED
WRITERS=8
say "seed $SEED, $FILES files"

DISK=$WORK/disk
mkdir "$DISK" "$WORK/in" "$WORK/dropped"
mount -t tmpfs -o size=600m none "$DISK"
trap 'umount "$DISK" 2>/dev/null || true; clean_up' EXIT
init "$DISK/archive"

make_pages "$WORK/pages" --set mixed --count 24 --dpi 60 --seed 9
PAGES=("$WORK"/pages/*)
{
    printf 'archive: %s\nio: %s\nrescan-seconds: 1\ndisk-reserve: 16M\nfolders:\n' \
        "$DISK/archive" "$(io_of_build)"
    for i in 1 2 3 4 5; do
        mkdir "$WORK/in/$i"
        printf '  - {name: f%s, path: %s, settle-seconds: 1, priority: %s}\n' "$i" "$WORK/in/$i" \
            "$([ "$i" -le 3 ] && echo station || echo batch)"
    done
} >"$WORK/watch.yaml"

# content N: what file N holds. One in fifteen is broken, one in twelve is another's again, one in
# sixteen has text; the rest are small white pages, each its own.
content() {
    local n=$1
    [ $((n % 12)) != 7 ] || n=$((n - 6))
    if [ $((n % 15)) = 3 ]; then
        printf 'broken %s' "$n"
    elif [ $((n % 16)) = 5 ]; then
        cat "${PAGES[n / 16 % ${#PAGES[@]}]}"
    else
        picture "$n"
    fi
}

# drop N: brings file N into an inbox in one of the ways that scanners have.
drop() {
    local n=$1 dir=$WORK/in/$(($1 % 5 + 1)) name
    # The same names in every folder, and again later.
    name=$(printf 'scan %03d.pbm' $((n / 5 % 200)))
    case $((n % 3)) in
    1) dir=$dir/desk$((n % 4)) ;;
    2) dir=$dir/$((n / 1000))/a/b ;;
    esac
    mkdir -p "$dir"
    while [ -e "$dir/$name" ]; do # a scanner does not write over its own scan
        name=x$name
    done
    content "$n" >"$WORK/dropped/$n"
    case $((n % 7)) in
    0) # renamed when it is done
        cp "$WORK/dropped/$n" "$dir/.$name.part"
        mv "$dir/.$name.part" "$dir/$name"
        ;;
    1)
        cp "$WORK/dropped/$n" "$dir/$name.tmp"
        mv "$dir/$name.tmp" "$dir/$name"
        ;;
    2) # with a pause longer than the settle time: the writer has it open
        {
            head -c 9 "$WORK/dropped/$n"
            [ $((n % 49)) != 2 ] || sleep 2
            tail -c +10 "$WORK/dropped/$n"
        } >"$dir/$name"
        ;;
    3) # opened and closed for every piece
        head -c 9 "$WORK/dropped/$n" >"$dir/$name"
        [ $((n % 21)) != 3 ] || sleep 0.4
        tail -c +10 "$WORK/dropped/$n" >>"$dir/$name"
        ;;
    *) cp "$WORK/dropped/$n" "$dir/$name" ;;
    esac
}

writer() {
    local n
    for ((n = $1; n < FILES; n += WRITERS)); do
        drop "$n"
        [ $((n / WRITERS % 40)) != 39 ] || sleep 1.5 # bursts
    done
}

# Some are there before the service is.
for ((n = FILES; n < FILES + 40; n++)); do drop "$n"; done

writers=()
for ((w = 0; w < WRITERS; w++)); do
    writer "$w" &
    writers+=($!)
done

writing() {
    local w
    for w in "${writers[@]}"; do
        kill -0 "$w" 2>/dev/null && return 0
    done
    return 1
}

left() { find "$WORK/in" -type f ! -path '*/done/*' ! -path '*/quarantine/*' ! -name LOCK | wc -l; }

kills=0 full=0
serve -c "$WORK/watch.yaml"
while writing || [ "$kills" -lt 8 ] || [ "$full" -lt 2 ] ||
    { [ "$kills" -lt 25 ] && [ "$(left)" -gt 100 ]; }; do
    sleep "$((RANDOM % 3 + 1)).$((RANDOM % 10))"
    case $kills in
    2 | 5) # no room at all for a while, and the service lives on
        if [ "$full" -lt $((kills / 2)) ]; then
            full=$((full + 1))
            cat /dev/zero >"$DISK/ballast" 2>/dev/null || true
            sleep 4
            kill -0 "$SERVICE" 2>/dev/null || fail "the service ended on a full disk"
            rm "$DISK/ballast"
            continue
        fi
        ;;
    esac
    kill_service
    kills=$((kills + 1))
    serve -c "$WORK/watch.yaml"
done
wait "${writers[@]}"

# Then it is left alone until nothing is left to do.
PATIENCE=300
nothing_left() { [ "$(left)" = 0 ]; }
wait_for "all files to be taken" nothing_left
# The last one may have been started this moment: it is stopped when it has said that it runs.
says_it_runs() { [ "$(jq -r .pid "$DISK/archive/status.json" 2>/dev/null)" = "$SERVICE" ]; }
wait_for "the service" says_it_runs
stop_service
says "the full disk was told of" "$WORK/log" 'disk-full|retrying'

# Every file is accounted for: the folder it came to and the bytes it had, once each.
total=$((FILES + 40))
for n in "$WORK"/dropped/*; do
    printf 'f%s %s\n' $((${n##*/} % 5 + 1)) "$(sha256sum <"$n" | cut -d' ' -f1)"
done | LC_ALL=C sort >"$WORK/wanted"
"$SOHOA" ledger "$DISK/archive" --json >"$WORK/ledger"
jq -r '"\(.folder) \(.sha256)"' "$WORK/ledger" | LC_ALL=C sort >"$WORK/got"
same_file "files dropped and files in the ledger" "$WORK/wanted" "$WORK/got"
same "tickets" "$total" "$(jq -r .ticket "$WORK/ledger" | sort -u | wc -l)"
holds "as many objects as different files" "$WORK/ledger" '
    (map(select(.outcome == "archived").sha256) | length == (unique | length))
    and ((map(select(.outcome == "duplicate").sha256) | unique)
         - map(select(.outcome == "archived").sha256) == [])'
same "files in done and quarantine" "$total" \
    "$(find "$WORK/in" -type f \( -path '*/done/*' -o -path '*/quarantine/*' \) \
        ! -name '*.why' ! -name '*.why.json' | wc -l)"
find "$WORK/in" -path '*/quarantine/*' -type f ! -name '*.why*' | while read -r file; do
    [ -s "$file.why" ] && jq -e .reason_code "$file.why.json" >/dev/null ||
        fail "no reason beside $file"
done
verify_clean "$DISK/archive"

# The same files in a quiet run.
init "$WORK/quiet"
mkdir "$WORK/calm"
cp "$WORK"/dropped/* "$WORK/calm"
expect 1 "$SOHOA" watch -A "$WORK/quiet" --once --quiet --io "$(io_of_build)" --disk-reserve 0 \
    "$WORK/calm"
what_is_in() {
    pages_of "$1" | jq -cS 'del(.source)' | LC_ALL=C sort
    "$SOHOA" ls "$1" --json | jq -r .source_sha256 | LC_ALL=C sort -u | while read -r id; do
        "$SOHOA" get "$1" "$id" --as record
    done
    "$SOHOA" ledger "$1" --json | jq -r '"\(.sha256) \(.reason_code)"' | LC_ALL=C sort
}
what_is_in "$DISK/archive" >"$WORK/.troubled"
what_is_in "$WORK/quiet" >"$WORK/.quiet"
same_file "the archive of a quiet run" "$WORK/.quiet" "$WORK/.troubled"
say "$total files, $kills kills, the disk full $full times: $(jq -r .outcome "$WORK/ledger" | sort |
    uniq -c | awk '{printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2}')"
