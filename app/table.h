/* app/table.h - rows that are shown as text, CSV, JSON lines, or a page to print with a chart. */
#ifndef APP_TABLE_H
#define APP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define TABLE_COLUMNS_MAX 10u
#define TABLE_ROWS_MAX    1000000u

enum cell_kind {
    CELL_TEXT,
    CELL_NUMBER,
    CELL_PERCENT, /* one decimal */
    CELL_TIME,    /* number: ns since 1970, UTC */
    CELL_MINUTES, /* number: ns; one decimal */
    CELL_NONE,    /* nothing to say */
};
struct cell {
    enum cell_kind kind;
    const char *text;
    int64_t number;
    double percent;
};
struct table_column {
    const char *name;  /* in CSV and JSON */
    const char *label; /* for people, translated */
};

/* Zero-initialise but for the first three; table_done() releases it. */
struct table {
    const char *title; /* translated */
    const struct table_column *columns;
    size_t column_len;
    size_t bar, goal, by; /* columns of the chart: its length and mark (percent), and its name; all
                             the same: no chart */
    struct cell *cells;   /* column_len to a row; texts owned */
    size_t row_len, row_cap;
};
void table_done(struct table *table); /* fits CLEANUP */

/* Copies column_len cells. ERR_INPUT past TABLE_ROWS_MAX. */
MUST_USE int table_add(struct table *table, const struct cell cells[], struct err *err);

enum table_form { TABLE_TEXT, TABLE_CSV, TABLE_JSON, TABLE_HTML };
/* To standard output. */
MUST_USE int table_print(const struct table *table, enum table_form form, struct err *err);

#endif
