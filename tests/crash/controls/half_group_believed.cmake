# Recovery looks at the headers of a group only: its commit record may be there, and its bytes not.
set(OLD_1 [[
        if (walk_next(walk, true, &group, &step, err) < 0)
]])
set(NEW_1 [[
        if (walk_next(walk, false, &group, &step, err) < 0)
]])
