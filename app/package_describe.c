/* app/package_describe.c - the EAD of a package: what is said of the dossier and of its papers.
 *
 * Names, lengths and codes are those of Circular 05/2025/TT-BNV and Decree 30/2020, as far as they
 * are known here (docs/format-package.md). What nobody knows is left out. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/mask.h"
#include "app/package_impl.h"
#include "records/retention.h"

#define DIGITISED      "02" /* confidenceLevel: neither born digital nor mixed */
#define VIETNAMESE     "01"
#define SECRET         "03" /* mode */
#define SHORT_MAX      32
#define CODE_MAX       96
#define NUMBER_CHARS   11 /* official lengths */
#define NOTATION_CHARS 30
#define TYPE_CHARS     100
#define ORGAN_CHARS    200
#define SUBJECT_CHARS  500
#define TITLE_CHARS    1000

/* Values that are to be freed. */
enum { TEXTS_MAX = 8 };
struct texts {
    char *items[TEXTS_MAX];
    size_t len;
    bool failed;
};

static void texts_done(struct texts *texts)
{
    for (size_t i = 0; i < texts->len; i++)
        free(texts->items[i]);
}

static const char *keep(struct texts *texts, char *text)
{
    texts->failed |= !text;
    if (text)
        texts->items[texts->len++] = text;
    return text;
}

static int add_to(struct bytes *out, const char *what, const char *value, struct err *err)
{
    return !*value ? 0 : bytes_printf(out, err, "%s%s: %s", out->len > 0 ? "; " : "", what, value);
}

/* In Vietnamese, which the package is for. */
static int dossier_notes(const struct happenings *happenings, struct bytes *out, struct err *err)
{
    static const struct {
        enum dossier_fact fact;
        const char *what;
    } notes[] = {
        {FACT_PROCEDURE, "Mã thủ tục"},       {FACT_FIELD_NAME, "Lĩnh vực"},
        {FACT_HELPED, "Nơi hướng dẫn"},       {FACT_RECEIVED, "Nơi tiếp nhận"},
        {FACT_DECIDES, "Cơ quan giải quyết"}, {FACT_RETURN_TO, "Nơi trả kết quả"},
        {FACT_DUE, "Ngày hẹn trả"},
    };
    for (size_t i = 0; i < ARRAY_LEN(notes); i++)
        if (add_to(out, notes[i].what, happenings_fact(happenings, notes[i].fact), err) < 0)
            return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of("", 1), err);
}

static int paper_notes(const struct paper *paper, struct bytes *out, struct err *err)
{
    if (add_to(out, "Người ký", paper_field(paper, "signer"), err) < 0 ||
        add_to(out, "Thẩm quyền ký", paper_field(paper, "capacity"), err) < 0 ||
        add_to(out, "Chức vụ", paper_field(paper, "signer_title"), err) < 0 ||
        add_to(out, "Độ khẩn", paper_field(paper, "urgency"), err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of("", 1), err);
}

/* The first and last whole date of its papers; "" when there is none. */
static void date_span(const struct papers *papers, const char **ret_first, const char **ret_last)
{
    *ret_first = *ret_last = "";
    for (size_t i = 0; i < papers->len; i++) {
        const char *date = paper_field(&papers->items[i], "date");
        if (!*date || strstr(date, "-00"))
            continue;
        if (!**ret_first || strcmp(date, *ret_first) < 0)
            *ret_first = date;
        if (strcmp(date, *ret_last) > 0)
            *ret_last = date;
    }
}

static const char *maintenance_text(uint32_t years, char text[SHORT_MAX])
{
    if (years == RETENTION_UNSET)
        return "";
    if (years == RETENTION_PERMANENT)
        return "Vĩnh viễn";
    (void)snprintf(text, SHORT_MAX, "%" PRIu32 " năm", years);
    return text;
}

/* What all pages that have a text were read as. */
static const char *language_of(const struct page_record *pages, size_t len)
{
    const char *code = "";
    for (size_t i = 0; i < len; i++) {
        if (!pages[i].has_alto)
            continue;
        if (strncmp(pages[i].language, "vie", 3) != 0)
            return "";
        code = VIETNAMESE;
    }
    return code;
}

int package_describe_dossier(const struct building *building, struct bytes *out, struct err *err)
{
    const struct papers *papers = building->papers;
    const struct lookup *lookup = &papers->lookup;
    CLEANUP(texts_done) struct texts texts = {.len = 0};
    CLEANUP(bytes_done) struct bytes notes = {0};
    char docs[SHORT_MAX], pages[SHORT_MAX], years[SHORT_MAX];
    const char *first, *last;
    if (dossier_notes(building->happenings, &notes, err) < 0)
        return -1; /* UNTESTED: no memory */
    date_span(papers, &first, &last);
    (void)snprintf(docs, sizeof docs, "%zu", papers->len);
    (void)snprintf(pages, sizeof pages, "%zu", lookup->page_len);
    const struct package_value values[] = {
        {"arcFileCode", building->wish->file_code},
        {"title", keep(&texts, cut_copy(building->label, TITLE_CHARS))},
        {"maintenance", maintenance_text(papers->retention, years)},
        {"language", language_of(lookup->pages, lookup->page_len)},
        {"startDate", first},
        {"endDate", last},
        {"totalDoc", docs},
        {"numberOfPage", pages},
        {"format", "PDF/A-2b"},
        {"confidenceLevel", DIGITISED},
        {"description", keep(&texts, cut_copy((const char *)notes.data, SUBJECT_CHARS))},
    };
    if (texts.failed)
        return err_sys(err, "describe the dossier"); /* UNTESTED: no memory */
    return package_ead("ead", "../../schemas", values, ARRAY_LEN(values), out, err);
}

int package_describe_paper(const struct building *building, size_t n, struct bytes *out,
                           struct err *err)
{
    const size_t place = building->pdfs.papers[n];
    const struct papers *papers = building->papers;
    const struct paper *paper = &papers->items[place];
    const char *number = paper_field(paper, "number"), *slash = strchrnul(number, '/');
    CLEANUP(texts_done) struct texts texts = {.len = 0};
    CLEANUP(bytes_done) struct bytes notes = {0}, name = {0};
    char code[CODE_MAX], order[SHORT_MAX], pages[SHORT_MAX];
    if (paper_notes(paper, &notes, err) < 0 || paper_name(paper, place + 1, &name, err) < 0)
        return -1; /* UNTESTED: no memory */
    (void)snprintf(code, sizeof code, "%s.%07zu", building->wish->file_code, place + 1);
    (void)snprintf(order, sizeof order, "%zu", place + 1);
    (void)snprintf(pages, sizeof pages, "%zu", paper->len);
    const char *short_number = keep(&texts, strndup(number, (size_t)(slash - number)));
    const struct package_value values[] = {
        {"docCode", code},
        {"order", order},
        {"typeName", keep(&texts, cut_copy(paper_field(paper, "type"), TYPE_CHARS))},
        {"codeNumber", keep(&texts, cut_copy(short_number ? short_number : "", NUMBER_CHARS))},
        {"codeNotation", keep(&texts, cut_copy(*slash ? slash + 1 : "", NOTATION_CHARS))},
        {"docDate", paper_field(paper, "date")},
        {"organName", keep(&texts, cut_copy(paper_field(paper, "issuer"), ORGAN_CHARS))},
        {"title", keep(&texts, cut_copy((const char *)name.data, TITLE_CHARS))},
        {"subject", keep(&texts, cut_copy(paper_field(paper, "abstract"), SUBJECT_CHARS))},
        {"language", language_of(papers->lookup.pages + paper->first, paper->len)},
        {"numberOfPage", pages},
        {"mode", *paper_field(paper, "secrecy") ? SECRET : ""},
        {"format", "PDF/A-2b"},
        {"confidenceLevel", DIGITISED},
        {"description", keep(&texts, cut_copy((const char *)notes.data, SUBJECT_CHARS))},
    };
    if (texts.failed)
        return err_sys(err, "describe a paper"); /* UNTESTED: no memory */
    return package_ead("eadDoc", "../../../../schemas", values, ARRAY_LEN(values), out, err);
}
