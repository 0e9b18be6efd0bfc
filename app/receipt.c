/* app/receipt.c - the receipt of a batch: what came in and what became of it. */
#include "app/receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/html.h"
#include "app/intake_row.h"
#include "base/clock.h"

enum section { SECTION_TOTALS, SECTION_REASONS, SECTION_QUARANTINED, SECTION_FAILED, SECTION_END };

struct receipt {
    enum section section;
    struct bytes out;       /* HTML that is not printed yet */
    json_t *json, *reasons; /* of the summary */
};

/* What each form makes of a part. Every function gets a struct receipt. */
struct form {
    int (*section)(struct receipt *receipt, enum section section, struct err *err); /* or NULL */
    batch_visit *totals;
    reason_visit *reason;
    intake_visit *quarantined;
    failed_page_visit *failed_page;
    int (*end)(struct receipt *receipt, struct err *err);
};

static const char *heading(enum section section)
{
    static const char *const headings[] = {
        [SECTION_REASONS] = N_("Why files were quarantined, and what to do"),
        [SECTION_QUARANTINED] = N_("Quarantined files"),
        [SECTION_FAILED] = N_("Pages of archived files that could not be read"),
    };
    return _(headings[section]);
}

/* --- JSON ------------------------------------------------------------------------------------- */

json_t *batch_row_json(const struct batch_row *row)
{
    char first[32], last[32];
    return json_pack("{s:s s:I s:I s:I s:I s:I s:I s:I s:s s:s}", "batch", row->batch, "files",
                     (json_int_t)row->files, "archived", (json_int_t)row->archived, "duplicate",
                     (json_int_t)row->duplicate, "quarantined", (json_int_t)row->quarantined,
                     "pages", (json_int_t)row->pages, "pages_failed", (json_int_t)row->pages_failed,
                     "bytes", (json_int_t)row->size_bytes, "first", time_text(row->first_ns, first),
                     "last", time_text(row->last_ns, last));
}

static int json_totals(void *self, const struct batch_row *row, struct err *err)
{
    struct receipt *receipt = self;
    (void)err;
    receipt->json = batch_row_json(row);
    receipt->reasons = json_array();
    json_object_set_new(receipt->json, "reasons", receipt->reasons);
    return 0;
}

static int json_reason(void *self, const char *code, uint64_t files, struct err *err)
{
    const struct receipt *receipt = self;
    enum reason reason = reason_parse(code);
    (void)err;
    json_array_append_new(receipt->reasons,
                          json_pack("{s:s s:I s:s s:s}", "reason_code", code, "files",
                                    (json_int_t)files, "reason",
                                    reason_what(reason, language_of_reasons()), "advice",
                                    reason_advice(reason, language_of_reasons())));
    return 0;
}

static int json_quarantined(void *self, const struct catalogue_intake *row, struct err *err)
{
    (void)self;
    CLEANUP(json_freep) json_t *json = intake_row_json(row);
    return json_print_line(json, err);
}

static int json_failed_page(void *self, const struct failed_page_row *row, struct err *err)
{
    (void)self;
    char *reason = reason_text(row->reason_code, row->reason_detail);
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:s s:s s:I s:s s:s s:s}", "page", row->page_id, "folder", row->folder,
                  "path", row->path, "index", (json_int_t)row->index, "status", "failed", "reason",
                  reason ? reason : "", "reason_code", row->reason_code);
    free(reason);
    return json_print_line(json, err);
}

static int json_end(struct receipt *receipt, struct err *err)
{
    CLEANUP(json_freep) json_t *json = json_pack("{s:O}", "summary", receipt->json);
    return json_print_line(json, err);
}

/* --- text ------------------------------------------------------------------------------------- */

static int text_section(struct receipt *receipt, enum section section, struct err *err)
{
    (void)receipt;
    (void)err;
    if (section < SECTION_END)
        printf("\n%s:\n", heading(section));
    return 0;
}

static int text_totals(void *self, const struct batch_row *row, struct err *err)
{
    char size[32], first[32], last[32];
    (void)self;
    (void)err;
    printf(_("batch      %s\n"), row->batch);
    printf(_("files      %" PRIu64 " = %" PRIu64 " archived + %" PRIu64 " duplicate + %" PRIu64
             " quarantined\n"),
           row->files, row->archived, row->duplicate, row->quarantined);
    printf(_("pages      %" PRIu64 " (%" PRIu64 " could not be read)\n"), row->pages,
           row->pages_failed);
    printf(_("size       %s\n"), size_text(row->size_bytes, size));
    printf(_("taken      %s to %s\n"), time_text(row->first_ns, first),
           time_text(row->last_ns, last));
    return 0;
}

static int text_reason(void *self, const char *code, uint64_t files, struct err *err)
{
    enum reason reason = reason_parse(code);
    (void)self;
    (void)err;
    printf("  %8" PRIu64 " %s (%s): %s\n", files, reason_what(reason, language_of_reasons()), code,
           reason_advice(reason, language_of_reasons()));
    return 0;
}

static int text_quarantined(void *self, const struct catalogue_intake *row, struct err *err)
{
    char *reason = reason_text(row->reason_code, row->reason_detail);
    (void)self;
    (void)err;
    printf("  %s/%s: %s\n", row->folder, row->path, reason ? reason : "");
    free(reason);
    return 0;
}

static int text_failed_page(void *self, const struct failed_page_row *row, struct err *err)
{
    char *reason = reason_text(row->reason_code, row->reason_detail);
    (void)self;
    (void)err;
    printf(_("  %s/%s, page %u: %s\n"), row->folder, row->path, row->index + 1,
           reason ? reason : "");
    free(reason);
    return 0;
}

/* --- HTML ------------------------------------------------------------------------------------- */

static int html_path(struct bytes *out, const char *folder, const char *path, struct err *err)
{
    if (html_tagged(out, "<tr><td><bdi>", folder, "/", err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_tagged(out, "", path, "</bdi></td>", err);
}

static int html_row(struct bytes *out, const char *what, const char *value, struct err *err)
{
    if (html_tagged(out, "<tr><th>", what, "</th>", err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_tagged(out, "<td class=\"n\">", value, "</td></tr>\n", err);
}

static int html_count(struct bytes *out, const char *what, uint64_t n, struct err *err)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, n);
    return html_row(out, what, text, err);
}

static int html_totals(void *self, const struct batch_row *row, struct err *err)
{
    struct bytes *out = &((struct receipt *)self)->out;
    char size[32], first[32], last[32];
    if (html_begin(out, row->batch, _("Receipt of a batch of scans"), err) < 0 ||
        html_tagged(out, "<table>\n<tr><th>", _("Batch"), "</th>", err) < 0 ||
        html_tagged(out, "<td><bdi>", row->batch, "</bdi></td></tr>\n", err) < 0)
        return -1; /* UNTESTED: no memory */
    if (html_count(out, _("Files that came in"), row->files, err) < 0 ||
        html_count(out, _("= archived"), row->archived, err) < 0 ||
        html_count(out, _("+ duplicates of archived ones"), row->duplicate, err) < 0 ||
        html_count(out, _("+ quarantined"), row->quarantined, err) < 0 ||
        html_count(out, _("Pages archived"), row->pages, err) < 0 ||
        html_count(out, _("of them: could not be read"), row->pages_failed, err) < 0 ||
        html_row(out, _("Size"), size_text(row->size_bytes, size), err) < 0 ||
        html_row(out, _("First file taken (UTC)"), time_text(row->first_ns, first), err) < 0 ||
        html_row(out, _("Last file ended (UTC)"), time_text(row->last_ns, last), err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text("</table>\n"), err);
}

static int html_section(struct receipt *receipt, enum section section, struct err *err)
{
    static const char *const columns[][4] = {
        [SECTION_REASONS] = {N_("Files"), N_("Reason"), N_("What to do"), NULL},
        [SECTION_QUARANTINED] = {N_("File"), N_("Reason"), NULL},
        [SECTION_FAILED] = {N_("File"), N_("Page"), N_("Reason"), NULL},
    };
    struct bytes *out = &receipt->out;
    if (receipt->section > SECTION_TOTALS &&
        bytes_append(out, span_of_text("</tbody></table>\n"), err) < 0)
        return -1; /* UNTESTED: no memory */
    if (section == SECTION_END)
        return 0;
    if (html_tagged(out, "<h2>", heading(section), "</h2>\n<table><thead><tr>", err) < 0)
        return -1; /* UNTESTED: no memory */
    for (const char *const *column = columns[section]; *column; column++)
        if (html_tagged(out, "<th>", _(*column), "</th>", err) < 0)
            return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text("</tr></thead><tbody>\n"), err);
}

static int html_reason(void *self, const char *code, uint64_t files, struct err *err)
{
    struct bytes *out = &((struct receipt *)self)->out;
    enum reason reason = reason_parse(code);
    if (bytes_printf(out, err, "<tr><td class=\"n\">%" PRIu64 "</td>", files) < 0 ||
        html_tagged(out, "<td>", reason_what(reason, language_of_reasons()), "</td>", err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_tagged(out, "<td>", reason_advice(reason, language_of_reasons()), "</td></tr>\n",
                       err);
}

static int html_reason_cell(struct bytes *out, const char *code, const char *detail,
                            struct err *err)
{
    char *reason = reason_text(code, detail);
    int rc = html_tagged(out, "<td>", reason ? reason : "", "</td></tr>\n", err);
    free(reason);
    return rc < 0 ? -1 : html_flush(out, HTML_FLUSH_BYTES, err);
}

static int html_quarantined(void *self, const struct catalogue_intake *row, struct err *err)
{
    struct bytes *out = &((struct receipt *)self)->out;
    if (html_path(out, row->folder, row->path, err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_reason_cell(out, row->reason_code, row->reason_detail, err);
}

static int html_failed_page(void *self, const struct failed_page_row *row, struct err *err)
{
    struct bytes *out = &((struct receipt *)self)->out;
    if (html_path(out, row->folder, row->path, err) < 0 ||
        bytes_printf(out, err, "<td class=\"n\">%u</td>", row->index + 1) < 0)
        return -1; /* UNTESTED: no memory */
    return html_reason_cell(out, row->reason_code, row->reason_detail, err);
}

static int html_end(struct receipt *receipt, struct err *err)
{
    struct bytes *out = &receipt->out;
    char made[32];
    if (html_tagged(out, "<div class=\"sign\">\n<div>",
                    _("Handed over by: date, name and signature"), "</div>\n", err) < 0 ||
        html_tagged(out, "<div>", _("Received by: date, name and signature"), "</div>\n</div>\n",
                    err) < 0 ||
        html_tagged(out, "<p class=\"small\">", _("Made by sohoa at (UTC):"), " ", err) < 0 ||
        html_tagged(out, "", time_text(clock_ns(CLOCK_REALTIME), made), "</p>\n</body>\n</html>\n",
                    err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_flush(out, 0, err);
}

/* --- all of it -------------------------------------------------------------------------------- */

static const struct form forms[] = {
    [RECEIPT_TEXT] = {text_section, text_totals, text_reason, text_quarantined, text_failed_page,
                      NULL},
    [RECEIPT_JSON] = {NULL, json_totals, json_reason, json_quarantined, json_failed_page, json_end},
    [RECEIPT_HTML] = {html_section, html_totals, html_reason, html_quarantined, html_failed_page,
                      html_end},
};

struct printing {
    struct receipt receipt;
    const struct form *form;
};

/* A section begins with its first row: one without rows is left out. */
static int enter(struct printing *printing, enum section section, struct err *err)
{
    struct receipt *receipt = &printing->receipt;
    if (receipt->section == section)
        return 0;
    if (printing->form->section && printing->form->section(receipt, section, err) < 0)
        return -1; /* UNTESTED: no memory */
    receipt->section = section;
    return 0;
}

static int on_totals(void *self, const struct batch_row *row, struct err *err)
{
    struct printing *printing = self;
    if (row->files != row->archived + row->duplicate + row->quarantined)
        return err_set(err, ERR_CORRUPT,
                       "the numbers of batch '%s' do not add up: run sohoa reindex", row->batch);
    return printing->form->totals(&printing->receipt, row, err);
}

static int on_reason(void *self, const char *code, uint64_t files, struct err *err)
{
    struct printing *printing = self;
    if (enter(printing, SECTION_REASONS, err) < 0)
        return -1; /* UNTESTED: no memory */
    return printing->form->reason(&printing->receipt, code, files, err);
}

static int on_quarantined(void *self, const struct catalogue_intake *row, struct err *err)
{
    struct printing *printing = self;
    if (enter(printing, SECTION_QUARANTINED, err) < 0)
        return -1; /* UNTESTED: no memory */
    return printing->form->quarantined(&printing->receipt, row, err);
}

static int on_failed_page(void *self, const struct failed_page_row *row, struct err *err)
{
    struct printing *printing = self;
    if (enter(printing, SECTION_FAILED, err) < 0)
        return -1; /* UNTESTED: no memory */
    return printing->form->failed_page(&printing->receipt, row, err);
}

int receipt_print(struct catalogue *catalogue, const char *batch, enum receipt_form form,
                  struct err *err)
{
    struct printing printing = {.form = &forms[form]};
    const struct intake_query quarantined = {.batch = batch, .outcome = "quarantined"};
    int rc = catalogue_hold(catalogue, err);
    if (rc == 0)
        rc = catalogue_list_batches(catalogue, batch, on_totals, &printing, err);
    if (rc > 0 &&
        (catalogue_list_reasons(catalogue, batch, on_reason, &printing, err) < 0 ||
         catalogue_list_intake(catalogue, &quarantined, on_quarantined, &printing, err) < 0 ||
         catalogue_list_failed_pages(catalogue, batch, on_failed_page, &printing, err) < 0 ||
         enter(&printing, SECTION_END, err) < 0 ||
         (printing.form->end && printing.form->end(&printing.receipt, err) < 0)))
        rc = -1;
    bytes_done(&printing.receipt.out);
    json_freep(&printing.receipt.json);
    return rc;
}
