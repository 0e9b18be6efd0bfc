# tests/e2e/deliver.sh - complete dossiers go into the folders of their agencies, once; only a receipt
# that names the package makes one delivered; what is wrong with one folder or receipt stops no other.
. "$(dirname "$0")/lib.sh"
A=$WORK/archive
ONE=H57.12-250705-0001 TWO=H57.12-250705-0002 THREE=H57.12-250705-0003 FOUR=H57.12/250705-0004
FIVE=H57.12-250705-0005

mkdir "$WORK/in" "$WORK/x"
for n in 1 2 3 4 5; do picture $n >"$WORK/in/$n.pbm"; done
init "$A"
ingest 0 "$A" "$WORK/in"
page() { "$SOHOA" ls "$A" --json | jq -r --arg f "/$1.pbm" 'select(.source | endswith($f)).page'; }
event() { expect 0 "$SOHOA" event -A "$A" "$@"; }
dossier() { # dossier CODE PICTURE OPTION...: received, with its page and one paper digitised
    local code=$1 page
    page=$(page "$2")
    shift 2
    expect 0 "$SOHOA" assign -A "$A" --force --dossier "$code" "$page"
    event "$code" received --at 2026-11-02 --set helped=H57.40 "$@"
    event "$code" component --at 2026-11-02 --component GKS --name 'Giấy khai sinh' --digitised "$page"
}
dossier $ONE 1 --set procedure=1.000318 --set decides=X
dossier $TWO 2 --set procedure=1.000318
event $TWO component --component DON --name 'Tờ khai' --at 2026-11-02
dossier $THREE 3 --set field=Z
dossier $FOUR 4 --set field=nobody
dossier $FIVE 5 --set procedure=1.000318
event $FIVE transferred --paper 'BB 12/2026' --office X --at 2026-11-03 # went by post
cat >"$WORK/routing.yaml" <<END
return_to: helped
agencies:
  - {code: X, name: Sở X, folder: $WORK/x}
  - {code: Y, name: Sở Y, folder: $WORK/y}
  - {code: Z, name: Sở Z, folder: $WORK/z}
rules:
  - {name: births, procedure: 1.000318, decides: X}
  - {name: of-z, field: Z, decides: Z}
END
deliver() { # deliver CODE OPTION...: what was told is in $WORK/told
    local want=$1
    shift
    expect "$want" "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --json "$@"
    cp "$OUT" "$WORK/told"
}
summary() { # summary SENT AGAIN DELIVERED WAITING OVERDUE FAILED REFUSED
    same "the summary" "$*" "$(value "$WORK/told" '.summary | [.sent, .again, .delivered, .waiting,
        .overdue, .failed, .refused] | map(tostring) | join(" ")')"
}
events_of() { # events_of DOSSIER WHAT: how many
    "$SOHOA" dossier show "$A" "$1" --json | jq --arg what "$2" '[.events[] | select(.what == $what)] | length'
}
packages() { find "$1" -mindepth 1 -maxdepth 1 ! -name receipts -printf '%f\n' | LC_ALL=C sort; }

# --- what is complete goes, once ----------------------------------------------------------------
deliver 1
summary 1 0 0 0 0 2 0
holds "the folder that is not there" "$WORK/told" 'any(.outcome == "failed" and .agency == "Z" and
    (.told | test("its folder .*/z.: No such file")))'
holds "the dossier without a rule" "$WORK/told" 'any(.outcome == "failed" and .dossier == $d and
    (.told | test("no rule fits")))' --arg d $FOUR
[ ! -e "$WORK/z" ] || fail "the folder of an agency was made"
PACKAGE=$(packages "$WORK/x")
DIGEST=$(sha256sum <"$WORK/x/$PACKAGE/tagmanifest-sha256.txt" | cut -d' ' -f1)
same "its name" "$ONE-${DIGEST:0:16}" "$PACKAGE"
holds "what is told" "$WORK/told" 'any(.outcome == "sent" and .dossier == $d and .agency == "X" and
    .package == $p and .told == $n)' --arg d $ONE --arg p "$DIGEST" --arg n "$PACKAGE"
(cd "$WORK/x/$PACKAGE" && sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt) ||
    fail "the digests of the package"
cp "$WORK/x/$PACKAGE/data/delivery.json" "$WORK/delivery"
holds "what the agency reads" "$WORK/delivery" '.[0] | .kind == "delivery" and .v == 1 and
    .dossier == $d and .agency == "X" and .agency_name == "Sở X" and .return_to == "H57.40" and
    .facts.procedure == "1.000318" and .components[0].component == "GKS" and
    (.components[0].document | length) == 64' --arg d $ONE
cmp "$WORK/in/1.pbm" "$WORK/x/$PACKAGE"/data/original/*.pbm || fail "the original"
expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "sent, not delivered" "$OUT" '.[0] | .status == "transferred" and (.deliveries | length) == 1 and
    .deliveries[0].agency == "X" and .deliveries[0].package == $p and .deliveries[0].delivered == ""' \
    --arg p "$DIGEST"

# Nothing new: nothing is done.
print_of "$WORK/x" >"$WORK/x.before"
objects=$("$SOHOA" stats "$A" --json | jq .objects)
deliver 1
summary 0 0 0 1 0 2 0
print_of "$WORK/x" >"$WORK/x.after"
same_file "the folder" "$WORK/x.before" "$WORK/x.after"
same "objects" "$objects" "$("$SOHOA" stats "$A" --json | jq .objects)"

# The share is mounted, the last paper comes, a person says who decides.
mkdir "$WORK/z" "$WORK/y"
event $TWO component --component DON --digitised "$(page 2)"
event $FOUR noted --set decides=Y
deliver 0
summary 3 0 0 1 0 0 0
same "one went another way" 1 "$(events_of $FIVE transferred)"
same "packages of X" 2 "$(packages "$WORK/x" | wc -l)"
deliver 0
summary 0 0 0 4 0 0 0

# --- receipts -----------------------------------------------------------------------------------
other=$("$SOHOA" dossier show "$A" $THREE --json | jq -r '.deliveries[0].package') # Z's
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
mkdir "$WORK/x/receipts"
R=$WORK/x/receipts
receipt() { # receipt FILE PACKAGE [BY [AT]]
    jq -n --arg p "$2" --arg b "${3:-Văn thư}" --arg t "${4:-$now}" '{package: $p, by: $b, at: $t}' >"$1"
}
receipt "$R/wrong.json" "${DIGEST:0:63}g"
receipt "$R/unknown.json" "$(sha256sum </dev/null | cut -d' ' -f1)"
receipt "$R/not-ours.json" "$other"
receipt "$R/early.json" "$DIGEST" A 2020-01-01T00:00:00Z
receipt "$R/late.json" "$DIGEST" A 2090-01-01T00:00:00Z
receipt "$R/no-time.json" "$DIGEST" A yesterday
receipt "$R/control.json" "$DIGEST" "$(printf 'a\033[2J')"
receipt "$R/nobody.json" "$DIGEST" ' '
printf '{"package":"%s","by":"A","at":"%s","x":1}' "$DIGEST" "$now" >"$R/more.json"
printf '{"package":"%s","package":"%s","by":"A","at":"%s"}' "$DIGEST" "$DIGEST" "$now" >"$R/twice.json"
printf '["%s"]' "$DIGEST" >"$R/list.json"
printf '{"package":"%s"' "$DIGEST" >"$R/cut.json"
receipt "$R/long.json" "$DIGEST"
head -c 5000 /dev/zero | tr '\0' ' ' >>"$R/long.json"
receipt "$WORK/elsewhere" "$DIGEST"
ln -s "$WORK/elsewhere" "$R/link.json"
mkfifo "$R/pipe.json"
touch -h -d '2 hours ago' "$R"/*.json
printf '{"package":"%s"' "$DIGEST" >"$R/young.json"
receipt "$R/name-of-no-receipt" "$DIGEST"
receipt "$R/.hidden.json" "$DIGEST"
deliver 1
summary 0 0 0 4 0 0 15
holds "each is told of with its name" "$WORK/told" '[.[] | select(.outcome == "receipt-refused") |
    select(.agency == "X") | .told | capture("^(?<n>[a-z-]+)\\.json: ").n] | sort == ["control", "cut",
    "early", "late", "link", "list", "long", "more", "no-time", "nobody", "not-ours", "pipe", "twice",
    "unknown", "wrong"]'
holds "why" "$WORK/told" 'any(.told == "not-ours.json: no such package was sent to this agency")
    and any(.told == "late.json: its time cannot be") and any(.told == "wrong.json: its package is no SHA-256")'
same "moved out of the way" 15 "$(find "$R/refused" -mindepth 1 | wc -l)"
same "one may still be written" young.json "$(cd "$R" && ls -- *.json)"
same "nothing is delivered" 0 "$(events_of $ONE acknowledged)"
rm "$R/young.json"
deliver 0
summary 0 0 0 4 0 0 0

receipt "$R/ok.json" "$DIGEST" 'Văn thư Sở X'
deliver 0
summary 0 0 1 3 0 0 0
holds "told" "$WORK/told" 'any(.outcome == "delivered" and .dossier == $d and .told == "Văn thư Sở X")' --arg d $ONE
expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "delivered" "$OUT" '.[0] | .status == "acknowledged" and .deliveries[0].by == "Văn thư Sở X" and
    .deliveries[0].delivered >= .deliveries[0].sent'
expect 0 "$SOHOA" dossier show "$A" $ONE
says "people see it" "$OUT" '^delivery +X: delivered .*, to Văn thư Sở X'
same "put away" 1 "$(find "$R/taken" -name '*-ok.json' | wc -l)"
receipt "$R/again.json" "$DIGEST" 'Somebody else'
rm -r "$WORK/x/$PACKAGE" # theirs now
deliver 0 --retry-hours 8760
summary 0 0 0 3 0 0 0
same "acknowledged once" 1 "$(events_of $ONE acknowledged)"

# --- no receipt ---------------------------------------------------------------------------------
lost=$(packages "$WORK/z")
print_of "$WORK/z" >"$WORK/z.before"
deliver 1 --retry-hours 0
summary 0 0 0 3 3 0 0
holds "overdue" "$WORK/told" '[.[] | select(.outcome == "overdue")] | length == 3'
rm -r "$WORK/z/$lost"
deliver 0
summary 0 0 0 3 0 0 0
deliver 1 --retry-hours 0
summary 0 1 0 2 2 0 0
print_of "$WORK/z" >"$WORK/z.after"
same_file "the same package again" "$WORK/z.before" "$WORK/z.after"
same "sent twice" 2 "$(events_of $THREE transferred)"
expect 0 "$SOHOA" dossier show "$A" $THREE --json
holds "one package" "$OUT" '.[0].deliveries | length == 1 and .[0].sent_last >= .[0].sent'

# --- something was missing: it goes anew --------------------------------------------------------
event $ONE supplement --because 'Thiếu tờ khai'
deliver 0 --retry-hours 8760
summary 0 0 0 3 0 0 0
event $ONE component --component TK --name 'Tờ khai' --digitised "$(page 1)"
deliver 0
summary 1 0 0 3 0 0 0
expect 0 "$SOHOA" dossier show "$A" $ONE --json
holds "another package, not yet delivered" "$OUT" '.[0].deliveries | length == 2 and
    .[0].delivered != "" and .[1].delivered == ""'
event $ONE withdrawn
deliver 1 --retry-hours 0
holds "what was withdrawn is waited for no more" "$WORK/told" 'all(.dossier != $d)' --arg d $ONE

# --- reports, and the catalogue made anew -------------------------------------------------------
expect 0 "$SOHOA" report delivery "$A" --json
holds "by agency" "$OUT" 'map([.agency, .dossiers, .delivered, .waiting]) ==
    [["X", 2, 0, 2], ["Y", 1, 0, 1], ["Z", 1, 0, 1]] and all(.time != null)'
cp "$OUT" "$WORK/report"
expect 0 "$SOHOA" reindex "$A"
expect 0 "$SOHOA" report delivery "$A" --json
same_file "after reindex" "$WORK/report" "$OUT"
print_of "$WORK/y" >"$WORK/y.before"
deliver 0
print_of "$WORK/y" >"$WORK/y.after"
same_file "and nothing is sent again" "$WORK/y.before" "$WORK/y.after"

# --- one at a time; wrong words -----------------------------------------------------------------
expect 3 flock "$A" "$SOHOA" deliver "$A" -c "$WORK/routing.yaml"
one_clear_line "another one" "another 'sohoa deliver' is at work"
expect 2 "$SOHOA" deliver "$A"
expect 2 "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --retry-hours 9000
expect 3 "$SOHOA" deliver "$WORK/nowhere" -c "$WORK/routing.yaml"
expect 0 "$SOHOA" deliver "$A" -c "$WORK/routing.yaml"
says "people get a line" "$OUT" '^0 sent, 0 sent again, 0 delivered, 3 wait for a receipt \(0 too long\)'

# --- a folder that cannot be written, and a package that is another ----------------------------
event $TWO supplement --because x
event $TWO component --component A2 --name 'Đơn' --digitised "$(page 2)"
event $FOUR supplement --because x
event $FOUR component --component A4 --name 'Đơn' --digitised "$(page 4)"
[ "$(id -u)" != 0 ] || chown -R 65534 "$A" "$WORK/x" "$WORK/y" "$WORK/z"
chmod 755 "$WORK"
chmod 555 "$WORK/x"
expect 1 as_nobody "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --json
cp "$OUT" "$WORK/told"
summary 1 0 0 1 0 1 0
holds "the one is told of, the other went" "$WORK/told" 'any(.outcome == "failed" and .agency == "X" and
    (.told | test("Permission denied"))) and any(.outcome == "sent" and .agency == "Y")'
chmod 755 "$WORK/x"
expect 0 as_nobody "$SOHOA" deliver "$A" -c "$WORK/routing.yaml" --json
cp "$OUT" "$WORK/told"
summary 1 0 0 2 0 0 0
same "nothing half made" "" "$(find "$WORK/x" "$WORK/y" "$WORK/z" -name '.*.part')"
[ "$(id -u)" != 0 ] || chown -R 0 "$A"

# --- a service has the archive ------------------------------------------------------------------
mkdir "$WORK/hot"
printf 'archive: %s\nfolders:\n  - name: hot\n    path: %s\n' "$A" "$WORK/hot" >"$WORK/watch.yaml"
folder_is_locked() { grep -q "FLOCK.*:$(stat -c %i "$A/requests" 2>/dev/null) " /proc/locks; }
serve -c "$WORK/watch.yaml"
wait_for "the service" folder_is_locked
event $FOUR supplement --because y
event $FOUR component --component A5 --name 'Đơn nữa' --digitised "$(page 4)"
deliver 0
summary 1 0 0 2 0 0 0
deliver 0
summary 0 0 0 3 0 0 0
stop_service
verify_clean "$A"
say "packages and receipts"
