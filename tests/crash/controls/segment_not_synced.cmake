# A new segment's block 0 is written, and a group may go in before it is durable.
set(OLD_1 [[
        io_write_sync(archive->io, fd, span_of(block, sizeof block), 0, err) < 0 ||
        sync_file(archive, err) < 0 || io_sync_dir(]])
set(NEW_1 [[
        io_do(archive->io, (struct io_op){.kind = IO_WRITE,
                                          .fd = fd,
                                          .buf = block,
                                          .len = sizeof block}) < 0 ||
        io_sync_dir(]])
