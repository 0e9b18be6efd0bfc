#!/bin/sh
# tools/install-packages.sh LIST - installs the Debian packages of LIST that are missing.
#
# Says what it does, uses sudo when not root, and does nothing at all when nothing is missing.
set -eu

missing=
for package in $(sed 's/#.*//' "$1"); do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Installing Debian packages:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Not root and no sudo. As root: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
$as_root apt-get -q update
# shellcheck disable=SC2086 # the list is split on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
