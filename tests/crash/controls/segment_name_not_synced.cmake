# A new segment is durable, its name is not.
set(OLD_1 [[sync_file(archive, err) < 0 || io_sync_dir(archive->io, archive->seg_fd, err) < 0)]])
set(NEW_1 [[sync_file(archive, err) < 0)]])
