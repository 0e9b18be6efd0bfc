/* app/papers.h - the papers of a dossier, as packages and other systems are told of them: what is
 * known of each, and of the files they came in. Texts are masked (app/mask.h). */
#ifndef APP_PAPERS_H
#define APP_PAPERS_H

#include "app/lookup.h"
#include "records/extract.h"

struct paper {                 /* a document of the dossier */
    struct digest id;          /* of its record */
    char *title;               /* "": none */
    size_t first, len;         /* of its pages, in the lookup */
    size_t failed;             /* of them could not be read: they have no picture */
    int64_t archived_ns;       /* when the newest of its files was archived */
    struct page_fields fields; /* at most one of a name */
};

struct original { /* a file as it came */
    struct digest id;
    char *path;
    char format[16]; /* "tiff" */
    uint64_t bytes;
    int64_t archived_ns;
};

struct papers {
    struct lookup lookup; /* all pages of the dossier, paper by paper */
    struct paper *items;
    size_t len;
    struct original *originals; /* each once, in the order of the pages */
    size_t original_len;
    size_t failed;       /* pages of all papers */
    uint32_t retention;  /* the longest of them, as in struct catalogue_document; 0: none is set */
    struct digest rules; /* the fields were found by */
};
void papers_done(struct papers *papers); /* fits CLEANUP */

/* Reads them. What is there is of one moment only when the catalogue is held. No dossier of this
 * code is not an error: len is 0. */
MUST_USE int papers_read(struct reading *reading, const struct extract_rules *rules,
                         const char *code, struct papers *papers, struct err *err);

/* The value, or "". */
const char *paper_field(const struct paper *paper, const char *name);
/* What it is called where it has no title: kind, number, abstract, or the number it has in the
 * dossier (from 1). Appended, with a NUL. */
MUST_USE int paper_name(const struct paper *paper, size_t number, struct bytes *out,
                        struct err *err);

#endif
