# Recovery takes over what a killed writer had written, and does not make it durable.
set(OLD_1 [[
    if (archive_run(archive, &sync) < 0)
        return err_sys(err, "sync segment]])
set(NEW_1 [[
    (void)sync;
    if (archive->writer.seq == 0)
        return err_sys(err, "sync segment]])
set(OLD_2 [[
    if ((walk->window->size > walk->off && archive_run(archive, &cut) < 0) ||
        archive_run(archive, &sync) < 0)
]])
set(NEW_2 [[
    (void)sync;
    if (walk->window->size > walk->off && archive_run(archive, &cut) < 0)
]])
