/* pipeline/stack.c - a file is parted into papers by the separator sheets in it. */
#include "pipeline/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/document_record.h"

/* A paper: pages [from, to) of the file. */
struct paper {
    uint32_t from, to;
    const char *dossier;       /* "": to be assigned */
    const struct sheet *sheet; /* that it began with; NULL: none */
};

size_t stack_documents_max(const struct source *source)
{
    return (size_t)source->sheet_len + 1;
}

static int by_page(const void *a, const void *b)
{
    const struct sheet *x = a, *y = b;
    return x->page < y->page ? -1 : x->page > y->page;
}

static int note(struct commit_item *item, const struct paper *paper, bool keep, struct err *err)
{
    const struct source *source = item->source;
    CLEANUP(document_record_done)
    struct document_record record = {.by = paper->sheet ? DOCUMENT_BY_SEPARATOR : DOCUMENT_BY_NAME};
    CLEANUP(bytes_done) struct bytes json = {0};
    struct err too_long = {0};
    if (paper->from >= paper->to || paper->to - paper->from > DOCUMENT_PAGES_MAX)
        return 0; /* two sheets, one behind the other: there is no paper between them */
    (void)snprintf(record.dossier, sizeof record.dossier, "%s", paper->dossier);
    if (source->claim && document_record_batch(&record, source->claim->batch, &too_long) < 0)
        record.batch[0] = '\0'; /* a folder of a very long name; the ledger has it */
    if (paper->sheet) {
        record.has_separator = true;
        record.separator_kept = keep;
        record.separator = (struct page_range){source->id, paper->sheet->page, paper->sheet->page};
    }
    if (document_record_add(&record, (struct page_range){source->id, paper->from, paper->to - 1},
                            err) < 0 ||
        document_record_write(&record, &json, err) < 0)
        return -1;
    return commit_item_add(item, OBJECT_META, &json, NULL, err);
}

int stack_note_documents(struct commit_item *item, bool keep, struct err *err)
{
    struct source *source = item->source;
    struct paper paper = {.dossier = source->claim ? source->claim->dossier : ""};
    if (item->kind != COMMIT_ARCHIVED)
        return 0;
    if (source->sheet_len > 1) /* pages are read by many workers: they come as they come */
        qsort(source->sheets, source->sheet_len, sizeof *source->sheets, by_page);
    for (uint32_t i = 0; i < source->sheet_len; i++) {
        const struct sheet *sheet = &source->sheets[i];
        if (sheet->code[0] && strcmp(sheet->code, paper.dossier) == 0)
            continue;
        paper.to = sheet->page;
        if ((paper.sheet || paper.dossier[0]) && note(item, &paper, keep, err) < 0)
            return -1;
        paper = (struct paper){.from = keep ? sheet->page : sheet->page + 1,
                               .dossier = sheet->code[0] ? sheet->code : paper.dossier,
                               .sheet = sheet};
    }
    paper.to = source->page_len;
    return paper.sheet || paper.dossier[0] ? note(item, &paper, keep, err) : 0;
}
