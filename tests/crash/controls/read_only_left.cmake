# Recovery does not expect a segment that was made read-only and not renamed.
set(OLD_1 [[
    if (fd >= 0 || err->sys != EACCES || fchmodat(archive->seg_fd, name, 0644, 0) < 0)
        return fd;
]])
set(NEW_1 [[
    if (fd >= 0 || err->sys != ENOENT || fchmodat(archive->seg_fd, name, 0644, 0) < 0)
        return fd;
]])
