/* records/extract.h - finds meaning in the text of a page: number, date, issuer, abstract, signer.
 *
 * What to look for is data: files of rules under configs/fields/ (docs/format-fields.md). A page's
 * text may be anything anybody printed; patterns run with limits, and what hits one finds nothing.
 */
#ifndef RECORDS_EXTRACT_H
#define RECORDS_EXTRACT_H

#include "base/digest.h"
#include "ocr/page_text.h"
#include "records/page_fields.h"

#define EXTRACT_FILES_MAX 64u
#define EXTRACT_RULES_MAX 256u  /* of a file */
#define EXTRACT_ITEMS_MAX 5000u /* of a list */
#define EXTRACT_LINES_MAX 5000u /* of a page that are looked at; the others are not */

struct extract_rules; /* never changes once loaded: any number of threads */

/* Reads every *.yaml of the directory, in the order of their names. ERR_INPUT with file and line
 * for what is not as docs/format-fields.md says; ERR_SYSTEM. */
MUST_USE struct extract_rules *extract_rules_load(const char *dir, struct err *err);
void extract_rules_freep(struct extract_rules **rules); /* fits CLEANUP */
/* Of all the files: which version of the rules this is. */
struct digest extract_rules_digest(const struct extract_rules *rules);

/* Appends what is found; of each name the first rule that finds something has it, but for those
 * that may find several. The size is that of the page the boxes are of. fields must be zero.
 * ERR_SYSTEM only. About 0.2 ms for a page of text. */
MUST_USE int extract_page(const struct extract_rules *rules, const struct page_text *text,
                          uint32_t width_px, uint32_t height_px, struct page_fields *fields,
                          struct err *err);

#endif
