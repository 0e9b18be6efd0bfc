/* ocr/traineddata.h - a .traineddata file of Tesseract taken apart into its components.
 *
 * Layout (Tesseract 4 and 5, tessdatamanager.cpp): int32 count, count x int64 offset (-1: absent),
 * then the components. Little-endian. Everything in it is hostile until checked. */
#ifndef OCR_TRAINEDDATA_H
#define OCR_TRAINEDDATA_H

#include <stdbool.h>

#include "base/bytes.h"

enum traineddata_part {
    TRAINEDDATA_LSTM = 17,
    TRAINEDDATA_WORD_DAWG = 19,
    TRAINEDDATA_UNICHARSET = 21,
    TRAINEDDATA_RECODER = 22,
};

#define TRAINEDDATA_BYTES_MAX (64u << 20)
#define TRAINEDDATA_PARTS_MAX 64

/* Reads a whole file. ERR_SYSTEM when it cannot be read or is larger than TRAINEDDATA_BYTES_MAX. */
MUST_USE int traineddata_load(const char *path, struct bytes *ret_file, struct err *err);

/* The bytes of a component, borrowed from file; empty when it is absent. ERR_INPUT when the table
 * of offsets makes no sense. */
MUST_USE int traineddata_part(struct span file, enum traineddata_part part, struct span *ret_part,
                              struct err *err);

/* A reading position that never leaves its bytes: past the end every value is 0 and `bad` is set,
 * so that a parser may check once per record. */
struct cursor {
    const uint8_t *at, *end;
    bool bad;
};
struct cursor cursor_of(struct span span);
const uint8_t *cursor_take(struct cursor *cursor, size_t len); /* NULL and bad when too short */
uint8_t cursor_u8(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);
double cursor_f64(struct cursor *cursor);
/* A length-prefixed text of at most size - 1 bytes; longer ones are bad. */
void cursor_text(struct cursor *cursor, char *ret_text, size_t size);

#endif
