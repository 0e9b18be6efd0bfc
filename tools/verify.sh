#!/bin/sh
# tools/verify.sh - checks a proof that `sohoa prove` wrote, without sohoa: with openssl (3.0 or
# later), sha256sum, base64 and xxd. What it does step by step stands in docs/audit.md; the forms it
# reads, in docs/format-log.md. It believes nothing of what it is given.
#
# Exit codes, each with a message of its own:
#   0 proven   2 wrong words, or a file that is not of the form   3 a signature is missing or wrong
#   4 the file is not the object   5 the path does not lead to the signed root
#   6 a forked history: two signed heads that cannot both be true   7 the heads cannot be compared
set -u
LC_ALL=C
export LC_ALL

usage() {
    cat >&2 <<'END'
verify.sh [-k KEY] [-w KEY]... [-c CHECKPOINT] PROOF [FILE]
  PROOF          as sohoa prove wrote it
  FILE           the object itself; without it only its SHA-256 is proven
  -k KEY         the archive's public key (log/key.vkey, or its text), as you got it from somebody
                 you trust; without it the key in the proof is used, and shown
  -w KEY         a witness's public key: its cosignature must be there too (may be repeated)
  -c CHECKPOINT  another checkpoint of the archive: must be the same history. A later one needs the
                 proof that `sohoa checkpoint ARCHIVE --since SIZE` writes
END
    exit 2
}

say() { printf '%s\n' "$*"; }
stop() { # stop CODE MESSAGE
    code=$1
    shift
    printf 'verify.sh: %s\n' "$*" >&2
    exit "$code"
}

for tool in openssl sha256sum base64 xxd mktemp; do
    command -v "$tool" >/dev/null 2>&1 || stop 2 "'$tool' is needed and not there"
done
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# --- small forms ---

is_number() { # without leading zeros, below 10^18: nothing overflows here
    case $1 in
    0) return 0 ;;
    '' | 0* | *[!0-9]*) return 1 ;;
    esac
    [ ${#1} -le 18 ]
}

from_base64() { printf '%s' "$1" | base64 -d 2>/dev/null | xxd -p -c 4096 | tr -d '\n'; }
to_bytes() { printf '%s' "$1" | xxd -r -p; }
sha() { sha256sum | cut -c1-64; }
node() { { printf '\001' && to_bytes "$1$2"; } | sha; }

hash_of() { # a line of base64 as 64 hex digits
    hash=$(from_base64 "$1")
    [ ${#hash} = 64 ] || stop 2 "'$2' has a line that is no hash"
    printf '%s' "$hash"
}

# --- keys and signatures ---

# key TEXT: sets key_name, key_id, key_type (01 or 04) and key_public, all checked
key() {
    text=$1
    [ -f "$text" ] && text=$(head -n 1 "$text")
    key_name=${text%%+*}
    rest=${text#*+}
    key_id=${rest%%+*}
    material=$(from_base64 "${rest#*+}")
    key_type=$(printf '%s' "$material" | cut -c1-2)
    key_public=$(printf '%s' "$material" | cut -c3-)
    [ ${#material} = 66 ] && [ -n "$key_name" ] || stop 2 "'$1' is no public key"
    made=$({ printf '%s\n' "$key_name" && to_bytes "$material"; } | sha | cut -c1-8)
    [ "$made" = "$key_id" ] || stop 2 "the key of $key_name does not match its id"
    {
        say '-----BEGIN PUBLIC KEY-----'
        to_bytes "302a300506032b6570032100$key_public" | base64
        say '-----END PUBLIC KEY-----'
    } >"$work/key.pem"
}

# signed NOTE NAME: the note (files NOTE.text and NOTE.signatures) is signed by the key set last.
# Sets signed_at for witnesses.
signed() {
    found=0 signed_at=
    while read -r dash name signature more; do
        [ "$dash" = "$(printf '\342\200\224')" ] && [ -n "$signature" ] && [ -z "$more" ] ||
            stop 2 "'$2' has a malformed signature line"
        [ "$name" = "$key_name" ] || continue
        hex=$(from_base64 "$signature")
        [ "$(printf '%s' "$hex" | cut -c1-8)" = "$key_id" ] || continue
        found=1
        case $key_type in
        01) cp "$1.text" "$work/message" && hex=$(printf '%s' "$hex" | cut -c9-) ;;
        04)
            signed_at=$((0x0$(printf '%s' "$hex" | cut -c9-24)))
            { printf 'cosignature/v1\ntime %s\n' "$signed_at" && cat "$1.text"; } >"$work/message"
            hex=$(printf '%s' "$hex" | cut -c25-)
            ;;
        *) stop 2 "the key of $key_name is of an unknown kind" ;;
        esac
        to_bytes "$hex" >"$work/signature"
        openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/message" \
            -sigfile "$work/signature" >/dev/null 2>&1 ||
            stop 3 "BAD SIGNATURE: '$2' was not signed by $key_name, or was changed since"
    done <"$1.signatures"
    [ $found = 1 ] || stop 3 "NOT SIGNED: '$2' has no signature of $key_name with the key $key_id"
}

# --- files of lines: some of our own, an empty line, a checkpoint ---

# take NOTE NAME: reads a checkpoint from file descriptor 3: sets origin, size and root
take() {
    read -r origin <&3 && read -r size <&3 && read -r root <&3 && read -r empty <&3 ||
        stop 2 "'$2' ends before its checkpoint does"
    [ -n "$origin" ] && is_number "$size" && [ -z "$empty" ] || stop 2 "'$2' has no valid checkpoint"
    printf '%s\n%s\n%s\n' "$origin" "$size" "$root" >"$1.text"
    cat <&3 >"$1.signatures"
    root=$(hash_of "$root" "$2") || exit 2
}

# hashes NAME: reads hashes up to an empty line: sets hashes, one word each
hashes() {
    hashes=
    count=0
    while read -r line <&3 && [ -n "$line" ]; do
        count=$((count + 1))
        [ $count -le 64 ] || stop 2 "'$1' has too many hashes"
        hash=$(hash_of "$line" "$1") || exit 2
        hashes="$hashes $hash"
    done
}

# --- the tree of RFC 6962: runs of leaves are split at the largest power of two below their length ---

split() { # of from..to
    half=1
    while [ $half -lt $((to - from - half)) ]; do half=$((half * 2)); done
    middle=$((from + half))
}

# root_by_path LEAF INDEX SIZE HASHES...: sets result, or makes it empty
root_by_path() {
    result=$1 index_=$2 from=0 to=$3 way=
    shift 3
    while [ $((to - from)) -gt 1 ]; do
        split
        if [ "$index_" -lt $middle ]; then way="left $way" to=$middle; else way="right $way" from=$middle; fi
    done
    for side in $way; do
        [ $# -gt 0 ] || { result=; return; }
        if [ "$side" = left ]; then result=$(node "$result" "$1"); else result=$(node "$1" "$result"); fi
        shift
    done
    [ $# -eq 0 ] || result=
}

# roots_by_growth OLD OLD_ROOT SIZE HASHES...: sets before and after, or makes them empty
roots_by_growth() {
    old_=$1 before=$2 from=0 to=$3 way=
    shift 3
    while [ $to -ne "$old_" ]; do
        split
        if [ "$old_" -le $middle ]; then way="left $way" to=$middle; else way="right $way" from=$middle; fi
    done
    if [ $from -gt 0 ]; then
        [ $# -gt 0 ] || { before=; return; }
        before=$1
        shift
    fi
    after=$before
    for side in $way; do
        [ $# -gt 0 ] || { before=; return; }
        if [ "$side" = left ]; then
            after=$(node "$after" "$1")
        else
            before=$(node "$1" "$before")
            after=$(node "$1" "$after")
        fi
        shift
    done
    [ $# -eq 0 ] || before=
}

# --- what was asked ---

trusted= witnesses= other=
while getopts k:w:c:h option; do
    case $option in
    k) trusted=$OPTARG ;;
    w) witnesses="$witnesses
$OPTARG" ;;
    c) other=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# = 1 ] || [ $# = 2 ] || usage
proof=$1 file=${2-}
for name in "$proof" ${file:+"$file"} ${other:+"$other"}; do
    [ -r "$name" ] && [ ! -d "$name" ] || stop 2 "'$name' cannot be read"
done

exec 3<"$proof"
read -r line <&3 || line=
[ "$line" = c2sp.org/tlog-proof@v1 ] || stop 2 "'$proof' is no proof in the form tlog-proof@v1"
read -r word value more <&3 || word=
[ "$word" = extra ] || stop 2 "'$proof' does not hold the entry that it proves"
printf '%s' "$value" | base64 -d >"$work/extra" 2>/dev/null || stop 2 "'$proof' has a malformed entry"
read -r word index more <&3 || word=
[ "$word" = index ] && is_number "$index" || stop 2 "'$proof' has no valid index"
hashes "$proof"
path=$hashes
take "$work/note" "$proof"
exec 3<&-
proof_origin=$origin proof_size=$size proof_root=$root
[ "$index" -lt "$size" ] || stop 5 "WRONG PATH: the log of '$proof' ends before entry $index"

# The entry is the first line of what the proof holds beside; the key, which nobody should believe
# without asking, the second.
head -n 1 "$work/extra" >"$work/entry"
read -r format kind id bytes group time_ns more <"$work/entry" || format=
[ "$format" = sohoa/1 ] && [ ${#id} = 64 ] && [ -z "$more" ] && is_number "$bytes" ||
    stop 2 "'$proof' has an entry of an unknown form"

# --- 1: who signed ---

key "${trusted:-$(sed -n 2p "$work/extra")}"
[ "$key_type" = 01 ] || stop 2 "the key of $key_name is none of an archive"
[ "$key_name" = "$proof_origin" ] || stop 3 "NOT SIGNED: the key is that of $key_name, the proof is of $proof_origin"
signed "$work/note" "$proof"
say "signed     by $key_name, key $key_id: a log of $proof_size entries"
[ -n "$trusted" ] || say "           WITH THE KEY IN THE PROOF: compare it with one you trust, or use -k"

archive_key=$(cat "$work/key.pem") archive_name=$key_name archive_id=$key_id
printf '%s\n' "$witnesses" >"$work/witnesses"
while read -r witness; do
    [ -n "$witness" ] || continue
    key "$witness"
    [ "$key_type" = 04 ] || stop 2 "the key of $key_name is none of a witness"
    signed "$work/note" "$proof"
    say "witnessed  by $key_name at $signed_at seconds since 1970"
done <"$work/witnesses"

# --- 2: that the entry is in the signed tree ---

leaf=$({ printf '\000' && cat "$work/entry"; } | sha)
# shellcheck disable=SC2086 # one word each
root_by_path "$leaf" "$index" "$proof_size" $path
[ "$result" = "$proof_root" ] ||
    stop 5 "WRONG PATH: entry $index does not lead to the signed root: the proof was changed, or the entry was never in this log"
say "logged     entry $index: $kind, group $group, $time_ns ns since 1970"

# --- 3: that the file is what the entry tells of ---

if [ -n "$file" ]; then
    [ "$(sha <"$file")" = "$id" ] && [ "$(wc -c <"$file")" -eq "$bytes" ] ||
        stop 4 "CHANGED OBJECT: '$file' is not the object that was archived (SHA-256 $id, $bytes bytes)"
    say "object     $file is $id, $bytes bytes"
else
    say "object     $id, $bytes bytes (no file given to compare with)"
fi

# --- 4: that another checkpoint tells the same history ---

if [ -n "$other" ]; then
    old= hashes=
    exec 3<"$other"
    if [ "$(head -c 4 "$other")" = 'old ' ]; then
        read -r word old more <&3
        is_number "$old" || stop 2 "'$other' has no valid old size"
        hashes "$other"
    fi
    take "$work/other" "$other"
    exec 3<&-
    [ "$origin" = "$proof_origin" ] || stop 7 "NOT COMPARED: '$other' is of another log, $origin"
    key_name=$archive_name key_id=$archive_id key_type=01
    printf '%s\n' "$archive_key" >"$work/key.pem"
    signed "$work/other" "$other"
    if [ "$size" -eq "$proof_size" ]; then
        before=$proof_root after=$proof_root
    elif [ "$size" -lt "$proof_size" ]; then
        stop 7 "NOT COMPARED: '$other' is of $size entries, older than the proof; ask for a new one"
    elif [ "$old" != "$proof_size" ]; then
        stop 7 "NOT COMPARED: ask for the proof that the log continued: sohoa checkpoint ARCHIVE --since $proof_size"
    else
        # shellcheck disable=SC2086 # one word each
        roots_by_growth "$proof_size" "$proof_root" "$size" $hashes
    fi
    [ "$before" = "$proof_root" ] && [ "$after" = "$root" ] ||
        stop 6 "FORKED HISTORY: the log of $size entries in '$other' does not continue the one of $proof_size that the proof is of; both are signed by $archive_name: keep both files"
    say "continued  to $size entries, the same history"
fi
say "PROVEN"
