/* records/extract_impl.h - what the files behind records/extract.h share. */
#ifndef RECORDS_EXTRACT_IMPL_H
#define RECORDS_EXTRACT_IMPL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "records/extract.h"

/* --- a file of rules, as it is written --- */

struct list_item {
    char *is;    /* folded: what text_fold_chars() makes of it */
    char *value; /* what it stands for; NULL: itself, unfolded */
};
struct list_text {
    char *name;
    struct list_item *items;
    uint32_t item_len;
};
struct rule_text {
    char *field, *name;
    char *pattern, *list;              /* what a line is: one of the two, or both */
    char *under, *until, *take, *form; /* NULL when left out */
    char *value;                       /* what it is worth, whatever the line says */
    uint32_t left, right, top, bottom; /* percent of the page: where the line's middle lies */
    uint32_t more, gap;    /* lines after the first; blank between them, percent of a line */
    uint32_t middle;       /* percent of the page that middles of these lines may differ; 0: any */
    uint32_t sure;         /* percent: no word of it is less sure */
    uint32_t sure_letters; /* the same for words without a digit; 0: sure holds for them, too */
    /* Capitals; none; every match; lines of capitals end it; what it is under is in capitals. */
    bool caps, small, all, stop_caps, under_caps;
};
struct file_text {
    char *name;
    struct list_text *lists;
    uint32_t list_len;
    struct rule_text *rules;
    uint32_t rule_len;
};

/* --- compiled --- */

enum take {
    TAKE_LINE,  /* the line, or the group `value` of its pattern, and lines after it */
    TAKE_NEXT,  /* the lines after it */
    TAKE_ABOVE, /* the lines above it */
};
enum form {
    FORM_TEXT,
    FORM_SENTENCE,     /* begins with a capital */
    FORM_ITEM,         /* the value of the item of `list` */
    FORM_NUMBER,       /* of a document, with its symbol */
    FORM_SYMBOL,       /* of a document, without its number */
    FORM_DATE,         /* groups day, month, year */
    FORM_ORGANISATION, /* the last one named in the lines */
    FORM_PARENT,       /* the one before the last */
    FORM_PERSON,       /* a name */
    FORM_PERSON_ID,
    FORM_TAX_CODE,
    FORM_DIGITS,
    FORMS
};
struct rule {
    const struct rule_text *text;
    const struct list_text *list; /* NULL: none */
    pcre2_code *pattern, *under, *until;
    enum take take;
    enum form form;
    char label[FIELD_RULE_MAX];
};
struct extract_rules {
    struct file_text *files[EXTRACT_FILES_MAX];
    size_t file_len;
    struct rule *rules;
    size_t rule_len;
    pcre2_match_context *limits;
    struct digest digest;
};

/* The list of this name in any file, or NULL. */
const struct list_text *extract_list(const struct extract_rules *rules, const char *name);
/* The item that this folded text is, or NULL. */
const struct list_item *extract_item(const struct list_text *list, struct span folded);

/* --- a page --- */

struct page_line {
    struct text_box box;
    struct span text;   /* NFC, words joined by a blank */
    struct span folded; /* a byte for each character of text */
    const uint32_t *at; /* byte in text of each character, and the end */
    uint32_t word_first, word_len;
    bool caps; /* capitals, but for a few letters */
};
struct page_lines {
    const struct page_text *text;
    struct page_line *lines;
    size_t len;
    struct bytes chars, folded;
    uint32_t *at;
    uint32_t width, height;
};
void page_lines_done(struct page_lines *lines);
MUST_USE int page_lines_make(const struct page_text *text, uint32_t width_px, uint32_t height_px,
                             struct page_lines *lines, struct err *err);

/* --- values --- */

/* What was found, before it is a value. */
struct found {
    struct bytes text;   /* NFC, lines joined by a line feed */
    struct bytes folded; /* a byte a character, line feeds too */
};
void found_done(struct found *found);
/* Appends the value in its form. 1; 0: it is none of this form; -1. */
MUST_USE int form_value(const struct extract_rules *rules, const struct rule *rule,
                        const struct found *found, struct bytes *out, struct err *err);

#endif
