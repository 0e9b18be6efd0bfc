/* records/search.h - finds pages by Vietnamese text: with tones, tone-free, words and phrases.
 *
 * A word typed with any mark (quyết, đ) must match with its marks, wherever the tone stands (hoà is
 * hòa); a word typed without marks matches any marks. Words are all required; "quoted words" must
 * stand side by side. What was found on pages, and what is known of their dossiers, narrows it. */
#ifndef RECORDS_SEARCH_H
#define RECORDS_SEARCH_H

#include "ocr/page_text.h"
#include "storage/catalogue.h"

#define SEARCH_QUERY_MAX_BYTES 4096
#define SEARCH_TERMS_MAX       64

struct search; /* a parsed query; immutable */

/* What papers are wanted, as users type it; NULL: any. Marks and capitals do not count. */
struct search_papers {
    const char *type;                  /* the code: "QD" is QĐ */
    const char *number;                /* "707/QĐ-TTg", or how it begins: "707" */
    const char *issuer;                /* words that stand in its name side by side */
    const char *dated_from, *dated_to; /* "2026-04-28", "2026-04" or "2026", both included */
    const char *field;                 /* NAME=TEXT: the field has these words side by side */
    const char *unit;                  /* code of an organisation of the dossier */
    const char *station;               /* name of the hot folder it came through */
    const char *status;                /* of the page, or the last step of its dossier */
    const char *confidence;            /* "<80" or ">=80" */
    const char *sort;                  /* "date" "-date" ...: find_sort_name() */
    bool repeated;                     /* number, issuer and date are another page's, too */
};

struct search_options {
    const char *text;        /* what the user typed; "" or NULL finds every page */
    bool exact;              /* words without marks match only words without marks */
    const char *source_like; /* substring of the source's path; NULL: any */
    const char *dossier;     /* a code, or how codes begin and a '*'; NULL: any page */
    bool unassigned;         /* only pages of no dossier */
    int64_t from_ns, to_ns;  /* when archived: [from, to); 0: open */
    struct search_papers papers;
    uint32_t limit, offset;
};

/* ERR_INPUT with a text for the user: no word in it, unbalanced quotes, too long; which value is
 * wrong, and what it should be like. Texts are copied. */
MUST_USE struct search *search_parse(const struct search_options *options, struct err *err);
void search_free(struct search *search);
void search_freep(struct search **search);

#define SEARCH_BOXES_MAX   200
#define SEARCH_SNIPPET_MAX 400 /* bytes with NUL */

struct search_hit {
    const struct page_row *row;
    const char *snippet;          /* UTF-8, around the first hit; lines joined by a blank */
    const struct text_box *boxes; /* of the hits, in pixels of the page */
    size_t box_len;
};
typedef int search_visit(void *self, const struct search_hit *hit, struct err *err);

/* The pages as the catalogue is asked for them; good as long as the search. */
struct catalogue_query search_query(const struct search *search);

/* Calls visit for each page, best first. Returns how many there were, or -1. */
MUST_USE int search_run(const struct search *search, struct archive *archive,
                        struct catalogue *catalogue, search_visit *visit, void *self,
                        struct err *err);

/* The hits of a query in one page's text: what search_run() shows, for callers that have the text.
 * snippet: SEARCH_SNIPPET_MAX bytes. Returns the number of boxes written to boxes. */
MUST_USE int search_mark(const struct search *search, const struct page_text *text, char *snippet,
                         struct text_box boxes[SEARCH_BOXES_MAX], struct err *err);

#endif
