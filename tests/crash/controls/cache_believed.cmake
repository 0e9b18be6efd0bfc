# Recovery reads what the cache shows, also after a sync that failed.
set(OLD_1 [[
    if (archive_run(archive, &forget) < 0)
]])
set(NEW_1 [[
    forget.res = 0;
    if (forget.res < 0)
]])
