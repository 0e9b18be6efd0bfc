/* app/cmd_get.c - sohoa get: gives an original, a text, a picture or a PDF back. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/destroyed_row.h"
#include "app/export.h"
#include "app/pictures.h"
#include "ocr/alto.h"
#include "records/fields_record.h"
#include "records/index.h"

enum form {
    FORM_ORIGINAL,
    FORM_TEXT,
    FORM_ALTO,
    FORM_HOCR,
    FORM_IMAGE,
    FORM_PDF,
    FORM_RECORD,
    FORM_OBJECT,
    FORM_COUNT
};
static const char *const form_names[FORM_COUNT] = {"original", "text", "alto",   "hocr",
                                                   "image",    "pdf",  "record", "object"};

static int get_object(struct reading *reading, const struct digest *id, struct bytes *out,
                      struct err *err)
{
    return index_read(reading->archive, reading->catalogue, id, out, err);
}

static int get_alto(struct reading *reading, const struct page_record *page, struct bytes *out,
                    struct err *err)
{
    if (page->has_alto)
        return get_object(reading, &page->alto, out, err);
    return err_input(err, REASON_NONE, "page %u is %s: it has no text", page->index + 1,
                     page_status_name(page->status));
}

/* The text of all pages; a form feed between two pages, as pdftotext and Tesseract put it. */
static int get_text(struct reading *reading, const struct lookup *lookup, struct bytes *out,
                    struct err *err)
{
    for (size_t i = 0; i < lookup->page_len; i++) {
        CLEANUP(bytes_done) struct bytes alto = {0};
        CLEANUP(page_text_done) struct page_text text = {0};
        if (i > 0 && bytes_append(out, span_of_text("\f"), err) < 0)
            return -1;
        if (!lookup->pages[i].has_alto)
            continue;
        if (get_object(reading, &lookup->pages[i].alto, &alto, err) < 0 ||
            alto_read(bytes_span(&alto), &text, err) < 0 || page_text_plain(&text, out, err) < 0)
            return -1;
    }
    return 0;
}

static int get_image(struct reading *reading, const struct page_record *page, struct bytes *out,
                     struct err *err)
{
    CLEANUP(pictures_done) struct pictures pictures = {.reading = reading, .fd = -1};
    return pictures_draw(&pictures, page, out, err);
}

static int get_record(struct reading *reading, const struct lookup *lookup, struct bytes *out,
                      struct err *err)
{
    (void)reading;
    for (size_t i = 0; i < lookup->page_len; i++)
        if (page_record_write(&lookup->pages[i], out, err) < 0 ||
            bytes_append(out, span_of_text("\n"), err) < 0)
            return -1;
    return 0;
}

/* A record of fields holds personal ids whole: who wants to see them says who he is, and why. */
static int check_no_fields(struct span object, struct err *err)
{
    CLEANUP(fields_record_done) struct fields_record record = {.index = 0};
    struct err none = {0};
    if (object.len > FIELDS_RECORD_BYTES || fields_record_parse(object, &record, &none) < 0)
        return 0;
    return err_input(err, REASON_NONE,
                     "this is what was found on a page: sohoa show tells it, with --unmask whole");
}

static int get_original(struct reading *reading, const struct lookup *lookup, struct bytes *out,
                        struct err *err)
{
    if (lookup->is_papers && !lookup->is_digest)
        return err_input(err, REASON_NONE, "a dossier may be of several files: give the id of one");
    if (get_object(reading, lookup->is_digest ? &lookup->id : &lookup->pages[0].source, out, err) <
        0)
        return -1;
    return lookup->is_digest ? check_no_fields(bytes_span(out), err) : 0;
}

static int get_form(struct reading *reading, const struct lookup *lookup, enum form form,
                    struct bytes *out, struct err *err)
{
    if (form == FORM_ORIGINAL)
        return get_original(reading, lookup, out, err);
    if (form == FORM_TEXT)
        return get_text(reading, lookup, out, err);
    if (form == FORM_RECORD)
        return get_record(reading, lookup, out, err);
    if (lookup->page_len > 1)
        return err_input(err, REASON_NONE, "there are %zu pages: give the id of one",
                         lookup->page_len);
    return form == FORM_ALTO ? get_alto(reading, &lookup->pages[0], out, err)
                             : get_image(reading, &lookup->pages[0], out, err);
}

/* Gives it out where it is wanted; *ret_left_out: pages that are lacking. */
static int give(const struct export *export, enum form form, uint32_t *ret_left_out,
                struct err *err)
{
    CLEANUP(bytes_done) struct bytes out = {0};
    if (form == FORM_PDF)
        return export_pdf(export, ret_left_out, err);
    if (form == FORM_HOCR)
        return export_hocr(export, err);
    if (get_form(export->reading, export->lookup, form, &out, err) < 0)
        return -1;
    return write_output(export->reading->io, export->output, bytes_span(&out), err);
}

/* What it cannot give: destroyed lawfully, or else the error. */
static int tell_why(struct reading *reading, const char *id, const struct err *why)
{
    struct err err = {0};
    bool may_be = why->kind == ERR_GONE || why->kind == ERR_CORRUPT || why->kind == ERR_INPUT ||
                  why->kind == ERR_ERASED;
    int told = may_be ? refuse_destroyed(reading->catalogue, id, &err) : 0;
    if (told < 0)
        return report(&err);
    int code = told > 0 ? EXIT_FINDINGS : report(why);
    return why->kind == ERR_INPUT ? EXIT_FINDINGS : code;
}

/* The bytes that a digest is of, and a proof: no record is read for them, and no key is needed. */
static int get_hashed(struct reading *reading, const char *id, const char *output)
{
    struct err err = {0};
    struct group_entry entry;
    CLEANUP(bytes_done) struct bytes out = {0};
    int found = lookup_object(reading, id, &entry, &err);
    if (found < 0 && err.kind == ERR_INPUT)
        return usage_error(&command_get, "%s", err.text);
    if (found == 0) {
        int told = refuse_destroyed(reading->catalogue, id, &err);
        if (told != 0)
            return told < 0 ? report(&err) : EXIT_FINDINGS;
        (void)fprintf(stderr, _("sohoa: the archive has no page or source '%s'\n"), id);
        return EXIT_FINDINGS;
    }
    if (found < 0 ||
        archive_read_hashed(reading->archive, entry.place, &entry.id, &out, &err) < 0 ||
        check_no_fields(bytes_span(&out), &err) < 0 ||
        write_output(reading->io, output, bytes_span(&out), &err) < 0)
        return tell_why(reading, id, &err);
    return EXIT_DONE;
}

static int get(const char *path, const char *id, enum form form, const char *output)
{
    struct err err = {0};
    uint32_t left_out = 0;
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(lookup_done) struct lookup lookup = {.pages = NULL};
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    if (form == FORM_OBJECT)
        return get_hashed(&reading, id, output);
    if (lookup_papers(&reading, id, &lookup, &err) < 0)
        return err.kind == ERR_INPUT && err.reason == REASON_NONE
                   ? usage_error(&command_get, "%s", err.text)
                   : report(&err);
    bool any_object = lookup.is_digest && form == FORM_ORIGINAL;
    if (lookup.page_len == 0 && !any_object) {
        int told = refuse_destroyed(reading.catalogue, id, &err);
        if (told != 0)
            return told < 0 ? report(&err) : EXIT_FINDINGS;
        (void)fprintf(stderr, _("sohoa: the archive has no page or source '%s'\n"), id);
        return EXIT_FINDINGS;
    }
    const struct export export = {&reading, &lookup, id, output};
    if (give(&export, form, &left_out, &err) < 0)
        return tell_why(&reading, id, &err);
    return left_out > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"as", required_argument, NULL, 'a'},
        {"output", required_argument, NULL, 'o'},
        {0},
    };
    int form = FORM_ORIGINAL;
    const char *output = NULL;
    for (int c; (c = getopt_long(argc, argv, "ha:o:", long_options, NULL)) != -1;) {
        switch (c) {
        case 'h':
        case OPT_HELP:
            print_help(&command_get);
            return EXIT_DONE;
        case OPT_JSON:
            break;
        case 'o':
            output = optarg;
            break;
        case 'a':
            for (form = 0; form < FORM_COUNT && strcmp(optarg, form_names[form]) != 0; form++)
                ;
            if (form == FORM_COUNT)
                return usage_error(&command_get, _("bad value '%s'"), optarg);
            break;
        default:
            return usage_error(&command_get, _("unknown option or missing value"));
        }
    }
    if (argc - optind != 2)
        return usage_error(&command_get, _("an archive and an id are needed"));
    if (!output && isatty(STDOUT_FILENO) == 1 &&
        (form == FORM_ORIGINAL || form == FORM_IMAGE || form == FORM_PDF || form == FORM_OBJECT))
        return usage_error(&command_get, _("not on a terminal: give -o FILE"));
    return get(argv[optind], argv[optind + 1], (enum form)form, output);
}

const struct command command_get = {
    .name = "get",
    .summary = N_("give an original, its text, a picture or a PDF back"),
    .usage = "get ARCHIVE ID [--as FORM] [-o FILE]",
    .help = N_(
        "ID is a page id (from ls or find), a SHA-256 (of a file, of a document, or of any\n"
        "object), or the code of a dossier. Every byte is checked against its digest before it\n"
        "is given out.\n"
        "\n"
        "Options:\n"
        "  --as original      the whole file as it came, byte for byte (default)\n"
        "  --as pdf           searchable PDF/A-2b of all the pages: the pictures as archived,\n"
        "                     the text invisible over them\n"
        "  --as text          plain text; a form feed between pages\n"
        "  --as hocr          the text with boxes as HTML\n"
        "  --as alto          ALTO 4 with words, boxes and confidences (one page)\n"
        "  --as image         a picture to look at: PNG when black and white, else JPEG (one "
        "page)\n"
        "  --as record        what is known of the page, as JSON\n"
        "  --as object        the bytes that the SHA-256 and a proof are of: of what is sealed "
        "the\n"
        "                     envelope, without a key\n"
        "  -o, --output FILE  write there, whole or not at all (default: standard output)\n"
        "\n"
        "The pages of a document or dossier are those it has now, in order, without separator\n"
        "sheets. Pages that could not be read are left out of a PDF, told of, and make the exit\n"
        "code 1.\n"
        "\n"
        "Examples:\n"
        "  sohoa get archive 3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.0 -o scan.tif\n"
        "  sohoa get archive 3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.0 --as text\n"
        "  sohoa get archive 000.00.12.H57-250705-0001 --as pdf -o dossier.pdf\n"),
    .run = run,
};
