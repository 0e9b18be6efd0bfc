/* ocr/lexicon.h - what the classes of a network mean, and which words its language has.
 *
 * From three components of a .traineddata file: the unicharset (a letter a line with its
 * properties), the recoder (which letter is which class) and the word dawg. */
#ifndef OCR_LEXICON_H
#define OCR_LEXICON_H

#include <stdbool.h>

#include "base/bytes.h"

#define LEXICON_TEXT_MAX 32 /* bytes of a letter and its NUL */
#define LEXICON_WORD_MAX 64 /* classes of a word that is looked up */

struct lexicon; /* immutable after loading */

/* classes: of the network. The dawg may be empty: then no word is known. ERR_INPUT when a part is
 * damaged, or when letters are made of more than one class (scripts we do not read). */
MUST_USE struct lexicon *lexicon_load(struct span unicharset, struct span recoder, struct span dawg,
                                      uint32_t classes, struct err *err);
void lexicon_free(struct lexicon *lexicon); /* NULL is fine */
void lexicon_freep(struct lexicon **lexicon);

/* The letter of a class, UTF-8; "" for classes without one. */
const char *lexicon_text(const struct lexicon *lexicon, uint32_t class);
bool lexicon_is_space(const struct lexicon *lexicon, uint32_t class);

/* Would a reader accept it as a word? Punctuation at both ends is left aside, capitals are tried
 * small, parts joined by hyphens or slashes are looked up one by one; numbers are always fine. */
bool lexicon_has(const struct lexicon *lexicon, const uint32_t classes[], size_t len);
/* The same for a word spelt out. Looks for each letter among all classes: not for every word. */
bool lexicon_has_text(const struct lexicon *lexicon, struct span word);

#endif
