/* app/intake_row.h - a line of the ledger, as people and programs are shown it. */
#ifndef APP_INTAKE_ROW_H
#define APP_INTAKE_ROW_H

#include "app/app.h"

/* The contract of `ledger --json`. */
json_t *intake_row_json(const struct catalogue_intake *row);
void print_intake_row(const struct catalogue_intake *row);

#endif
