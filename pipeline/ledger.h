/* pipeline/ledger.h - what becomes of a claimed file, beside what makes it so. */
#ifndef PIPELINE_LEDGER_H
#define PIPELINE_LEDGER_H

#include "pipeline/commit_queue.h"

/* Adds the intake record to the item that ends a file's way: it is durable with it, or not at all.
 * Does nothing for a file without a claim. */
MUST_USE int ledger_note(struct commit_item *item, struct err *err);

#endif
