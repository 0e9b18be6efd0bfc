# Recovery takes a sealed segment's name for durable.
set(OLD_1 [[
    return open ? recover_open_segment(archive, err)
                : io_sync_dir(archive->io, archive->seg_fd, err);
]])
set(NEW_1 [[
    return open ? recover_open_segment(archive, err) : 0;
]])
