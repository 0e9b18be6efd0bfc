# A group is written and acknowledged, and never synced.
set(OLD_1 [[
    if (io_write_sync(archive->io, writer->fd, bytes_span(&archive->group), writer->end, err) < 0)
]])
set(NEW_1 [[
    if (io_do(archive->io, (struct io_op){.kind = IO_WRITE,
                                          .fd = writer->fd,
                                          .buf = archive->group.data,
                                          .len = archive->group.len,
                                          .off = writer->end}) < 0)
]])
