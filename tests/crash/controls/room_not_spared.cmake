# A group may end right at the end of the room, and what follows it grows the file block by block.
set(OLD_1 [[
    uint64_t need = end + SPARE_BYTES;
]])
set(NEW_1 [[
    uint64_t need = end;
]])
