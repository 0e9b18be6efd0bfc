/* bench/results.c - what was measured, as rows; written as CSV, Markdown and SVG. */
#include "bench/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4096u

void results_done(struct results *results)
{
    free(results->rows);
    free(results->left_out);
    free(results->facts);
    *results = (struct results){0};
}

/* Room for one more of `size` bytes each; *list is NULL when empty and grows by doubling. */
static void *grow(void **list, size_t *len, size_t size, struct err *err)
{
    if (*len >= ROWS_MAX) {
        (void)err_set(err, ERR_SYSTEM, "more than %u rows", ROWS_MAX);
        return NULL;
    }
    if ((*len & (*len - 1)) == 0) {
        void *grown = realloc(*list, (*len ? *len * 2 : 1) * size);
        if (!grown) {
            (void)err_sys(err, "a row"); /* UNTESTED: no memory */
            return NULL;
        }
        *list = grown;
    }
    return (char *)*list + (*len)++ * size;
}

int results_add(struct results *results, const struct row *row, struct err *err)
{
    void *list = results->rows;
    struct row *slot = grow(&list, &results->row_len, sizeof *slot, err);
    results->rows = list;
    if (!slot)
        return -1;
    *slot = *row;
    return 0;
}

static int add_remark(struct remark **remarks, size_t *len, const char *const texts[2],
                      struct err *err)
{
    void *list = *remarks;
    struct remark *slot = grow(&list, len, sizeof *slot, err);
    *remarks = list;
    if (!slot)
        return -1;
    (void)snprintf(slot->name, sizeof slot->name, "%s", texts[0]);
    (void)snprintf(slot->text, sizeof slot->text, "%s", texts[1]);
    return 0;
}

int results_leave_out(struct results *results, const char *name, const char *why, struct err *err)
{
    return add_remark(&results->left_out, &results->left_out_len, (const char *[]){name, why}, err);
}

int results_fact(struct results *results, const char *name, const char *text, struct err *err)
{
    return add_remark(&results->facts, &results->fact_len, (const char *[]){name, text}, err);
}

const char *row_verdict(const struct row *row)
{
    switch (row->target) {
    case TARGET_NONE:
        return "";
    case TARGET_AT_LEAST:
        return row->value.n > 0 && row->value.median >= row->bound ? "met" : "not met";
    case TARGET_AT_MOST:
        return row->value.n > 0 && row->value.median <= row->bound ? "met" : "not met";
    }
    return "";
}

static const char *target_text(const struct row *row, char ret_text[32])
{
    ret_text[0] = '\0';
    if (row->target != TARGET_NONE)
        (void)snprintf(ret_text, 32, "%s %.4g",
                       row->target == TARGET_AT_LEAST ? ">=" : "<=", row->bound);
    return ret_text;
}

/* --- CSV -------------------------------------------------------------------------------------- */

static int csv_field(struct bytes *out, const char *text, char end, struct err *err)
{
    if (!strpbrk(text, ",\"\r\n"))
        return bytes_printf(out, err, "%s%c", text, end);
    if (bytes_printf(out, err, "\"") < 0)
        return -1;
    for (; *text; text++)
        if (bytes_printf(out, err, *text == '"' ? "\"\"" : "%c", *text) < 0)
            return -1;
    return bytes_printf(out, err, "\"%c", end);
}

static int csv_row(const struct row *row, struct bytes *out, struct err *err)
{
    char target[32], number[160];
    const char *const texts[] = {row->section, row->set, row->name, row->metric, row->unit};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (csv_field(out, texts[i], ',', err) < 0)
            return -1;
    (void)snprintf(number, sizeof number, "%.6g,%.6g,%.6g,%zu,%s,%s,%u,%s,", row->value.median,
                   row->value.low, row->value.high, row->value.n, target_text(row, target),
                   row_verdict(row), row->dpi, row->cache);
    if (bytes_printf(out, err, "%s", number) < 0)
        return -1;
    return csv_field(out, row->note, '\n', err);
}

/* Facts and gaps are rows as well: a file of figures says by itself what they were taken on. */
static int csv_remarks(const char *section, const struct remark *remarks, size_t n,
                       struct bytes *out, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (bytes_printf(out, err, "%s,,", section) < 0 ||
            csv_field(out, remarks[i].name, ',', err) < 0 ||
            bytes_printf(out, err, ",,,,,,,,,,") < 0 ||
            csv_field(out, remarks[i].text, '\n', err) < 0)
            return -1;
    return 0;
}

int results_csv(const struct results *results, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err,
                     "section,set,name,metric,unit,median,low,high,n,target,verdict,dpi,cache,"
                     "note\n") < 0 ||
        csv_remarks("environment", results->facts, results->fact_len, out, err) < 0)
        return -1;
    for (size_t i = 0; i < results->row_len; i++)
        if (csv_row(&results->rows[i], out, err) < 0)
            return -1;
    return csv_remarks("left out", results->left_out, results->left_out_len, out, err);
}

/* --- Markdown --------------------------------------------------------------------------------- */

/* A figure with three digits that matter, as people write it. */
static int put_number(struct bytes *out, double value, struct err *err)
{
    double size = fabs(value);
    int places = size >= 100 || size < 1e-12 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return bytes_printf(out, err, size >= 0.01 || size < 1e-12 ? "%.*f" : "%.*e", places, value);
}

static int put_value(struct bytes *out, const struct row *row, struct err *err)
{
    if (row->value.n == 0)
        return bytes_printf(out, err, "-");
    if (put_number(out, row->value.median, err) < 0)
        return -1;
    if (row->value.n < 2 || !(row->value.high > row->value.low))
        return 0;
    if (bytes_printf(out, err, " (") < 0 || put_number(out, row->value.low, err) < 0 ||
        bytes_printf(out, err, "..") < 0 || put_number(out, row->value.high, err) < 0)
        return -1;
    return bytes_printf(out, err, ")");
}

/* A table cell: a bar would end it. */
static int put_cell(struct bytes *out, const char *text, struct err *err)
{
    for (; *text; text++)
        if (bytes_printf(out, err, *text == '|' ? "\\|" : "%c", *text) < 0)
            return -1;
    return bytes_printf(out, err, " |");
}

static bool same_table(const struct row *a, const struct row *b)
{
    return strcmp(a->section, b->section) == 0 && strcmp(a->set, b->set) == 0;
}

static bool same_column(const struct row *a, const struct row *b)
{
    return strcmp(a->metric, b->metric) == 0 && strcmp(a->unit, b->unit) == 0;
}

/* The rows of one table: indexes of the first row of each line, and of each column. */
#define LINES_MAX   64u
#define COLUMNS_MAX 32u
struct table {
    const struct row *lines[LINES_MAX], *columns[COLUMNS_MAX];
    size_t line_len, column_len;
};

static void table_of(const struct results *results, size_t first, struct table *table)
{
    *table = (struct table){.line_len = 0};
    for (size_t i = first; i < results->row_len; i++) {
        const struct row *row = &results->rows[i];
        size_t l = 0, c = 0;
        if (!same_table(row, &results->rows[first]))
            continue;
        while (l < table->line_len && strcmp(table->lines[l]->name, row->name) != 0)
            l++;
        if (l == table->line_len && l < LINES_MAX)
            table->lines[table->line_len++] = row;
        while (c < table->column_len && !same_column(table->columns[c], row))
            c++;
        if (c == table->column_len && c < COLUMNS_MAX)
            table->columns[table->column_len++] = row;
    }
}

static const struct row *cell_of(const struct results *results, const struct row *line,
                                 const struct row *column)
{
    for (size_t i = 0; i < results->row_len; i++) {
        const struct row *row = &results->rows[i];
        if (same_table(row, line) && same_column(row, column) && strcmp(row->name, line->name) == 0)
            return row;
    }
    return NULL;
}

static int put_head(const struct table *table, struct bytes *out, struct err *err)
{
    const struct row *first = table->lines[0];
    if (bytes_printf(out, err, "\n### %s%s%s\n\n| |", first->section, first->set[0] ? ": " : "",
                     first->set) < 0)
        return -1;
    for (size_t c = 0; c < table->column_len; c++) {
        const struct row *column = table->columns[c];
        char title[64];
        (void)snprintf(title, sizeof title, " %s%s%s", column->metric, column->unit[0] ? ", " : "",
                       column->unit);
        if (put_cell(out, title, err) < 0)
            return -1;
    }
    if (bytes_printf(out, err, "\n|---|") < 0)
        return -1;
    for (size_t c = 0; c < table->column_len; c++)
        if (bytes_printf(out, err, "---:|") < 0)
            return -1;
    return bytes_printf(out, err, "\n");
}

static int put_table(const struct results *results, const struct table *table, struct bytes *out,
                     struct err *err)
{
    if (put_head(table, out, err) < 0)
        return -1;
    for (size_t l = 0; l < table->line_len; l++) {
        if (bytes_printf(out, err, "| ") < 0 || put_cell(out, table->lines[l]->name, err) < 0)
            return -1;
        for (size_t c = 0; c < table->column_len; c++) {
            const struct row *row = cell_of(results, table->lines[l], table->columns[c]);
            if (bytes_printf(out, err, " ") < 0 || (row && put_value(out, row, err) < 0) ||
                bytes_printf(out, err, " |") < 0)
                return -1;
        }
        if (bytes_printf(out, err, "\n") < 0)
            return -1;
    }
    return 0;
}

static int put_targets(const struct results *results, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err,
                     "\n## Targets\n\n| what | measured | target | |\n|---|---:|---:|---|\n") < 0)
        return -1;
    for (size_t i = 0; i < results->row_len; i++) {
        const struct row *row = &results->rows[i];
        char title[256], target[32];
        if (row->target == TARGET_NONE)
            continue;
        (void)snprintf(title, sizeof title, "%s%s%s: %s, %s%s%s", row->section,
                       row->set[0] ? ", " : "", row->set, row->name, row->metric,
                       row->unit[0] ? ", " : "", row->unit);
        if (bytes_printf(out, err, "| ") < 0 || put_cell(out, title, err) < 0 ||
            bytes_printf(out, err, " ") < 0 || put_value(out, row, err) < 0 ||
            bytes_printf(out, err, " | %s | **%s** |\n", target_text(row, target),
                         row_verdict(row)) < 0)
            return -1;
    }
    return 0;
}

static int put_notes(const struct results *results, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err, "\n## Notes\n\n") < 0)
        return -1;
    for (size_t i = 0; i < results->row_len; i++) {
        const struct row *row = &results->rows[i];
        bool said = false;
        for (size_t k = 0; k < i && !said; k++)
            said = strcmp(results->rows[k].note, row->note) == 0 &&
                   strcmp(results->rows[k].name, row->name) == 0;
        if (row->note[0] && !said &&
            bytes_printf(out, err, "- %s, %s: %s\n", row->name, row->metric, row->note) < 0)
            return -1;
    }
    return 0;
}

static int put_remarks(const char *title, const struct remark *remarks, size_t n, struct bytes *out,
                       struct err *err)
{
    if (n == 0)
        return 0;
    if (bytes_printf(out, err, "\n## %s\n\n", title) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (bytes_printf(out, err, "- %s: %s\n", remarks[i].name, remarks[i].text) < 0)
            return -1;
    return 0;
}

int results_markdown(const struct results *results, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err,
                     "# Bench\n\nMedian (lowest..highest) of the repeats. How to read it: "
                     "docs/benchmarks.md.\n\n![pages per second](latest.svg)\n") < 0 ||
        put_targets(results, out, err) < 0 || bytes_printf(out, err, "\n## Figures\n") < 0)
        return -1;
    for (size_t i = 0; i < results->row_len; i++) {
        struct table table;
        bool done = false;
        for (size_t k = 0; k < i && !done; k++)
            done = same_table(&results->rows[k], &results->rows[i]);
        if (done)
            continue;
        table_of(results, i, &table);
        if (put_table(results, &table, out, err) < 0)
            return -1;
    }
    if (put_notes(results, out, err) < 0 ||
        put_remarks("Left out", results->left_out, results->left_out_len, out, err) < 0)
        return -1;
    return put_remarks("Machine and versions", results->facts, results->fact_len, out, err);
}

/* --- SVG -------------------------------------------------------------------------------------- */

#define PLOT_WIDTH 900
#define PLOT_LEFT  390
#define PLOT_RIGHT 90
#define BAR_HEIGHT 20
#define BAR_STEP   26
#define PLOT_TOP   48

static int put_xml(struct bytes *out, const char *text, struct err *err)
{
    for (; *text; text++) {
        const char letter[] = {*text, '\0'};
        const char *as = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '>' ? "&gt;"
                                        : letter;
        if (bytes_printf(out, err, "%s", as) < 0)
            return -1;
    }
    return 0;
}

static bool is_plotted(const struct row *row)
{
    return strcmp(row->section, RESULTS_PLOT_SECTION) == 0 &&
           strcmp(row->metric, RESULTS_PLOT_METRIC) == 0 && row->value.n > 0;
}

static int put_bar(const struct row *row, size_t at, double scale, struct bytes *out,
                   struct err *err)
{
    int y = PLOT_TOP + (int)at * BAR_STEP;
    double width = row->value.median * scale;
    bool own = strncmp(row->name, "sohoa", 5) == 0;
    if (bytes_printf(out, err, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", PLOT_LEFT - 8,
                     y + 15) < 0 ||
        put_xml(out, row->set, err) < 0 || put_xml(out, ": ", err) < 0 ||
        put_xml(out, row->name, err) < 0)
        return -1;
    return bytes_printf(out, err,
                        "</text>\n<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" "
                        "fill=\"%s\"/>\n<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" "
                        "stroke=\"black\"/>\n<text x=\"%.1f\" y=\"%d\">%.2f</text>\n",
                        PLOT_LEFT, y, width, BAR_HEIGHT, own ? "#b2182b" : "#7f8c8d",
                        PLOT_LEFT + row->value.low * scale, PLOT_LEFT + row->value.high * scale,
                        y + BAR_HEIGHT / 2, y + BAR_HEIGHT / 2,
                        PLOT_LEFT + fmax(width, row->value.high * scale) + 6, y + 15,
                        row->value.median);
}

int results_svg(const struct results *results, struct bytes *out, struct err *err)
{
    double most = 0;
    size_t bars = 0, at = 0;
    for (size_t i = 0; i < results->row_len; i++)
        if (is_plotted(&results->rows[i])) {
            most = fmax(most, results->rows[i].value.high);
            bars++;
        }
    double scale = most > 0 ? (PLOT_WIDTH - PLOT_LEFT - PLOT_RIGHT) / most : 0;
    int height = PLOT_TOP + (int)bars * BAR_STEP + 16;
    if (bytes_printf(out, err,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                     "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n"
                     "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
                     "<text x=\"12\" y=\"26\" font-size=\"16\">Pages per second, end to end "
                     "(line: lowest to highest)</text>\n",
                     PLOT_WIDTH, height, PLOT_WIDTH, height) < 0)
        return -1;
    for (size_t i = 0; i < results->row_len; i++)
        if (is_plotted(&results->rows[i]) && put_bar(&results->rows[i], at++, scale, out, err) < 0)
            return -1;
    return bytes_printf(out, err, "</svg>\n");
}
