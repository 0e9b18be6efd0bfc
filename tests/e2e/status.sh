# tests/e2e/status.sh - how the service is doing: for people, for programs, for monitoring.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
IN=$WORK/inbox

init "$A"
expect 1 "$SOHOA" status "$A"
says "nobody ever ran it" "$OUT" '^NOT RUNNING: no service has run'
expect 1 "$SOHOA" status "$A" --json
holds "never ran, for programs" "$OUT" '.[0] == {"service": "never-ran", "age_s": null}'
expect 1 "$SOHOA" status "$A" --prometheus
same "metrics of what never ran" "sohoa_up 0" "$(grep -v '^#' "$OUT")"
for path in "$WORK/none" "$WORK"; do
    expect 3 "$SOHOA" status "$path"
    one_clear_line "no archive" "there is no archive at|is not an archive"
done

# --- a run that has ended ---------------------------------------------------------------------
make_pages "$IN" --set bilevel --count 2 --dpi 72 --seed 2
rm -rf "$IN.truth"
echo 'no picture' >"$IN/letter.txt"
head -c 100 "$(find "$IN" -name '001*')" >"$IN/cut.tif"
expect 1 "$SOHOA" watch -A "$A" --once --rescan-seconds 1 --quiet --io "$(io_of_build)" "$IN"
expect 1 "$SOHOA" status "$A" --json
holds "what it did is told after its end" "$OUT" '.[0] | .service == "stopped" and .state == "stopped"
    and .files.archived == 2 and .files.duplicate == 0 and .files.quarantined == 2
    and .files.reasons == {"damaged": 1, "unknown-format": 1} and .age_s >= 0'
expect 1 "$SOHOA" status "$A"
says "stopped" "$OUT" '^NOT RUNNING: the service was stopped'
says "totals" "$OUT" '^files      2 archived \+ 0 duplicate \+ 2 quarantined'
says "reasons" "$OUT" '^ +1 the file is damaged or incomplete \(damaged\)'
expect 1 env LC_ALL=vi "$SOHOA" status "$A"
says "in Vietnamese" "$OUT" '^KHÔNG CHẠY: dịch vụ đã được dừng'
says "reasons in Vietnamese" "$OUT" 'tệp bị hỏng hoặc không đầy đủ \(damaged\)'

# --- one that runs ----------------------------------------------------------------------------
serve -A "$A" --rescan-seconds 1 --quiet --io "$(io_of_build)" "$IN"
wait_for "the service says that it runs" "$SOHOA" status "$A"
says "it runs" "$OUT" '^service    running$'
says "what waits" "$OUT" '^waiting    0 files'
says "the disk" "$OUT" '^disk       .* free; nothing is taken below 536\.9 MB$'
expect 0 "$SOHOA" status "$A" --json
holds "it runs, for programs" "$OUT" '.[0] | .service == "running" and .state == "running"
    and .pid == $pid and (.host | length > 0)' --argjson pid "$SERVICE"
expect 0 "$SOHOA" status "$A" --prometheus
cp "$OUT" "$WORK/metrics"
same "up" "sohoa_up 1" "$(grep '^sohoa_up' "$OUT")"
# Each line is a comment or a sample of the format; each metric has HELP and TYPE before it.
awk '/^# HELP sohoa_[a-z_]+ .+/ {help[$3] = 1; next}
     /^# TYPE sohoa_[a-z_]+ (gauge|counter)$/ {type[$3] = $4; next}
     /^sohoa_[a-z_]+(\{(reason|outcome|state)="[a-z-]+"\})? [0-9.e+-]+$/ {
         name = $1; sub(/\{.*/, "", name)
         if (!help[name] || !type[name]) {print "no HELP or TYPE: " $0; bad = 1}
         if (type[name] == "counter" && name !~ /_total$/) {print "counter: " $0; bad = 1}
         if (seen[$1]++) {print "twice: " $0; bad = 1}
         next}
     {print "not of the format: " $0; bad = 1}
     END {exit bad}' "$OUT" || fail "the exposition format"
same "every reason has a number" "$(grep -c '^    X(' "$(dirname "$0")/../../base/reason.h")" \
    "$(($(grep -c '^sohoa_quarantined_total' "$OUT") + 1))"

# Killed: it cannot say so, but its process is gone; elsewhere only its silence tells.
kill_service
expect 1 "$SOHOA" status "$A" --json
holds "killed" "$OUT" '.[0] | .service == "gone" and .state == "running"'
jq -c '.host = "another machine"' "$A/status.json" >"$WORK/status.json"
cp "$WORK/status.json" "$A/status.json"
GROUPS_STARTED=()

# --- what it wrote, made up -------------------------------------------------------------------
# written FILTER: the status file as the filter makes it of the one that was there.
written() { jq -c ".now_ns = (now * 1000000000 | floor) | $1" "$WORK/status.json" >"$A/status.json"; }
written .
expect 0 "$SOHOA" status "$A"
written '.now_ns -= 11000000000'
expect 1 "$SOHOA" status "$A"
says "silent" "$OUT" '^NOT RUNNING: nothing was heard of the service for 0:1[1-9]$'
expect 1 "$SOHOA" status "$A" --prometheus
same "old numbers are no news" "sohoa_up 0" "$(grep -v '^#' "$OUT")"
written '.now_ns += 3600000000000'
expect 1 "$SOHOA" status "$A"
written '.state = "disk-full" | .trouble = "9.1 MB are free" | .waiting.files = 7 | .waiting.oldest_s = 3700.5
         | .eta_s = 61 | .files.reasons = {"damaged": 3} | .pages.per_s = 2.5'
expect 1 "$SOHOA" status "$A"
says "trouble is told" "$OUT" '^service    waiting: the disk is nearly full$'
says "which" "$OUT" '^trouble    9\.1 MB are free$'
says "the oldest" "$OUT" '^waiting    7 files, .* the oldest for 1:01:40 '
says "how long" "$OUT" '^rate       2\.50 pages/s; all done in 1:01$'
expect 1 "$SOHOA" status "$A" --prometheus
for line in 'sohoa_up 1' 'sohoa_state\{state="disk-full"\} 1' 'sohoa_state\{state="running"\} 0' \
    'sohoa_waiting_files 7' 'sohoa_waiting_oldest_seconds 3700\.5' 'sohoa_eta_seconds 61' \
    'sohoa_quarantined_total\{reason="damaged"\} 3' 'sohoa_quarantined_total\{reason="empty"\} 0' \
    'sohoa_pages_per_second 2\.5'; do
    says "metric" "$OUT" "^$line\$"
done
written '.trouble = "\u001b[2J\nservice    running" | .files.reasons = {"<script>": 1, "damaged": -4}'
expect 0 "$SOHOA" status "$A"
! grep -q "$(printf '\033')" "$OUT" || fail "a terminal would obey this"
same "one line says how it is" 1 "$(grep -c '^service ' "$OUT")"
expect 0 "$SOHOA" status "$A" --prometheus
! grep -q 'script' "$OUT" || fail "a label that is not ours"
for text in '' '{' '[]' '"running"' '{"state":"hovering"}' '{"state":7}' '{"state":"running"}' \
    '{"state":"running","now_ns":"soon","files":[],"waiting":7,"pid":-1,"host":"'"$(hostname)"'"}'; do
    printf '%s' "$text" >"$A/status.json"
    for form in '' --json --prometheus; do
        expect 1 "$SOHOA" status "$A" $form
    done
done
head -c 200000 /dev/zero | tr '\0' '[' >"$A/status.json"
expect 1 "$SOHOA" status "$A"
says "unreadable" "$OUT" '^NOT RUNNING: what the service last wrote cannot be read$'
rm "$A/status.json"
ln -s /etc/passwd "$A/status.json"
expect 3 "$SOHOA" status "$A"
rm "$A/status.json"
mkfifo "$A/status.json"
expect 1 timeout 60 "$SOHOA" status "$A"
rm "$A/status.json"

# --- over HTTP --------------------------------------------------------------------------------
for where in 0.0.0.0:1 '[::]:1' '*:1' :1 1 localhost:1 example.org:80 127.0.0.2:1 127.0.0.1: \
    127.0.0.1:65536 127.0.0.1:x 127.0.0.1:1:2 unix: "unix:/$(printf 'x%.0s' {1..120})" tcp:1 ''; do
    expect 2 timeout 60 "$SOHOA" status "$A" --listen "$where"
done
echo mine >"$WORK/letter"
expect 2 timeout 60 "$SOHOA" status "$A" --listen "unix:$WORK/letter"
same "what is no socket stays" mine "$(cat "$WORK/letter")"

# listen WHERE: starts it, sets SERVER and URL.
listen() {
    : >"$WORK/.serve" # what an earlier one said is no answer
    setsid "$SOHOA" status "$A" --listen "$1" >"$WORK/.serve" 2>"$WORK/.serve.err" &
    SERVER=$!
    GROUPS_STARTED=("$SERVER")
    wait_for "it listens" grep -q ' on ' "$WORK/.serve"
    URL=$(sed -n 's/.* on //p' "$WORK/.serve")
}
# ends SIGNAL: it ends by itself, with exit code 0.
ends() {
    local code=0
    kill -"$1" "$SERVER"
    wait "$SERVER" || code=$?
    same "exit code after $1" 0 "$code"
    no_sanitizer_finding "$WORK/.serve.err"
    GROUPS_STARTED=()
}
# gives CODE CURL-ARGUMENT...: the answer is in $OUT, its head in $WORK/head.
gives() {
    local want=$1
    shift
    same "answer to $*" "$want" "$(curl -sS --max-time 60 -D "$WORK/head" -o "$OUT" -w '%{http_code}' "$@")"
}

written .
listen 127.0.0.1:0
gives 200 "$URL/metrics"
says "the format's version" "$WORK/head" '^Content-Type: text/plain; version=0\.0\.4'
same "the same as on the command line" "$(grep -c '^sohoa_' "$WORK/metrics")" "$(grep -c '^sohoa_' "$OUT")"
says "up" "$OUT" '^sohoa_up 1$'
gives 200 "$URL/status?x=1"
says "JSON" "$WORK/head" '^Content-Type: application/json'
holds "the same as --json" "$OUT" '.[0] | .service == "running" and .state == "running"'
for path in / /metrics/ /../status /status.json; do
    gives 404 --path-as-is "$URL$path"
done
for method in POST PUT DELETE OPTIONS PATCH; do
    gives 405 -X "$method" "$URL/metrics"
    says "which one may" "$WORK/head" '^Allow: GET'
done
gives 405 --head "$URL/metrics"
gives 405 --data-binary "@$WORK/metrics" "$URL/status"
# What is no request, or has no end, is not kept.
port=${URL##*:}
exec 3<>"/dev/tcp/127.0.0.1/$port"
{
    printf 'GET /metrics HTTP/1.1\r\nX: '
    head -c 100000 /dev/zero | tr '\0' 'x'
} >&3 2>/dev/null || true
timeout 60 cat <&3 >"$WORK/answer" 2>/dev/null || true
exec 3<&- 3>&-
! grep -q '^HTTP/1.1 200' "$WORK/answer" || fail "a head of 100 kB was taken"
# More connections than it keeps: the others get through once those are given up.
for ((i = 10; i < 40; i++)); do
    eval "exec $i<>/dev/tcp/127.0.0.1/$port"
done
wait_for "an answer beside 30 silent connections" curl -sS --max-time 5 "$URL/metrics"
for ((i = 10; i < 40; i++)); do
    eval "exec $i<&- $i>&-"
done
expect 3 timeout 60 "$SOHOA" status "$A" --listen "127.0.0.1:$port"
one_clear_line "in use" "Address already in use"
rm "$A/status.json"
gives 200 "$URL/metrics"
says "what is not there is down" "$OUT" '^sohoa_up 0$'
ends TERM

S=$WORK/socket
listen "unix:$S"
gives 200 --unix-socket "$S" http://localhost/status
holds "never ran" "$OUT" '.[0].service == "never-ran"'
same "for its user and group" 660 "$(stat -c %a "$S")"
expect 3 timeout 60 "$SOHOA" status "$A" --listen "unix:$S"
one_clear_line "in use" "Address already in use"
gives 200 --unix-socket "$S" http://localhost/metrics
ends INT
[ ! -e "$S" ] || fail "the socket is left over"
listen "unix:$S"
kill -KILL -- "-$SERVER"
wait "$SERVER" 2>/dev/null || true
[ -S "$S" ] || fail "a killed server leaves its socket"
listen "unix:$S"
gives 200 --unix-socket "$S" http://localhost/metrics
ends TERM
