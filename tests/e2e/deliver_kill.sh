# tests/e2e/deliver_kill.sh - deliver is killed at every operation that changes something, as often as
# there are any, with a dossier to be sent and a receipt to be taken; run again there is one package,
# one event of each, and nothing was ever noted before it was so.
. "$(dirname "$0")/lib.sh"
ONE=H57.12-250705-0001 TWO=H57.12-250705-0002
B=$WORK/base
STEP=1
sanitized && STEP=7

mkdir "$WORK/in" "$B" "$B/x" "$B/x/receipts"
for n in 1 2; do picture $n >"$WORK/in/$n.pbm"; done
init "$B/archive"
ingest 0 "$B/archive" "$WORK/in"
mapfile -t PAGES < <("$SOHOA" ls "$B/archive" --json | jq -r .page)
dossier() { # dossier CODE PAGE
    expect 0 "$SOHOA" assign -A "$B/archive" --dossier "$1" "$2"
    expect 0 "$SOHOA" event -A "$B/archive" "$1" received --at 2026-11-02 --set decides=X --set return_to=H57.40
    expect 0 "$SOHOA" event -A "$B/archive" "$1" component --at 2026-11-02 --component GKS --digitised "$2"
}
config() { # config ROOT
    printf 'agencies:\n  - {code: X, name: Sở X, folder: %s/x}\n' "$1" >"$1/routing.yaml"
}
deliver() { # deliver ROOT
    "${2:-$SOHOA}" deliver "$1/archive" -c "$1/routing.yaml" --json
}
dossier $ONE "${PAGES[0]}"
config "$B"
expect 0 deliver "$B"
first=$(jq -r 'select(.outcome == "sent").package' "$OUT")
dossier $TWO "${PAGES[1]}"
printf '{"package":"%s","by":"Văn thư","at":"%s"}' "$first" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    >"$B/x/receipts/r.json"

events_of() { # events_of ROOT DOSSIER WHAT: how many
    "$SOHOA" dossier show "$1/archive" "$2" --json | jq --arg what "$3" '[.events[] | select(.what == $what)] | length'
}
whole() { # whole ROOT DOSSIER: how many packages of it have a name; each is whole
    local n=0 package
    for package in "$1"/x/"$2"-*; do
        [ -e "$package" ] || continue
        (cd "$package" && sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt) ||
            fail "a package has its name, and is not whole"
        n=$((n + 1))
    done
    echo $n
}

# What an undisturbed run makes of it.
cp -a "$B" "$WORK/calm"
config "$WORK/calm"
expect 0 deliver "$WORK/calm"
second=$(jq -r 'select(.outcome == "sent").package' "$OUT")

kills=0 between=0 noted=0
for ((at = 1 + (STEP > 1 ? RANDOM % STEP : 0); ; at += STEP)); do
    R=$WORK/killed
    rm -rf "$R"
    cp -a "$B" "$R"
    config "$R"
    code=0
    SOHOA_TEST_KILL_AT=$at deliver "$R" "$SOHOA_HOOKS" >"$OUT" 2>"$ERR" || code=$?
    no_sanitizer_finding "$ERR"
    [ "$code" != 0 ] || break
    same "it was killed ($at)" 137 "$code"
    kills=$((kills + 1))
    there=$(whole "$R" $TWO) sent=$(events_of "$R" $TWO transferred)
    [ "$sent" -le "$there" ] || fail "noted as sent before it was there ($at)"
    [ "$there" = "$sent" ] || between=$((between + 1))
    same "never delivered without a receipt ($at)" 0 "$(events_of "$R" $TWO acknowledged)"
    [ "$(events_of "$R" $ONE acknowledged)" = 0 ] || noted=$((noted + 1))
    expect 0 deliver "$R"
    same "one package ($at)" 1 "$(whole "$R" $TWO)"
    same "nothing half made ($at)" "" "$(find "$R/x" -name '.*.part')"
    same "sent once ($at)" 1 "$(events_of "$R" $TWO transferred)"
    same "delivered once ($at)" 1 "$(events_of "$R" $ONE acknowledged)"
    same "the receipt is put away ($at)" 1 "$(find "$R/x/receipts/taken" -type f | wc -l)"
    expect 0 "$SOHOA" dossier show "$R/archive" $TWO --json
    holds "the same package ($at)" "$OUT" '.[0].deliveries | length == 1 and .[0].package == $p' --arg p "$second"
    expect 0 deliver "$R"
    holds "and then nothing more ($at)" "$OUT" 'length == 1 and .[0].summary.waiting == 1'
done
verify_clean "$WORK/killed/archive"
say "$kills kills: $between between a package and its event, $noted between a receipt's event and the end"
[ "$kills" -ge $((20 / STEP)) ] || fail "only $kills kills"
sanitized || [ "$between" -ge 1 ] || fail "no kill came between a package and its event"
