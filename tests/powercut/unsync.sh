#!/bin/sh
# tests/powercut/unsync.sh COMMIT_C COPY - storage/commit.c without the sync of a group: the control
# of the power cut, never part of the product. Fails when the text to be changed is not there once.
set -eu
was='io_write_sync(archive->io, writer->fd, bytes_span(&archive->group), '
now='write_unsynced(archive->io, writer->fd, bytes_span(\&archive->group), '

found=$(grep -oF "$was" "$1" | wc -l)
if [ "$found" -ne 1 ]; then
    echo "$1: the write of a group is there $found times, not once; tests/powercut/unsync.sh wants: $was" >&2
    exit 1
fi
sed "s/$was/$now/" "$1" >"$2.new"
grep -qF 'write_unsynced(' "$2.new"
mv "$2.new" "$2"
