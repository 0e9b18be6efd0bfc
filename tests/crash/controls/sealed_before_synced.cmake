# A segment gets its final name before what it is sealed with is durable.
set(OLD_1 [[
    if (control_append(&control, &writer->salt, SEGMENT_BLOCK_BYTES, &out, err) < 0 ||
        io_write_sync(archive->io, writer->fd, bytes_span(&out), writer->end, err) < 0)
        return -1;
    hasher_add(]])
set(NEW_1 [[
    if (control_append(&control, &writer->salt, SEGMENT_BLOCK_BYTES, &out, err) < 0 ||
        io_do(archive->io, (struct io_op){.kind = IO_WRITE,
                                          .fd = writer->fd,
                                          .buf = out.data,
                                          .len = out.len,
                                          .off = writer->end}) < 0)
        return -1;
    hasher_add(]])
set(OLD_2 [[
    if (sync_file(archive, err) < 0 ||
        io_rename_sync(archive->io, archive->seg_fd, from, to, err) < 0)
]])
set(NEW_2 [[
    if (io_rename_sync(archive->io, archive->seg_fd, from, to, err) < 0)
]])
