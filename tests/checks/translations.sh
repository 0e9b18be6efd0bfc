#!/bin/sh
# Every message of the sources is translated, and the program shows it. Arguments: the source
# directory, and the program (left out: only the catalogue of messages is looked at).
set -u
cd "$1" || exit 2
program=${2-}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
bad() {
    echo "$*"
    failed=1
}

xgettext -k_ -kN_ -kngettext:1,2 --from-code=UTF-8 -o "$work/sohoa.pot" app/*.c 2>"$work/said" ||
    bad "the messages of the sources cannot be listed"
[ -s "$work/said" ] && bad "xgettext has a complaint: $(cat "$work/said")"
grep -q '^msgid "Commands:"$' "$work/sohoa.pot" || bad "no messages were found in the sources"

# What msgmerge makes of our translations is what is left to do: nothing untranslated, nothing
# guessed, nothing that the sources no longer say.
msgmerge --quiet --no-fuzzy-matching -o "$work/merged.po" app/po/vi.po "$work/sohoa.pot" ||
    bad "vi.po does not fit the sources"
for missing in --untranslated --only-fuzzy --only-obsolete; do
    msgattrib "$missing" "$work/merged.po" >"$work/left.po" || bad "msgattrib $missing"
    if grep -Eq '^(#~ )?msgid "' "$work/left.po"; then
        bad "vi.po has messages that are ${missing#--}:"
        cat "$work/left.po"
    fi
done
msgattrib --only-fuzzy app/po/vi.po >"$work/left.po" || bad "msgattrib --only-fuzzy"
grep -q '^msgid "' "$work/left.po" && bad "vi.po has fuzzy messages"

said=$(msgfmt --check -o "$work/sohoa.mo" app/po/vi.po 2>&1)
[ -z "$said" ] || bad "msgfmt has a complaint: $said"

# Commands and options are typed as they are, in any language: none may be lost in translation.
msgcat --no-wrap "$work/merged.po" | awk '
    function check(  rest, word) {
        rest = id
        while (match(rest, /--[a-z][a-z-]+/)) {
            word = substr(rest, RSTART, RLENGTH)
            rest = substr(rest, RSTART + RLENGTH)
            if (!index(str, word)) { print "the translation of this lacks " word ": " id; lost = 1 }
        }
        id = str = ""
    }
    /^msgid "/       { check(); into = "id" }
    /^msgid_plural/  { into = "" }
    /^msgstr/        { into = "str" }
    /"/              { if (into == "id") id = id $0; else if (into == "str") str = str $0 }
    END              { check(); exit lost }' || failed=1

# The locale itself is not installed on most machines; the language still is Vietnamese.
speaks() { # speaks EXPECTED VARIABLE=VALUE...
    expected=$1
    shift
    said=$(env -u LC_ALL -u LC_MESSAGES -u LANG -u LANGUAGE "$@" "$program" --help)
    case $said in
    *"$expected"*) ;;
    *) bad "with $* the help lacks '$expected'" ;;
    esac
}
if [ -n "$program" ]; then
    speaks 'Các lệnh:' LC_ALL=vi_VN.UTF-8
    speaks 'Các lệnh:' LANG=vi
    speaks 'Các lệnh:' LC_MESSAGES=vi_VN LANG=C.UTF-8
    speaks 'Các lệnh:' LANG=vi LANGUAGE=en
    speaks 'Commands:' LANG=vi LC_ALL=C.UTF-8
    speaks 'Commands:' LANG=C.UTF-8 LANGUAGE=vi
    speaks 'Commands:' LANG=

    # A number whose format the catalogue of messages holds in a form of its own (<PRIu64>).
    "$program" init "$work/archive" >"$work/said" || bad "init failed"
    LANG=vi "$program" stats "$work/archive" >"$work/said" || bad "stats failed"
    grep -q '^trang  *0 (không đọc được 0, trang trắng 0)$' "$work/said" ||
        bad "stats says: $(cat "$work/said")"
fi
exit $failed
