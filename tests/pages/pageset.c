/* tests/pages/pageset.c - a folder of scans with their truth, as a station would send it. */
#include "tests/pages/pageset.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/pages/pdf.h"
#include "tests/pages/picture.h"

#define PATH_MAX_LEN    1024
#define NAME_MAX_LEN    64
#define FILE_PAGES_MAX  (TYPESET_PAGES_MAX + 1) /* and a blank back */
#define DAMAGE_KEEPS    3                       /* a third of the file's bytes is left */
#define ONE_PAGE_MAX    4                       /* paragraphs a one-page letter starts from */
#define MORE_PARAGRAPHS 2
#define URGENT_ONE_IN   3

#define SHEET_SKEW_MIN 3.0
#define SHEET_SKEW_MAX 10.0

enum format {
    FORMAT_JPEG,
    FORMAT_PNG,
    FORMAT_TIFF_GREY,
    FORMAT_TIFF_G4,
    FORMAT_PDF_JPEG,
    FORMAT_PDF_G4,
    FORMAT_PDF_LAYERED,
    FORMAT_PDF_STAMPED,
    FORMAT_PDF_TEXT
};

static const char *const extensions[] = {
    [FORMAT_JPEG] = "jpg",        [FORMAT_PNG] = "png",         [FORMAT_TIFF_GREY] = "tif",
    [FORMAT_TIFF_G4] = "tif",     [FORMAT_PDF_JPEG] = "pdf",    [FORMAT_PDF_G4] = "pdf",
    [FORMAT_PDF_LAYERED] = "pdf", [FORMAT_PDF_STAMPED] = "pdf", [FORMAT_PDF_TEXT] = "pdf"};

enum special { AS_IT_IS, COPY_OF_FIRST, CUT_SHORT };

/* How a file is made. */
struct plan {
    enum letter_kind letter;
    enum format format;
    unsigned pages; /* 0: only the blank back of a page */
    enum degrade degrade;
    bool back; /* a blank back follows the last page */
    bool urgent;
    enum special special;
    bool separator;
};

static const struct plan demo[PAGESET_DEMO_FILES] = {
    {.letter = LETTER_DECISION, .format = FORMAT_JPEG, .pages = 1, .degrade = DEGRADE_LIGHT},
    {.letter = LETTER_REPORT, .format = FORMAT_TIFF_G4, .pages = 2, .degrade = DEGRADE_LIGHT},
    {.letter = LETTER_OFFICIAL,
     .format = FORMAT_PDF_JPEG,
     .pages = 2,
     .degrade = DEGRADE_LIGHT,
     .back = true,
     .urgent = true},
    {.letter = LETTER_NOTICE, .format = FORMAT_PNG, .pages = 1, .degrade = DEGRADE_LIGHT},
    {.letter = LETTER_MINUTES, .format = FORMAT_JPEG, .pages = 1, .degrade = DEGRADE_HARD},
    {.letter = LETTER_DECISION, .format = FORMAT_PDF_STAMPED, .pages = 1},
    {.letter = LETTER_NOTICE, .format = FORMAT_PDF_TEXT, .pages = 1},
    {.letter = LETTER_RECEIPT, .format = FORMAT_TIFF_GREY, .pages = 1, .degrade = DEGRADE_LIGHT},
    {.letter = LETTER_DECISION,
     .format = FORMAT_JPEG,
     .pages = 1,
     .degrade = DEGRADE_LIGHT,
     .special = COPY_OF_FIRST},
    {.letter = LETTER_OFFICIAL,
     .format = FORMAT_JPEG,
     .pages = 1,
     .degrade = DEGRADE_LIGHT,
     .special = CUT_SHORT},
};

static const struct plan mixed[] = {
    {.format = FORMAT_JPEG, .pages = 1, .degrade = DEGRADE_LIGHT},
    {.format = FORMAT_TIFF_G4, .pages = 2},
    {.format = FORMAT_PDF_JPEG, .pages = 2, .degrade = DEGRADE_LIGHT, .back = true},
    {.format = FORMAT_PNG, .pages = 1},
    {.format = FORMAT_TIFF_GREY, .pages = 1, .degrade = DEGRADE_LIGHT},
    {.format = FORMAT_JPEG, .pages = 1, .degrade = DEGRADE_HARD, .urgent = true},
    {.format = FORMAT_PDF_G4, .pages = 3},
    {.format = FORMAT_PDF_LAYERED, .pages = 1, .degrade = DEGRADE_LIGHT},
    {.format = FORMAT_PDF_STAMPED, .pages = 2},
    {.format = FORMAT_PDF_TEXT, .pages = 2},
    {.format = FORMAT_JPEG, .pages = 0, .degrade = DEGRADE_LIGHT},
};

static const char *const kind_names[PAGESET_KINDS] = {"demo",     "clean", "bilevel",
                                                      "degraded", "mixed", "separators"};

/* What is told of all files together. */
struct notes {
    struct bytes skews, separators;
};

static void notes_done(struct notes *notes)
{
    bytes_done(&notes->skews);
    bytes_done(&notes->separators);
}

/* A file on its way to the disk. */
struct product {
    const struct pageset_options *options;
    struct plan plan;
    uint32_t index; /* from 0 */
    uint64_t seed;
    char name[NAME_MAX_LEN]; /* without extension */
    struct letter *letter;
    struct typeset *typeset;
    struct separator separator;
    struct raster rasters[FILE_PAGES_MAX];
    double skews_deg[FILE_PAGES_MAX];
    size_t rasters_len;
    struct bytes data;
    struct bytes truth;
};

static void product_done(struct product *product)
{
    letter_free(product->letter);
    typeset_free(product->typeset);
    for (size_t i = 0; i < product->rasters_len; i++)
        raster_done(&product->rasters[i]);
    bytes_done(&product->data);
    bytes_done(&product->truth);
}

const char *pageset_kind_name(enum pageset_kind kind)
{
    assert(kind < PAGESET_KINDS);
    return kind_names[kind];
}

static int write_file(const char *dir, const char *name, struct span data, struct err *err)
{
    char path[PATH_MAX_LEN];
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return err_set(err, ERR_INPUT, "path of '%s' is too long", name);
    CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_sys(err, "create '%s'", path);
    for (size_t at = 0; at < data.len;) {
        ssize_t put = write(fd, data.data + at, data.len - at);
        if (put < 0)
            return err_sys(err, "write '%s'", path); /* UNTESTED: a full disk */
        at += (size_t)put;
    }
    return 0;
}

static int try_letter(struct product *product, unsigned paragraphs, struct err *err)
{
    typeset_free(product->typeset);
    letter_free(product->letter);
    product->typeset = NULL;
    product->letter = letter_new(product->plan.letter, product->seed, paragraphs, err);
    if (!product->letter)
        return -1; /* UNTESTED: no memory */
    product->typeset = typeset_new(product->letter, err);
    return product->typeset ? 0 : -1;
}

/* Makes a letter of so many pages: a short one is shortened until it fits, a long one lengthened,
 * and then some, so that its first pages are full. */
static int make_letter(struct product *product, struct err *err)
{
    size_t want = product->plan.pages ? product->plan.pages : 1;
    unsigned paragraphs = want == 1 ? (unsigned)(1 + product->seed % ONE_PAGE_MAX) : 1;
    unsigned found = 0;
    while (paragraphs >= 1 && paragraphs <= LETTER_PARAGRAPHS_MAX) {
        if (try_letter(product, paragraphs, err) < 0)
            return -1; /* UNTESTED: no memory */
        bool fits = typeset_pages(product->typeset) == want;
        if (fits && (want == 1 || (found && paragraphs >= found + MORE_PARAGRAPHS)))
            return 0;
        if (!fits && found)
            return try_letter(product, paragraphs - 1, err);
        if (fits && !found)
            found = paragraphs;
        paragraphs += want == 1 ? -1u : 1u;
    }
    /* UNTESTED: a paragraph is shorter than a page, so no number of pages is jumped over */
    return err_set(err, ERR_INPUT, "no letter of %zu pages with this seed", want);
}

static bool is_colour(enum format format)
{
    return format == FORMAT_JPEG || format == FORMAT_PDF_JPEG || format == FORMAT_PDF_LAYERED;
}

static int scan_page(struct product *product, size_t page, bool back, struct err *err)
{
    const struct pageset_options *options = product->options;
    uint64_t seed = product->seed + 1 + product->rasters_len;
    double skew = scanner_skew(product->plan.degrade, seed);
    bool signed_paper =
        product->plan.degrade != DEGRADE_NONE || product->plan.format == FORMAT_PDF_STAMPED;
    const struct scan_job job = {.typeset = product->typeset,
                                 .page = page,
                                 .dpi = options->dpi,
                                 .colour = is_colour(product->plan.format),
                                 .degrade = product->plan.degrade,
                                 .skew_deg = options->skew_given ? options->skew_deg : skew,
                                 .seal = signed_paper ? product->letter->seal : NULL,
                                 .urgent = product->plan.urgent && page == 0 && !back,
                                 .back = back,
                                 .seed = seed};
    assert(product->rasters_len < FILE_PAGES_MAX);
    if (scanner_scan(&job, &product->rasters[product->rasters_len], err) < 0)
        return -1; /* UNTESTED: no memory */
    product->skews_deg[product->rasters_len++] = job.skew_deg;
    return 0;
}

#define HARD_FOR_A_CLEAN 2

struct separator pageset_separator(uint64_t seed, uint32_t index)
{
    const uint32_t round = index / (HARD_FOR_A_CLEAN + 1),
                   of_round = index % (HARD_FOR_A_CLEAN + 1);
    if (of_round == 0)
        return separator_of(seed, round, TRIAL_CLEAN);
    const uint32_t hard = round * HARD_FOR_A_CLEAN + of_round - 1;
    return separator_of(seed, hard / (TRIALS - 1), (enum separator_trial)(1 + hard % (TRIALS - 1)));
}

enum pageset_file pageset_separator_file(const struct separator *separator)
{
    switch (separator->trial) {
    case TRIAL_FAX:
    case TRIAL_FAX_SKEWED:
        return PAGESET_G4;
    case TRIAL_PALE:
    case TRIAL_WORN:
    case TRIAL_WORN_STAMPED:
        return PAGESET_JPEG;
    default:
        return PAGESET_GREY;
    }
}

static unsigned quarters_of(const struct separator *separator)
{
    switch (separator->trial) {
    case TRIAL_TURNED_90:
        return 1;
    case TRIAL_TURNED_180:
        return 2;
    case TRIAL_TURNED_270:
        return 3;
    case TRIAL_WORN_STAMPED:
        return separator->seed % 4;
    default:
        return 0;
    }
}

struct scan_job pageset_separator_job(const struct separator *separator)
{
    const enum separator_trial trial = separator->trial;
    struct prng prng = prng_of(separator->seed, UINT64_MAX);
    const double askew = prng_between(&prng, SHEET_SKEW_MIN, SHEET_SKEW_MAX);
    const bool skewed = trial == TRIAL_SKEWED || trial == TRIAL_FAX_SKEWED;
    const bool worn = trial == TRIAL_WORN || trial == TRIAL_WORN_STAMPED;
    struct scan_job job = {.separator = separator,
                           .dpi = pageset_separator_file(separator) == PAGESET_G4 ? 200 : 300,
                           .colour = pageset_separator_file(separator) == PAGESET_JPEG &&
                                     separator->seed % 2 == 0,
                           .degrade = worn                  ? DEGRADE_HARD
                                      : trial == TRIAL_PALE ? DEGRADE_LIGHT
                                                            : DEGRADE_NONE,
                           .quarters = quarters_of(separator),
                           .pale = trial == TRIAL_PALE,
                           .seed = separator->seed};
    job.skew_deg = skewed ? (prng_below(&prng, 2) ? askew : -askew)
                          : scanner_skew(job.degrade, separator->seed);
    return job;
}

static int scan_separator(struct product *product, struct err *err)
{
    struct scan_job job = pageset_separator_job(&product->separator);
    job.typeset = product->separator.slip ? product->typeset : NULL;
    if (scanner_scan(&job, &product->rasters[0], err) < 0)
        return -1; /* UNTESTED: no memory */
    product->skews_deg[product->rasters_len++] = job.skew_deg;
    return 0;
}

static int scan_pages(struct product *product, struct err *err)
{
    if (product->plan.separator)
        return scan_separator(product, err);
    size_t fronts = product->plan.pages ? typeset_pages(product->typeset) : 0;
    for (size_t i = 0; i < fronts; i++)
        if (scan_page(product, i, false, err) < 0)
            return -1; /* UNTESTED: no memory */
    if (product->plan.back || fronts == 0)
        return scan_page(product, fronts ? fronts - 1 : 0, true, err);
    return 0;
}

static int encode(struct product *product, struct err *err)
{
    const struct raster *pages = product->rasters;
    struct bytes *data = &product->data;
    size_t len = product->rasters_len;
    switch (product->plan.format) {
    case FORMAT_JPEG:
        return picture_jpeg(pages, data, err);
    case FORMAT_PNG:
        return picture_png(pages, data, err);
    case FORMAT_TIFF_GREY:
    case FORMAT_TIFF_G4:
        return picture_tiff(pages, len, product->plan.format == FORMAT_TIFF_G4, data, err);
    case FORMAT_PDF_JPEG:
        return pdf_of_scans(pages, len, PDF_JPEG, product->typeset, data, err);
    case FORMAT_PDF_G4:
        return pdf_of_scans(pages, len, PDF_G4, product->typeset, data, err);
    case FORMAT_PDF_LAYERED:
        return pdf_of_scans(pages, len, PDF_LAYERED, product->typeset, data, err);
    case FORMAT_PDF_STAMPED:
        return pdf_of_scans(pages, len, PDF_G4_STAMPED, product->typeset, data, err);
    case FORMAT_PDF_TEXT:
        return pdf_of_text(product->typeset, data, err);
    }
    return err_set(err, ERR_INPUT, "no such format"); /* UNTESTED: the plans are ours */
}

/* A blank page has a truth as well: none. */
static int tell_truth(struct product *product, struct err *err)
{
    size_t pages = product->plan.pages ? typeset_pages(product->typeset) : 0;
    if (product->plan.separator)
        return bytes_append(&product->truth, span_of_text(product->separator.text), err);
    for (size_t i = 0; i < pages; i++) {
        if (i > 0 && bytes_append(&product->truth, span_of_text("\f"), err) < 0)
            return -1; /* UNTESTED: no memory */
        if (bytes_append(&product->truth, typeset_truth(product->typeset, i), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    if (pages > 0 && product->plan.back)
        return bytes_append(&product->truth, span_of_text("\f"), err);
    return 0;
}

static int make_product(struct product *product, struct err *err)
{
    const struct plan *plan = &product->plan;
    const char *name = plan->separator ? separator_symbol_name(product->separator.symbol)
                       : plan->special == COPY_OF_FIRST ? "copy"
                       : plan->special == CUT_SHORT     ? "damaged"
                       : plan->pages == 0               ? "blank"
                                                        : letter_kind_name(plan->letter);
    (void)snprintf(product->name, sizeof product->name, "%03u-%s", product->index + 1, name);
    if (make_letter(product, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (plan->format != FORMAT_PDF_TEXT && scan_pages(product, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (encode(product, err) < 0 || tell_truth(product, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (plan->special == CUT_SHORT)
        product->data.len /= DAMAGE_KEEPS;
    return 0;
}

static int note_skews(const struct product *product, const char *file, struct bytes *skews,
                      struct err *err)
{
    if (product->plan.format == FORMAT_PDF_TEXT) {
        for (size_t i = 0; i < typeset_pages(product->typeset); i++)
            if (bytes_printf(skews, err, "%s\t%zu\t0.0000\n", file, i + 1) < 0)
                return -1; /* UNTESTED: no memory */
        return 0;
    }
    for (size_t i = 0; i < product->rasters_len; i++)
        if (bytes_printf(skews, err, "%s\t%zu\t%.4f\n", file, i + 1, product->skews_deg[i]) < 0)
            return -1; /* UNTESTED: no memory */
    return 0;
}

static int note_separator(const struct product *product, const char *file, struct bytes *notes,
                          struct err *err)
{
    const struct separator *separator = &product->separator;
    return bytes_printf(
        notes, err, "%s\t%s\t%s\t%s\n", file, separator_trial_name(separator->trial),
        separator_symbol_name(separator->symbol), separator->code[0] ? separator->code : "-");
}

static int save_product(const struct product *product, struct notes *notes, struct err *err)
{
    const char *out = product->options->out;
    char file[NAME_MAX_LEN + 8];
    (void)snprintf(file, sizeof file, "%s.%s", product->name, extensions[product->plan.format]);
    if (write_file(out, file, bytes_span(&product->data), err) < 0)
        return -1;
    if (product->plan.special == CUT_SHORT)
        return 0;
    if (note_skews(product, file, &notes->skews, err) < 0 ||
        (product->plan.separator && note_separator(product, file, &notes->separators, err) < 0))
        return -1; /* UNTESTED: no memory */
    (void)snprintf(file, sizeof file, "%s.gt.txt", product->name);
    return write_file(out, file, bytes_span(&product->truth), err);
}

static struct plan plan_separator(const struct pageset_options *options, uint32_t index)
{
    static const enum format formats[] = {[PAGESET_GREY] = FORMAT_TIFF_GREY,
                                          [PAGESET_G4] = FORMAT_TIFF_G4,
                                          [PAGESET_JPEG] = FORMAT_JPEG};
    const struct separator separator = pageset_separator(options->seed, index);
    return (struct plan){.letter = LETTER_RECEIPT,
                         .format = formats[pageset_separator_file(&separator)],
                         .pages = 1,
                         .separator = true};
}

/* The letter kinds take turns, from a place the seed gives. */
static struct plan plan_file(const struct pageset_options *options, uint32_t index)
{
    struct prng prng = prng_of(options->seed, UINT64_MAX - index);
    struct plan plan = {.pages = 1};
    switch (options->kind) {
    case PAGESET_DEMO:
        plan = demo[index];
        break;
    case PAGESET_CLEAN:
        plan.format = FORMAT_TIFF_GREY;
        break;
    case PAGESET_BILEVEL:
        plan.format = FORMAT_TIFF_G4;
        break;
    case PAGESET_DEGRADED:
        plan.format = FORMAT_JPEG;
        plan.degrade = DEGRADE_HARD;
        plan.urgent = prng_below(&prng, URGENT_ONE_IN) == 0;
        break;
    case PAGESET_MIXED:
        plan = mixed[index % ARRAY_LEN(mixed)];
        break;
    case PAGESET_SEPARATORS:
        plan = plan_separator(options, index);
        break;
    case PAGESET_KINDS:
        assert(options->kind != PAGESET_KINDS); /* a count, not a set */
        break;
    }
    if (options->kind != PAGESET_DEMO && !plan.separator)
        plan.letter = (enum letter_kind)((options->seed % LETTER_KINDS + index) % LETTER_KINDS);
    if (options->degrade_given)
        plan.degrade = options->degrade;
    return plan;
}

static int write_product(const struct pageset_options *options, uint32_t index, struct notes *notes,
                         struct err *err)
{
    CLEANUP(product_done)
    struct product product = {
        .options = options, .index = index, .plan = plan_file(options, index)};
    struct prng prng = prng_of(options->seed, product.plan.special == COPY_OF_FIRST ? 0 : index);
    product.seed = prng_next(&prng);
    if (product.plan.separator)
        product.separator = pageset_separator(options->seed, index);
    if (make_product(&product, err) < 0 || save_product(&product, notes, err) < 0)
        return err_wrap(err, "file %u", index + 1);
    return 0;
}

int pageset_write(const struct pageset_options *options, struct err *err)
{
    CLEANUP(notes_done) struct notes notes = {.skews = {0}};
    uint32_t count = options->kind == PAGESET_DEMO ? PAGESET_DEMO_FILES : options->count;
    assert(count >= 1 && count <= PAGESET_COUNT_MAX);
    if (mkdir(options->out, 0755) < 0 && errno != EEXIST)
        return err_sys(err, "make folder '%s'", options->out);
    if (bytes_printf(&notes.skews, err, "file\tpage\tskew_deg\n") < 0 ||
        bytes_printf(&notes.separators, err, "file\ttrial\tkind\tcode\n") < 0)
        return -1; /* UNTESTED: no memory */
    for (uint32_t i = 0; i < count; i++)
        if (write_product(options, i, &notes, err) < 0)
            return -1;
    if (options->kind == PAGESET_SEPARATORS &&
        write_file(options->out, "separators.tsv", bytes_span(&notes.separators), err) < 0)
        return -1;
    return write_file(options->out, "skew.tsv", bytes_span(&notes.skews), err);
}
