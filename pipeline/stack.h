/* pipeline/stack.h - a file is parted into papers by the separator sheets in it. */
#ifndef PIPELINE_STACK_H
#define PIPELINE_STACK_H

#include "pipeline/commit_queue.h"

/* How many document records a file's end may need: room for commit_item_new(). */
size_t stack_documents_max(const struct source *source);

/* Adds the document records of a file that is archived now to the item that archives it.
 *
 * Without separator sheets it is one paper if its name tells a dossier, else nothing is said of it.
 * With them each sheet begins a paper: of the dossier its code names, or, without one (patch T), of
 * the one before. A sheet with the code of the dossier that is under way begins none: papers of a
 * dossier carry its code, too. keep: the sheet is the first page of its paper; else it is archived
 * like any page, and no paper has it. What stands before the first sheet is of the dossier in the
 * file's name, if any. Nothing is said of a duplicate: it was said when its bytes came first. */
MUST_USE int stack_note_documents(struct commit_item *item, bool keep, struct err *err);

#endif
