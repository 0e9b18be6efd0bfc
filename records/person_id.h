/* records/person_id.h - what personal ids are shown as: 046*****2345. Whole they stand in the scan,
 * in its text and in the archive's records, and nowhere else. */
#ifndef RECORDS_PERSON_ID_H
#define RECORDS_PERSON_ID_H

#include "records/page_fields.h"

#define PERSON_ID_FIELD "person_id"

/* In the values: of a person_id all but the first three and the last four characters become stars
 * (all of them when there are no more than seven); in other values what person_id_mask_text()
 * finds. Values get shorter, never longer. */
void person_id_mask(struct page_fields *fields);
/* 12 digits that begin with 0, alone or in groups with a blank or a dot between two. Whether they
 * are a valid id is not asked: better a number masked that is none. */
void person_id_mask_text(char *text, size_t len);

#endif
