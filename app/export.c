/* app/export.c - pages of the archive as a document of another form. */
#include "app/export.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/pictures.h"
#include "image/pdf_writer.h"
#include "ocr/alto.h"
#include "ocr/hocr.h"
#include "records/index.h"

static int read_text(struct reading *reading, const struct page_record *page,
                     struct page_text *ret_text, struct err *err)
{
    CLEANUP(bytes_done) struct bytes alto = {0};
    if (!page->has_alto)
        return 0;
    if (index_read(reading->archive, reading->catalogue, &page->alto, &alto, err) < 0)
        return -1;
    return alto_read(bytes_span(&alto), ret_text, err);
}

static void free_words(struct pdf_word **words)
{
    free(*words);
}

static int write_page(struct pdf_writer *writer, const struct page_record *record,
                      const struct page_text *text, const struct embed *picture, struct span data,
                      struct err *err)
{
    CLEANUP(free_words) struct pdf_word *words = calloc(text->word_len + 1, sizeof *words);
    if (!words)
        return err_sys(err, "list words"); /* UNTESTED: no memory */
    for (size_t i = 0; i < text->word_len; i++) {
        const struct text_word *word = &text->words[i];
        words[i] = (struct pdf_word){.x = word->box.x,
                                     .y = word->box.y,
                                     .w = word->box.w,
                                     .h = word->box.h,
                                     .line = word->line,
                                     .chars = page_text_chars(text, word)};
    }
    const struct pdf_page page = {.picture = picture,
                                  .data = data,
                                  .width_px = record->width_px,
                                  .height_px = record->height_px,
                                  .dpi = record->dpi,
                                  .turned_deg = record->turned_deg,
                                  .words = words,
                                  .word_len = text->word_len};
    return pdf_writer_page(writer, &page, err);
}

static int add_page(struct pictures *pictures, struct pdf_writer *writer,
                    const struct page_record *record, struct err *err)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    struct embed picture;
    if (record->width_px == 0 || record->height_px == 0)
        return err_set(err, ERR_CORRUPT, "the record tells no size");
    if (pictures_embed(pictures, record, &picture, &data, err) < 0 ||
        read_text(pictures->reading, record, &text, err) < 0)
        return -1;
    return write_page(writer, record, &text, &picture, bytes_span(&data), err);
}

static int add_pages(struct reading *reading, const struct lookup *lookup,
                     struct pdf_writer *writer, struct err *err)
{
    CLEANUP(pictures_done) struct pictures pictures = {.reading = reading, .fd = -1};
    for (size_t i = 0; i < lookup->page_len; i++) {
        const struct page_record *record = &lookup->pages[i];
        char id[PAGE_ID_MAX];
        page_id_make(&record->source, record->index, id);
        if (record->status == PAGE_FAILED)
            (void)fprintf(stderr, _("sohoa: page %s could not be read and is left out\n"), id);
        else if (add_page(&pictures, writer, record, err) < 0)
            return err_wrap(err, "page %s", id);
    }
    return pdf_writer_finish(writer, err);
}

static const char *title_of(const struct export *export)
{
    return export->lookup->title ? export->lookup->title : export->id;
}

int export_pdf(const struct export *export, uint32_t *ret_left_out, struct err *err)
{
    const struct lookup *lookup = export->lookup;
    const struct pdf_about about = {.title = title_of(export), .date_ns = lookup->archived_ns};
    uint32_t left_out = 0;
    for (size_t i = 0; i < lookup->page_len; i++)
        left_out += lookup->pages[i].status == PAGE_FAILED;
    if (left_out == lookup->page_len)
        return err_input(err, REASON_NONE, "none of the pages could be read");
    CLEANUP(output_done) struct output output = {.io = NULL};
    if (output_open(&output, export->reading->io, export->output, err) < 0)
        return -1;
    CLEANUP(pdf_writer_freep)
    struct pdf_writer *writer = pdf_writer_new(&about, output_put, &output, err);
    if (!writer || add_pages(export->reading, lookup, writer, err) < 0 ||
        output_finish(&output, err) < 0)
        return -1;
    *ret_left_out = left_out;
    return 0;
}

static int add_hocr(const struct export *export, uint32_t number, struct bytes *out,
                    struct err *err)
{
    const struct page_record *record = &export->lookup->pages[number];
    CLEANUP(page_text_done) struct page_text text = {0};
    char id[PAGE_ID_MAX];
    page_id_make(&record->source, record->index, id);
    const struct hocr_page page = {.id = id,
                                   .engine = record->engine,
                                   .number = number,
                                   .width_px = record->width_px,
                                   .height_px = record->height_px,
                                   .dpi = record->dpi,
                                   .turned_deg = record->turned_deg};
    if (read_text(export->reading, record, &text, err) < 0)
        return err_wrap(err, "page %s", id);
    return hocr_page(&text, &page, out, err);
}

int export_hocr(const struct export *export, struct err *err)
{
    CLEANUP(output_done) struct output output = {.io = NULL};
    CLEANUP(bytes_done) struct bytes out = {0};
    if (hocr_begin(title_of(export), &out, err) < 0 ||
        output_open(&output, export->reading->io, export->output, err) < 0)
        return -1;
    for (uint32_t i = 0; i < export->lookup->page_len; i++) {
        if (add_hocr(export, i, &out, err) < 0 || output_put(&output, bytes_span(&out), err) < 0)
            return -1;
        out.len = 0;
    }
    if (hocr_end(&out, err) < 0 || output_put(&output, bytes_span(&out), err) < 0)
        return -1;
    return output_finish(&output, err);
}
