/* pipeline/ledger.h - what becomes of a claimed file, beside what makes it so. */
#ifndef PIPELINE_LEDGER_H
#define PIPELINE_LEDGER_H

#include "pipeline/commit_queue.h"

/* Adds the intake record to the item that ends a file's way: it is durable with it, or not at all.
 * Does nothing for a file without a claim. */
MUST_USE int ledger_note(struct commit_item *item, struct err *err);

/* Adds the document record of a file that is archived now and whose name tells its dossier. Does
 * nothing for any other: who has the pages of a file the archive holds already was said before. */
MUST_USE int ledger_note_document(struct commit_item *item, struct err *err);

#endif
