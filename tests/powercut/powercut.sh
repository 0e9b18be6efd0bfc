#!/usr/bin/env bash
# tests/powercut/powercut.sh BUILD - pulls the plug of a machine that archives, again and again:
# user-mode Linux with ext4 and io_uring, its kernel killed at a random moment. What it acknowledged
# outside before that must be there when it runs again. CYCLES: how many cuts.
#
# What the guest's kernel held in memory is lost, what it gave to the disk stays: a missing sync
# shows, a disk that lies about its cache does not.
BUILD=$(cd "$1" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
ON_DISK=yes # what the guest mounts on /dev hides /dev/shm
. "$HERE/../e2e/lib.sh"

CYCLES=${CYCLES:-20}
CONTROLS=12                   # cuts of what does not sync, at most
INGESTS=$(((CYCLES + 3) / 4)) # cuts of the whole program
FRESH=5                       # cuts that one disk lives through
PICTURES=3000
CUT_MS=1500
RECOVERY_MS=400
DISK_BYTES=512M
FULL_BYTES=32M # a disk that becomes full
MEMORY=512M
SHARE=$WORK/share
PROGRAMS=$BUILD/tests/powercut
mkdir "$SHARE"

for program in linux.uml:user-mode-linux mke2fs:e2fsprogs mount:mount; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${program%:*}" >/dev/null ||
        skip "the Debian package ${program#*:} is not installed"
done
SEED=${SOHOA_SEED:-$((SRANDOM % 32768))}
RANDOM=$SEED
say "seed $SEED (SOHOA_SEED=$SEED chooses the same moments again)"

fresh_disk() {
    rm -f "$WORK/disk" "$SHARE"/*
    truncate -s "${1:-$DISK_BYTES}" "$WORK/disk"
    PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t ext4 "$WORK/disk"
}

# boot JOB: the machine, in a process group of its own: $MACHINE.
boot() {
    rm -f "$SHARE/started" "$SHARE/code"
    printf '%s\n' "$1" >"$SHARE/job"
    setsid linux.uml mem="$MEMORY" root=/dev/root rootfstype=hostfs rootflags=/ ro quiet \
        init="$HERE/guest.sh" SHARE="$SHARE" ubd0="$WORK/disk" uml_dir="$WORK/machines" \
        con0=null,fd:1 con=null ssl=null </dev/null >"$WORK/console" 2>&1 &
    MACHINE=$!
    GROUPS_STARTED=("$MACHINE")
    wait_for "the machine" started_or_gone
    [ -e "$SHARE/started" ] || trouble "the machine did not start"
}

started_or_gone() { [ -e "$SHARE/started" ] || ! kill -0 "$MACHINE" 2>/dev/null; }

# Nothing of the process group runs any more; what nobody has waited for may still have its number.
gone() {
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v group="$MACHINE" '
        { sub(/^.*\) /, "") } $3 == group && $1 != "Z" { found = 1 } END { exit found }'
}

trouble() {
    { tail -n 20 "$WORK/console" "$SHARE/log" || true; } >&2
    fail "$@"
}

# The kernel first, then what it had started.
pull_plug() {
    kill -KILL "$MACHINE" 2>/dev/null || true
    kill -KILL -- "-$MACHINE" 2>/dev/null || true
    wait "$MACHINE" 2>/dev/null || true
    wait_for "the machine's end" gone
    GROUPS_STARTED=()
}

seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

# cut_after MILLISECONDS. A job that was done before leaves nothing to go on with: ENDED.
cut_after() {
    sleep "$(seconds "$1")"
    pull_plug
    ENDED=false
    [ ! -s "$SHARE/code" ] || ENDED=true
    ! $ENDED || [ "$(cat "$SHARE/code")" = 0 ] || trouble "the job failed before the cut"
}

# run_to_end JOB: $CODE is its exit code. A machine that dies by itself was one more cut: again.
run_to_end() {
    local try
    for try in 1 2 3; do
        boot "$1"
        wait_for "the job" gone
        pull_plug
        [ ! -s "$SHARE/code" ] || break
        say "the machine died by itself ($try)"
    done
    [ -s "$SHARE/code" ] || trouble "the machine dies"
    CODE=$(cat "$SHARE/code")
}

acknowledged() { tail -n 1 "$SHARE/acks"; }
over() { [ -s "$SHARE/code" ] || gone; }
acks_more_than() { over || [ "$(wc -l <"$SHARE/acks")" -gt "$1" ]; }

# --- groups of objects, by storage/archive.h ---

WRITE="write /run/disk/archive /run/host/acks"
CHECK="exec $PROGRAMS/powercut check /run/disk/archive /run/host/acks >/run/host/verdict"

# groups_cut NAME PROGRAM CYCLE: a cut, and a look at what is there. Most cuts come while groups are
# committed, one in four at any time after the start, and one in two is followed by a cut while the
# archive recovers. Counts in GROWN, LOST and DAMAGED.
groups_cut() {
    local after=$((RANDOM % CUT_MS)) again=$((RANDOM % RECOVERY_MS)) of=start before when
    touch "$SHARE/acks"
    before=$(acknowledged)
    boot "exec $2 $WRITE"
    if [ $(($3 % 4)) != 0 ]; then
        of='first group'
        wait_for "an acknowledgement" acks_more_than "$(wc -l <"$SHARE/acks")"
    fi
    cut_after "$after"
    when="cut $after ms after the $of"
    $ENDED || [ "$(acknowledged)" = "$before" ] || GROWN=$((GROWN + 1))
    if [ $(($3 % 2)) = 0 ]; then
        boot "$CHECK"
        sleep "$(seconds "$again")"
        pull_plug
        when="$when and $again ms into recovery"
    fi
    run_to_end "$CHECK"
    say "$1 $3, $when: $(cat "$SHARE/verdict")"
    case $CODE in
    0) ;;
    3) LOST=$((LOST + 1)) ;;
    *) DAMAGED=$((DAMAGED + 1)) && tail -n 1 "$SHARE/log" ;;
    esac
}

GROWN=0 LOST=0 DAMAGED=0 ENDED=false
for ((cycle = 0; cycle < CYCLES; cycle++)); do
    # A disk on which not even the archive was made has nothing to go on with.
    if [ $((cycle % FRESH)) = 0 ] || $ENDED || [ ! -s "$SHARE/acks" ]; then
        fresh_disk
    fi
    groups_cut groups "$PROGRAMS/powercut" $((cycle + 1))
    [ "$LOST" = 0 ] || trouble "acknowledged groups were lost"
    [ "$DAMAGED" = 0 ] || trouble "the archive is damaged"
done
say "groups: $CYCLES cuts, $GROWN of them while groups were acknowledged: none was lost"
[ "$GROWN" -ge $((CYCLES / 2)) ] || fail "only $GROWN cuts came while groups were acknowledged"

# --- the control: what does not sync must be seen to lose ---

# A cut while a segment is being sealed, which is synced, finds everything: two that lose are enough.
LOST=0
for ((cycle = 0; cycle < CONTROLS && LOST < 2; cycle++)); do
    fresh_disk
    groups_cut control "$PROGRAMS/powercut-unsynced" $((cycle + 1))
done
say "control: $LOST of $cycle cuts lost groups that were acknowledged without a sync"
[ "$LOST" -gt 0 ] || fail "the control lost nothing: these cuts show nothing"

# --- a disk that becomes full, and the cut after that ---

fresh_disk "$FULL_BYTES"
touch "$SHARE/full"
boot "$PROGRAMS/powercut $WRITE; echo \$? >/run/host/full; exec sleep 600"
wait_for "a full disk" test -s "$SHARE/full"
pull_plug
says "the last group" "$SHARE/log" 'No space left on device'
[ "$(acknowledged)" -gt 0 ] || fail "no group was acknowledged before the disk was full"
run_to_end "$CHECK"
say "full: writing ended with code $(cat "$SHARE/full"), then cut: $(cat "$SHARE/verdict")"
[ "$CODE" = 0 ] || trouble "the check ended with code $CODE"

# --- the whole program: files told of as archived ---

archived_lines() { jq -rR 'fromjson? | select(.outcome == "archived").sha256' "$SHARE/told"; }
told_more_than() { over || [ "$(archived_lines | wc -l)" -gt "$1" ]; }

# A reader before the recovery, then a writer that recovers and has nothing to do, then all of it.
LOOK="
archive=/run/disk/archive
cd /run/host
$BUILD/sohoa ls \$archive --json >before &&
$BUILD/sohoa ingest -A \$archive --json --io uring $WORK/none >recovered &&
$BUILD/sohoa ls \$archive --json >have &&
$BUILD/sohoa verify \$archive --json >verified"

missing_of() { comm -23 "$WORK/told" <(jq -r .source_sha256 "$SHARE/$1" | sort -u) | wc -l; }

# ingest_cut CYCLE [INIT]: one cut, at a random time after the first file was told of.
ingest_cut() {
    local after=$((RANDOM % CUT_MS)) before
    touch "$SHARE/told"
    before=$(archived_lines | wc -l)
    boot "${2:-}$BUILD/sohoa ingest -A /run/disk/archive --json --io uring $WORK/scans >>/run/host/told"
    wait_for "a file told of" told_more_than "$before"
    cut_after "$after"
    $ENDED || GROWN=$((GROWN + 1))
    archived_lines | sort -u >"$WORK/told"
    run_to_end "$LOOK"
    [ "$CODE" = 0 ] || trouble "looking after the cut ended with code $CODE"
    say "ingest $1, cut $after ms after the first file: $(wc -l <"$WORK/told") files told of," \
        "$(missing_of have) lost; in the catalogue before recovery: all but $(missing_of before)"
    same "files told of and lost" 0 "$(missing_of have)"
    holds "verify is clean" "$SHARE/verified" \
        'length == 1 and .[0].summary.bad == 0 and .[0].summary.missing == 0'
}

mkdir "$WORK/scans" "$WORK/none"
for ((n = 0; n < PICTURES; n++)); do
    picture "$n" >"$WORK/scans/$n.pbm" # blank: read in no time
done
GROWN=0 ENDED=false
for ((cycle = 0; cycle < INGESTS; cycle++)); do
    init=
    if [ $((cycle % FRESH)) = 0 ] || $ENDED; then
        fresh_disk
        init="$BUILD/sohoa init /run/disk/archive && "
    fi
    ingest_cut $((cycle + 1)) "$init"
done
say "ingest: $INGESTS cuts, $GROWN of them while files were told of: none was lost"
[ "$GROWN" -ge $((INGESTS / 2)) ] || fail "only $GROWN cuts came while files were told of"
