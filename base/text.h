/* base/text.h - Vietnamese text: validity, NFC, and the two search keys (with tones, tone-free). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>

#include "base/bytes.h"

/* Well-formed UTF-8 (RFC 3629) without NUL. Never reads outside the span. */
bool text_valid(struct span text);
/* Valid and without control characters (C0, DEL, C1): text that a terminal shows and does not obey.
 */
bool text_plain(struct span text);
/* Characters (code points) of valid text. */
size_t text_count(struct span text);

/* Appends the NFC form; the Icelandic letters that old encodings put for D-with-stroke (U+00D0,
 * U+00F0) become the Vietnamese ones. Fails with ERR_INPUT on text that is not valid. */
MUST_USE int text_nfc(struct span text, struct bytes *out, struct err *err);

/* Search keys. Text becomes lower-case words (runs of letters and digits) with one space between.
 *   TEXT_TONED   letters keep circumflex, breve, horn and stroke; the tone moves to the end of the
 *                word as one private-use character, so that hoà and hòa are the same word
 *   TEXT_FOLDED  every mark is dropped and d-with-stroke is d: "quyet dinh"
 * Both give the same number of words in the same order for the same text. */
enum text_key { TEXT_TONED, TEXT_FOLDED };
MUST_USE int text_key(struct span text, enum text_key kind, struct bytes *out, struct err *err);

/* Appends one byte for each character of composed text: what is an ASCII letter without its marks
 * becomes that, lower-case (d-with-stroke: d); other ASCII stays; dashes are '-', quotation marks
 * '"', blanks ' ', the rest is '?'. So patterns meet the letters however their marks were read, and
 * places in the result are characters of the text. ERR_INPUT on text that is not valid. */
MUST_USE int text_fold_chars(struct span text, struct bytes *out, struct err *err);
/* Appends the text in lower case, or with the first letter of each word (after a blank) upper. */
enum text_case { TEXT_LOWER, TEXT_TITLE };
MUST_USE int text_recase(struct span text, enum text_case kind, struct bytes *out, struct err *err);

/* Appends the bytes as valid UTF-8 for people and JSON: what is not UTF-8 or is a control character
 * becomes \xHH, a backslash becomes \\ only when something else needed escaping (file names). */
MUST_USE int text_display(struct span raw, struct bytes *out, struct err *err);

/* Appends the text with & < > and the double quote as XML wants them, in an element or between
 * double quotes; U+FFFE and U+FFFF, which it cannot carry, become U+FFFD. Without control
 * characters. */
MUST_USE int text_xml(struct span text, struct bytes *out, struct err *err);

/* The letter at a place inside of valid text, and how many bytes it has. */
uint32_t text_letter(struct span text, size_t at, size_t *ret_len);

#endif
