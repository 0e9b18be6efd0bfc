/* pipeline/stages.c - a page's way, as one table: who does what, in which order, with what. */
#include "pipeline/stages.h"

#include "pipeline/page.h"

/* clang-format off */
const struct stage stages[STAGE_COUNT] = {
    /* id              name         lane         needs                       leaves         drops                        run              blank too */
    {STAGE_READ,      "read",      LANE_KEEPER, 0,                          DATA_BYTES,    0,                           NULL,            true},
    {STAGE_HASH,      "hash",      LANE_KEEPER, DATA_BYTES,                 DATA_ID,       0,                           NULL,            true},
    {STAGE_SPLIT,     "split",     LANE_CELL,   DATA_BYTES,                 DATA_SCAN,     0,                           NULL,            true},
    {STAGE_DECODE,    "decode",    LANE_CELL,   DATA_SCAN,                  DATA_IMAGE,    0,                           decode_run,      true},
    {STAGE_BLANK,     "blank",     LANE_CELL,   DATA_IMAGE,                 DATA_BILEVEL,  0,                           blank_run,       true},
    {STAGE_SEPARATOR, "separator", LANE_CELL,   DATA_IMAGE | DATA_BILEVEL,  DATA_SIGN,     0,                           separator_run,   false},
    {STAGE_DESKEW,    "deskew",    LANE_CELL,   DATA_IMAGE | DATA_BILEVEL,  DATA_UPRIGHT,  0,                           deskew_run,      false},
    {STAGE_RECOGNISE, "recognise", LANE_CELL,   DATA_UPRIGHT | DATA_BILEVEL, DATA_TEXT,    DATA_UPRIGHT | DATA_BILEVEL, recognise_run,   false},
    {STAGE_ENCODE,    "encode",    LANE_CELL,   DATA_IMAGE,                 DATA_ACCESS,   DATA_IMAGE,                  encode_run,      true},
    {STAGE_COMPRESS,  "compress",  LANE_KEEPER, DATA_TEXT | DATA_ACCESS | DATA_SIGN, DATA_OBJECTS, DATA_TEXT | DATA_ACCESS | DATA_SIGN, NULL,            true},
    {STAGE_ARCHIVE,   "archive",   LANE_KEEPER, DATA_OBJECTS | DATA_ID,     DATA_DURABLE,  DATA_OBJECTS | DATA_BYTES,   NULL,            true},
    {STAGE_INDEX,     "index",     LANE_KEEPER, DATA_DURABLE,               DATA_FOUND,    0,                           NULL,            true},
};
/* clang-format on */

bool stages_in_order(const struct stage table[], int n)
{
    unsigned have = 0;
    for (int i = 0; i < n; i++) {
        if ((int)table[i].id != i || (table[i].needs & ~have) != 0)
            return false;
        have = (have | table[i].leaves) & ~table[i].drops;
    }
    return true;
}
