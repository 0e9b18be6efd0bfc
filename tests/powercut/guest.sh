#!/bin/sh
# tests/powercut/guest.sh - the first process of the virtual machine: mounts the disk, does the job.
#
# Its root is the host's, read-only. The folder SHARE of the host is the one it may write to, and
# what is there outlives the cut; it does not know when the cut comes.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/run TMPDIR=/run
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/disk /run/host
mount -t hostfs -o "$SHARE" none /run/host
{
    if mount -t ext4 /dev/ubda /run/disk; then
        echo >/run/host/started
        sh /run/host/job
        echo $? >/run/host/code
    fi
    umount /run/disk
} >>/run/host/log 2>&1
echo o >/proc/sysrq-trigger
sleep 60
