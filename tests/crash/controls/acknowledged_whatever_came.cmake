# Whether the write and the sync succeeded is not asked.
set(OLD_1 [[
    if (io_write_sync(archive->io, writer->fd, bytes_span(&archive->group), writer->end, err) < 0)
]])
set(NEW_1 [[
    if (io_write_sync(archive->io, writer->fd, bytes_span(&archive->group), writer->end, err) < -1)
]])
