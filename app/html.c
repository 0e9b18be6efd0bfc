/* app/html.c - pages to be printed: text that cannot become markup, one head and style for all. */
#include "app/html.h"

#include <stdio.h>

#include "app/app.h"

int html_text(struct bytes *out, const char *text, struct err *err)
{
    for (const char *c = text; *c; c++) {
        const char *as = *c == '&'    ? "&amp;"
                         : *c == '<'  ? "&lt;"
                         : *c == '>'  ? "&gt;"
                         : *c == '"'  ? "&quot;"
                         : *c == '\'' ? "&#39;"
                                      : NULL;
        if (bytes_append(out, as ? span_of_text(as) : span_of(c, 1), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
}

int html_tagged(struct bytes *out, const char *before, const char *text, const char *after,
                struct err *err)
{
    if (bytes_append(out, span_of_text(before), err) < 0 || html_text(out, text, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text(after), err);
}

static const char page_style[] =
    "@page { size: A4; margin: 18mm 15mm; }\n"
    "body { font: 11pt/1.4 \"Times New Roman\", \"Liberation Serif\", serif; margin: 0 auto;"
    " max-width: 180mm; color: #000; background: #fff; }\n"
    "h1 { font-size: 16pt; text-align: center; margin: 0 0 4mm; }\n"
    "h2 { font-size: 12pt; margin: 6mm 0 2mm; break-after: avoid; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "th, td { border: 0.3mm solid #888; padding: 1mm 2mm; text-align: left; vertical-align: top;"
    " overflow-wrap: anywhere; }\n"
    "th { font-weight: normal; background: #eee; }\n"
    "td.n { text-align: right; white-space: nowrap; }\n"
    "thead { display: table-header-group; }\n"
    "tr, .sign { break-inside: avoid; }\n"
    ".sign { display: flex; justify-content: space-between; margin-top: 12mm; }\n"
    ".sign div { width: 45%; border-top: 0.3mm solid #000; padding-top: 1mm; margin-top: 22mm; }\n"
    ".small { font-size: 9pt; color: #444; }\n"
    ".bar { fill: #357; } .goal { stroke: #a20; stroke-width: 2; }\n"
    "svg text { font: 10pt \"Times New Roman\", \"Liberation Serif\", serif; }\n";

int html_begin(struct bytes *out, const char *title, const char *heading, struct err *err)
{
    const char *language = language_of_reasons() == REASON_VIETNAMESE ? "vi" : "en";
    if (bytes_printf(out, err,
                     "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'\">\n",
                     language) < 0 ||
        html_tagged(out, "<title>", title, "</title>\n<style>\n", err) < 0 ||
        bytes_append(out, span_of_text(page_style), err) < 0)
        return -1; /* UNTESTED: no memory */
    return html_tagged(out, "</style>\n</head>\n<body>\n<h1>", heading, "</h1>\n", err);
}

int html_flush(struct bytes *out, size_t keep, struct err *err)
{
    if (out->len <= keep)
        return 0;
    if (fwrite(out->data, 1, out->len, stdout) != out->len || fflush(stdout) != 0)
        return err_sys(err, "write to standard output");
    out->len = 0;
    return 0;
}
