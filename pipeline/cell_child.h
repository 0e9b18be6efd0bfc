/* pipeline/cell_child.h - the program a cell runs: `sohoa --cell`, started by pipeline/cell_link.h.
 * Not for people. */
#ifndef PIPELINE_CELL_CHILD_H
#define PIPELINE_CELL_CHILD_H

#include <stdbool.h>

/* Answers requests on descriptor 3 until the keeper closes it. Returns the exit status. */
int cell_child_main(void);

/* A test program may define this to make a cell misbehave on purpose; the product does not. Called
 * for each page that is read; second: in a cell of Tesseract's, as for second opinions. */
__attribute__((weak)) void cell_test_hook(unsigned index, bool second);

#endif
