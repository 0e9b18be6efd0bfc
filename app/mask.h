/* app/mask.h - texts as they stand in what is given out: personal ids as 046*****2345, and no
 * longer than who takes them allows. */
#ifndef APP_MASK_H
#define APP_MASK_H

#include <stddef.h>

/* Twelve digits that begin with 0 and stand by themselves are taken for one, wherever they are in
 * the text: sooner one number too many than one id. The length stays. */
void mask_person_ids(char *text);
/* A copy with them masked, owned by the caller; NULL without memory. */
char *mask_copy(const char *text);

/* A copy of at most chars_max characters (2 or more) of the text, UTF-8; what is cut off is told of
 * by an ellipsis at the end. Owned by the caller; NULL without memory. */
char *cut_copy(const char *text, size_t chars_max);

#endif
