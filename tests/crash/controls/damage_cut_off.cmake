# Whatever is not valid is taken for what a crash left, though valid groups follow.
set(OLD_1 [[
    if (rc > 0)
        return corrupt(walk->segment, walk->off, walk->why, err);
    /* Synced]])
set(NEW_1 [[
    /* Synced]])
