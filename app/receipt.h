/* app/receipt.h - the receipt of a batch: what came in and what became of it, as text for a
 * terminal, as JSON for programs, or as a page to print and sign. */
#ifndef APP_RECEIPT_H
#define APP_RECEIPT_H

#include "app/app.h"

enum receipt_form { RECEIPT_TEXT, RECEIPT_JSON, RECEIPT_HTML };

/* Prints it. All of it is of one moment, also while the batch is still being taken in. Returns 1, 0
 * when there is no such batch, -1: ERR_CORRUPT when its numbers do not add up. */
MUST_USE int receipt_print(struct catalogue *catalogue, const char *batch, enum receipt_form form,
                           struct err *err);

/* The contract of `batch ls --json`. */
json_t *batch_row_json(const struct batch_row *row);

#endif
