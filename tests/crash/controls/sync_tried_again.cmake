# A sync that failed is tried again; the kernel has forgotten what it was to write, and says yes.
set(OLD_1 [[
    struct io_op sync = {.kind = IO_FDATASYNC, .fd = fd};
    if (run_one(io, &sync) < 0)
]])
set(NEW_1 [[
    struct io_op sync = {.kind = IO_FDATASYNC, .fd = fd};
    if (run_one(io, &sync) < 0 && run_one(io, &sync) < 0)
]])
