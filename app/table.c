/* app/table.c - rows that are shown as text, CSV, JSON lines, or a page to print with a chart. */
#include "app/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/csv.h"
#include "app/html.h"
#include "base/clock.h"
#include "base/text.h"

#define NS_PER_MINUTE 6e10
#define SHOWN_MAX     64 /* bytes with NUL of a cell that is no text */
#define BAR_ROWS_MAX  40u
#define BAR_HEIGHT    18u /* of a row of the chart, in its own units */
#define BAR_LEFT      220u
#define BAR_SCALE     4u /* units a percent */

void table_done(struct table *table)
{
    for (size_t i = 0; i < table->row_len * table->column_len; i++)
        free((char *)(uintptr_t)table->cells[i].text);
    free(table->cells);
    table->cells = NULL;
    table->row_len = table->row_cap = 0;
}

int table_add(struct table *table, const struct cell cells[], struct err *err)
{
    if (table->row_len == TABLE_ROWS_MAX)
        return err_input(err, REASON_NONE, "more than %u rows: ask for a shorter time",
                         TABLE_ROWS_MAX);
    if (table->row_len == table->row_cap) {
        size_t cap = table->row_cap ? table->row_cap * 2 : 64;
        struct cell *grown = realloc(table->cells, cap * table->column_len * sizeof *grown);
        if (!grown)
            return err_sys(err, "make a table"); /* UNTESTED: no memory */
        table->cells = grown;
        table->row_cap = cap;
    }
    struct cell *row = &table->cells[table->row_len * table->column_len];
    for (size_t i = 0; i < table->column_len; i++) {
        row[i] = cells[i];
        row[i].text = cells[i].text ? strdup(cells[i].text) : NULL;
        if (cells[i].text && !row[i].text)
            abort(); /* UNTESTED: no memory */
    }
    table->row_len++;
    return 0;
}

/* As people read it. */
static const char *shown(const struct cell *cell, char text[SHOWN_MAX])
{
    text[0] = '\0';
    switch (cell->kind) {
    case CELL_TEXT:
        return cell->text;
    case CELL_NUMBER:
        (void)snprintf(text, SHOWN_MAX, "%" PRId64, cell->number);
        break;
    case CELL_PERCENT:
        (void)snprintf(text, SHOWN_MAX, "%.1f", cell->percent);
        break;
    case CELL_MINUTES:
        (void)snprintf(text, SHOWN_MAX, "%.1f", (double)cell->number / NS_PER_MINUTE);
        break;
    case CELL_TIME:
        return time_text(cell->number, text);
    case CELL_NONE:
        break;
    }
    return text;
}

static const struct cell *row_of(const struct table *table, size_t row)
{
    return &table->cells[row * table->column_len];
}

/* --- text --- */

static void print_padded(const char *text, size_t width, bool right)
{
    size_t len = text_count(span_of_text(text));
    int pad = len < width ? (int)(width - len) : 0;
    printf("%*s%s%*s", right ? pad : 0, "", text, right ? 0 : pad, "");
}

static int print_text(const struct table *table)
{
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    char text[SHOWN_MAX];
    for (size_t i = 0; i < table->column_len; i++)
        widths[i] = text_count(span_of_text(table->columns[i].label));
    for (size_t r = 0; r < table->row_len; r++)
        for (size_t i = 0; i < table->column_len; i++) {
            size_t len = text_count(span_of_text(shown(&row_of(table, r)[i], text)));
            widths[i] = len > widths[i] ? len : widths[i];
        }
    printf("%s\n\n", table->title);
    for (size_t r = 0; r <= table->row_len; r++) {
        for (size_t i = 0; i < table->column_len; i++) {
            const struct cell *cell = r ? &row_of(table, r - 1)[i] : NULL;
            bool right = table->row_len && row_of(table, 0)[i].kind != CELL_TEXT;
            if (i > 0)
                printf("  ");
            print_padded(cell ? shown(cell, text) : table->columns[i].label, widths[i], right);
        }
        printf("\n");
    }
    return 0;
}

/* --- CSV --- */

static int print_csv(const struct table *table, struct err *err)
{
    const char *texts[TABLE_COLUMNS_MAX];
    char numbers[TABLE_COLUMNS_MAX][SHOWN_MAX];
    CLEANUP(bytes_done) struct bytes out = {0};
    for (size_t i = 0; i < table->column_len; i++)
        texts[i] = table->columns[i].name;
    if (csv_line(&out, texts, table->column_len, err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t r = 0; r < table->row_len; r++) {
        for (size_t i = 0; i < table->column_len; i++)
            texts[i] = shown(&row_of(table, r)[i], numbers[i]);
        if (csv_line(&out, texts, table->column_len, err) < 0 ||
            html_flush(&out, HTML_FLUSH_BYTES, err) < 0)
            return -1;
    }
    return html_flush(&out, 0, err);
}

/* --- JSON --- */

static json_t *cell_json(const struct cell *cell)
{
    char text[SHOWN_MAX];
    switch (cell->kind) {
    case CELL_NUMBER:
        return json_integer((json_int_t)cell->number);
    case CELL_PERCENT:
        return json_real(cell->percent);
    case CELL_MINUTES:
        return json_real((double)cell->number / NS_PER_MINUTE);
    case CELL_NONE:
        return json_null();
    default:
        return json_string(shown(cell, text));
    }
}

static int print_json(const struct table *table, struct err *err)
{
    for (size_t r = 0; r < table->row_len; r++) {
        CLEANUP(json_freep) json_t *json = json_object();
        for (size_t i = 0; i < table->column_len; i++)
            json_object_set_new(json, table->columns[i].name, cell_json(&row_of(table, r)[i]));
        if (json_print_line(json, err) < 0)
            return -1;
    }
    return 0;
}

/* --- HTML --- */

/* A bar for each row as long as its share, with a mark where it should reach. */
static int chart(const struct table *table, struct bytes *out, struct err *err)
{
    size_t rows = table->row_len < BAR_ROWS_MAX ? table->row_len : BAR_ROWS_MAX;
    if (table->bar == table->by || rows == 0)
        return 0;
    if (bytes_printf(out, err, "<svg viewBox=\"0 0 %u %zu\" width=\"100%%\">\n",
                     BAR_LEFT + 110 * BAR_SCALE, rows * BAR_HEIGHT + 4) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t r = 0; r < rows; r++) {
        const struct cell *row = row_of(table, r);
        size_t y = r * BAR_HEIGHT;
        char text[SHOWN_MAX];
        if (bytes_printf(out, err, "<text x=\"%u\" y=\"%zu\" text-anchor=\"end\">", BAR_LEFT - 6,
                         y + 14) < 0 ||
            html_tagged(out, "", shown(&row[table->by], text), "</text>\n", err) < 0 ||
            bytes_printf(out, err,
                         "<rect class=\"bar\" x=\"%u\" y=\"%zu\" width=\"%.1f\" height=\"%u\"/>\n",
                         BAR_LEFT, y + 3, row[table->bar].percent * BAR_SCALE, BAR_HEIGHT - 5) < 0)
            return -1; /* UNTESTED: no memory */
        double goal = row[table->goal].kind == CELL_PERCENT ? row[table->goal].percent : 0;
        if (goal > 0 && bytes_printf(out, err, "<path class=\"goal\" d=\"M%.1f %zu v%u\"/>\n",
                                     BAR_LEFT + goal * BAR_SCALE, y + 1, BAR_HEIGHT - 1) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return bytes_append(out, span_of_text("</svg>\n"), err);
}

static int html_cell(struct bytes *out, const struct cell *cell, struct err *err)
{
    char text[SHOWN_MAX];
    return cell->kind == CELL_TEXT
               ? html_tagged(out, "<td><bdi>", cell->text, "</bdi></td>", err)
               : html_tagged(out, "<td class=\"n\">", shown(cell, text), "</td>", err);
}

static int print_html(const struct table *table, struct err *err)
{
    CLEANUP(bytes_done) struct bytes out = {0};
    char made[32];
    if (html_begin(&out, table->title, table->title, err) < 0 || chart(table, &out, err) < 0 ||
        bytes_append(&out, span_of_text("<table><thead><tr>"), err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < table->column_len; i++)
        if (html_tagged(&out, "<th>", table->columns[i].label, "</th>", err) < 0)
            return -1; /* UNTESTED: no memory */
    if (bytes_append(&out, span_of_text("</tr></thead><tbody>\n"), err) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t r = 0; r < table->row_len; r++) {
        if (bytes_append(&out, span_of_text("<tr>"), err) < 0)
            return -1; /* UNTESTED: no memory */
        for (size_t i = 0; i < table->column_len; i++)
            if (html_cell(&out, &row_of(table, r)[i], err) < 0)
                return -1; /* UNTESTED: no memory */
        if (bytes_append(&out, span_of_text("</tr>\n"), err) < 0 ||
            html_flush(&out, HTML_FLUSH_BYTES, err) < 0)
            return -1;
    }
    if (html_tagged(&out, "</tbody></table>\n<p class=\"small\">", _("Printed (UTC)"), " ", err) <
            0 ||
        html_tagged(&out, "", time_text(clock_ns(CLOCK_REALTIME), made), "</p>\n</body>\n</html>\n",
                    err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_flush(&out, 0, err);
}

int table_print(const struct table *table, enum table_form form, struct err *err)
{
    int rc = form == TABLE_TEXT   ? print_text(table)
             : form == TABLE_CSV  ? print_csv(table, err)
             : form == TABLE_JSON ? print_json(table, err)
                                  : print_html(table, err);
    if (rc == 0 && fflush(stdout) != 0)
        return err_sys(err, "write to standard output");
    return rc;
}
