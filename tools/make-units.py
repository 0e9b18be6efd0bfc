#!/usr/bin/env python3
# tools/make-units.py DATA OUT - makes the register of administrative units of configs/units from
# published lists (configs/units/README.md names them): units.csv and old.csv. The same lists give
# the same bytes. What does not fit ends it with a message; nothing is guessed.
import csv
import os
import sys
import unicodedata

MERGED = "2025-07-01"  # when the units of 2025 began their work, on two levels
DONG_NAI = "2026-04-30"  # Dong Nai is a city since, ten of its communes are wards
DAY_BEFORE = "2026-04-29"
# One code that the later list corrects: Xa Ba Che.
CORRECTED = {"06970": "06978"}
KINDS = {
    "Thành phố trực thuộc trung ương": "thành phố",
    "Tỉnh": "tỉnh",
    "Phường": "phường",
    "Xã": "xã",
    "Đặc khu": "đặc khu",
}


def rows(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return [{k: unicodedata.normalize("NFC", v.strip()) for k, v in row.items()}
                for row in csv.DictReader(file)]


def write(folder, name, header, lines):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(lines)


def bare(name):
    """Letters without marks: two lists put tones on different letters, and write apostrophes
    differently."""
    parts = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in parts if c.isalnum() or c == " ").lower()


def stop_unless(fine, why):
    if not fine:
        sys.exit(f"make-units: {why}")


def provinces(data):
    lines = []
    for row in rows(data, "provinces_2026.csv"):
        kind = KINDS[row["type"]]
        begins = "" if row["formed_from_text"] == "giữ nguyên" else MERGED
        if row["code"] == "75":
            stop_unless(kind == "thành phố", "Dong Nai is no city in this list")
            lines.append([row["code"], row["name"], "tỉnh", "", begins, DAY_BEFORE, ""])
            begins = DONG_NAI
        lines.append([row["code"], row["name"], kind, "", begins, "", ""])
    return lines


def communes(data, old):
    before = {CORRECTED.get(r["code"], r["code"]): r
              for r in rows(data, "communes_2025-07-01.csv")}
    formed = {}
    for row in old:
        new = CORRECTED.get(row["new_ward_code"], row["new_ward_code"])
        formed.setdefault(new, []).append(row)
    lines = []
    for row in rows(data, "communes_2026.csv"):
        code, first, of = row["code"], before[row["code"]], formed.get(row["code"], [])
        stop_unless(of, f"{code}: nothing is told of before")
        stop_unless(bare(first["full_name"]).endswith(" " + bare(row["name"])),
                    f"{code}: {first['full_name']} became {row['full_name']}")
        same = (len(of) == 1 and of[0]["old_ward_code"] == code
                and bare(of[0]["old_ward"]) == bare(first["full_name"])
                and of[0]["old_ward_was_divided"] == "0")
        begins = "" if same else MERGED
        came = " ".join(sorted({r["old_ward_code"] or r["old_district_code"] for r in of}))
        kind = KINDS[row["type"]]
        if first["type"] != row["type"]:
            stop_unless(row["province_code"] == "75", f"{code}: changed its kind")
            lines.append([code, row["name"], KINDS[first["type"]], "75", begins, DAY_BEFORE, came])
            begins = DONG_NAI
        lines.append([code, row["name"], kind, row["province_code"], begins, "", came])
    return lines


def old_units(old):
    upper, lines = {}, []
    for row in old:
        new = CORRECTED.get(row["new_ward_code"], row["new_ward_code"])
        district = row["old_district_code"]
        upper[row["old_province_code"]] = [row["old_province"], "", row["new_province_code"]]
        upper.setdefault(district, [row["old_district"], row["old_province_code"], ""])
        if row["old_ward_code"]:
            part = "part" if row["old_ward_was_divided"] == "1" else ""
            lines.append([row["old_ward_code"], row["old_ward"], district, new, part])
        else:  # a district without communes became a unit
            upper[district][2] = new
    above = [[code, *told, ""] for code, told in sorted(upper.items(), key=lambda u: (len(u[0]), u[0]))]
    return above + sorted(lines)


def main():
    stop_unless(len(sys.argv) == 3, "usage: tools/make-units.py DATA OUT")
    data, out = sys.argv[1:]
    old = rows(data, "old_to_new_2025.csv")
    lines = provinces(data) + communes(data, old)
    today = [line for line in lines if not line[5]]
    stop_unless(len([u for u in today if len(u[0]) == 2]) == 34, "there are not 34 provinces")
    stop_unless(len([u for u in today if len(u[0]) == 5]) == 3321, "there are not 3,321 communes")
    write(out, "units.csv",
          ["code", "name", "kind", "province", "from", "to", "predecessors"],
          sorted(lines, key=lambda u: (len(u[0]), u[0], u[4])))
    write(out, "old.csv", ["code", "name", "parent", "new", "part"], old_units(old))


main()
