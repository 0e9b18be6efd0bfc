# The sync is submitted together with the write, and may run before it.
set(OLD_1 [[
    if (io_write_sync(archive->io, writer->fd, bytes_span(&archive->group), writer->end, err) < 0)
]])
set(NEW_1 [[
    struct io_op both[] = {{.kind = IO_WRITE,
                            .fd = writer->fd,
                            .buf = archive->group.data,
                            .len = archive->group.len,
                            .off = writer->end},
                           {.kind = IO_FDATASYNC, .fd = writer->fd}};
    io_run(archive->io, both, 2);
    if (both[0].res != (int64_t)archive->group.len || both[1].res < 0)
]])
