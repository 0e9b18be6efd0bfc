# tests/e2e/units.sh - the register of units that comes with the program: as large as it must be,
# found with and without marks, then and now; a wrong one of a user's own is refused.
. "$(dirname "$0")/lib.sh"
CONFIGS=$(cd "$(dirname "$0")/../../configs" && pwd)

same "provinces of today" 34 "$(awk -F, 'NR > 1 && length($1) == 2 && $6 == ""' "$CONFIGS/units/units.csv" | wc -l)"
same "communes of today" 3321 "$(awk -F, 'NR > 1 && length($1) == 5 && $6 == ""' "$CONFIGS/units/units.csv" | wc -l)"
expect 0 "$SOHOA" unit find 'thuan hoa' --date 2026-12-01 --json
holds "Thuận Hoá of Huế" "$OUT" 'any(.name == "Thuận Hoá" and .province_name == "thành phố Huế")'
expect 0 "$SOHOA" unit find 'phường thuận hóa' --date 2026-12-01 --json
holds "the tone may stand elsewhere" "$OUT" 'length == 1 and .[0].kind == "phường"'
CODE=$(value "$OUT" .code)
expect 0 "$SOHOA" unit show "$CODE" --json
holds "what it came from" "$OUT" '.[0].predecessors | length >= 5'
expect 0 "$SOHOA" unit show 75 --json
holds "Đồng Nai, at all times" "$OUT" 'map(.kind) == ["tỉnh", "thành phố"] and .[0].to == "2026-04-29"'
expect 0 "$SOHOA" unit show 75 --date 2026-01-01 --json
holds "Đồng Nai, on a day" "$OUT" 'map(.kind) == ["tỉnh"]'
expect 0 "$SOHOA" unit find 'Tân Phú' --date 2026-12-01
says "several are called so" "$OUT" '^[0-9]+ units share a name'
expect 0 "$SOHOA" unit find 'Tân Phú' --date 2026-12-01 --json
holds "and it is counted" "$OUT" '[.[] | select(.name == "Tân Phú")] | length > 1 and all(.same_name == length)
    or (([.[] | select(.name == "Tân Phú")][0].same_name) > 1)'
expect 0 "$SOHOA" unit old 'Phường Phúc Xá' --json
holds "what became of it" "$OUT" 'length == 1 and .[0].code == "00097" and .[0].name == "phường Hồng Hà"
    and .[0].above == "Quận Ba Đình" and .[0].part == ""'
expect 0 "$SOHOA" unit old 'Phường Phúc Xá' --date 2025-06-30 --json
holds "then it was what it was" "$OUT" '.[0].code == "" and .[0].old_code == "00001"'
expect 0 "$SOHOA" unit old 'Phường Cống Vị' --csv
says "a part here, a part there" "$OUT" '"part"'
expect 1 "$SOHOA" unit find 'Atlantis'
one_clear_line "there is none" 'has no unit'
expect 1 "$SOHOA" unit show 99999
expect 2 "$SOHOA" unit find '---'
expect 2 "$SOHOA" unit find hue --date 2026-02-30
expect 2 "$SOHOA" unit lose hue
expect 2 "$SOHOA" unit find hue --json --csv
mkdir "$WORK/own"
cp "$CONFIGS/units/old.csv" "$WORK/own"
head -n 3 "$CONFIGS/units/units.csv" >"$WORK/own/units.csv"
echo '46,Huế,thành phố,,2026-02-30,,' >>"$WORK/own/units.csv"
expect 2 "$SOHOA" unit find hue --units "$WORK/own"
one_clear_line "with its line" 'units\.csv:4: a day like 2026-04-30 is wanted'
expect 3 "$SOHOA" unit find hue --units "$WORK/none"
say "units"
