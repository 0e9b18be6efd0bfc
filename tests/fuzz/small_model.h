/* tests/fuzz/small_model.h - the smallest model our reader takes: 8 units a layer, 22 letters.
 *
 * Its weights are chance, its output sharp: it is sure of what it says of any picture. Some of its
 * letters are whole words, those the reader looks for on a page. */
#ifndef TESTS_FUZZ_SMALL_MODEL_H
#define TESTS_FUZZ_SMALL_MODEL_H

#include "base/bytes.h"

#define SMALL_MODEL_LANGUAGE "small"

/* All of these end the program when something fails: there is nothing to fuzz then. */

/* Appends the .traineddata file: whole, or with SMALL_MODEL_PART in place of some components. */
#define SMALL_MODEL_PART 'S' /* to fuzz_traineddata: here is what the small model has */
enum small_model_parts { SMALL_MODEL_NETWORK = 1, SMALL_MODEL_WORDS = 2, SMALL_MODEL_ALL = 3 };
void small_model(enum small_model_parts parts, struct bytes *out);

/* Puts it where a reader of SMALL_MODEL_LANGUAGE finds it: into a fresh folder, to which
 * TESSDATA_PREFIX points from then on. To be removed as soon as it is loaded. */
char *small_model_install(void);
void small_model_remove(char *folder);

#endif
