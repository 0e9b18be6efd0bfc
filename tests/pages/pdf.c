/* tests/pages/pdf.c - the four ways a page comes in a PDF. Same input, same bytes.
 *
 * The scans are written by hand (PDF 1.5, classic cross-reference table): a scanner's PDF is an
 * image per page and little else. Object numbers are fixed, so that an object can be named before
 * it is written; numbers not used stay free in the table. */
#include "tests/pages/pdf.h"

#include <assert.h>
#include <cairo-pdf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "tests/pages/picture.h"

#define PAGES_MAX   32
#define GLYPH_WIDTH 500 /* thousandths of the type size, of every letter of the text layer */

enum object {
    OBJECT_CATALOG = 1,
    OBJECT_PAGES,
    OBJECT_FONT, /* of the text layer or of the stamp */
    OBJECT_CID_FONT,
    OBJECT_UNICODE,
    OBJECT_DESCRIPTOR,
    OBJECT_FIELD,
    OBJECT_LOOK,
    OBJECT_FIRST, /* of the pages: page, content, image */
    OBJECTS_MAX = OBJECT_FIRST + 3 * PAGES_MAX
};

struct pdf {
    struct bytes *out;
    size_t start; /* of the PDF in out */
    size_t offsets[OBJECTS_MAX];
    enum pdf_way way;
    struct err *err;
    bool failed; /* the first error sticks */
};

static void put(struct pdf *pdf, struct span data)
{
    if (!pdf->failed && bytes_append(pdf->out, data, pdf->err) < 0)
        pdf->failed = true; /* UNTESTED: no memory */
}

static void PRINTF(2, 3) say(struct pdf *pdf, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert(len >= 0 && (size_t)len < sizeof text);
    put(pdf, span_of(text, (size_t)len));
}

static void begin(struct pdf *pdf, size_t number)
{
    assert(number < OBJECTS_MAX);
    pdf->offsets[number] = pdf->out->len - pdf->start;
    say(pdf, "%zu 0 obj\n", number);
}

static void end(struct pdf *pdf)
{
    say(pdf, "\nendobj\n");
}

/* The dictionary has been said up to here and is still open. */
static void put_stream(struct pdf *pdf, struct span data)
{
    say(pdf, " /Length %zu >>\nstream\n", data.len);
    put(pdf, data);
    say(pdf, "\nendstream");
}

static bool bilevel(const struct pdf *pdf)
{
    return pdf->way == PDF_G4 || pdf->way == PDF_G4_STAMPED;
}

static void put_image(struct pdf *pdf, size_t number, const struct raster *page)
{
    CLEANUP(bytes_done) struct bytes data = {0};
    int rc = bilevel(pdf) ? picture_g4(page, &data, pdf->err) : picture_jpeg(page, &data, pdf->err);
    pdf->failed = pdf->failed || rc < 0;
    begin(pdf, number);
    say(pdf,
        "<< /Type /XObject /Subtype /Image /Width %" PRIu32 " /Height %" PRIu32
        " /BitsPerComponent %d /ColorSpace /%s",
        page->width, page->height, bilevel(pdf) ? 1 : 8,
        page->channels == 3 ? "DeviceRGB" : "DeviceGray");
    if (bilevel(pdf))
        say(pdf,
            " /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns %" PRIu32 " /Rows %" PRIu32
            " /BlackIs1 false >>",
            page->width, page->height);
    else
        say(pdf, " /Filter /DCTDecode");
    put_stream(pdf, bytes_span(&data));
    end(pdf);
}

/* One printed line: the letters all have one width, so the line is stretched to its true one. */
static int layer_line(struct bytes *content, const struct typeset_line *line, struct err *err)
{
    CLEANUP(bytes_done) struct bytes hex = {0};
    size_t letters = 0;
    for (size_t at = 0; at < line->text.len;) {
        utf8proc_int32_t letter;
        utf8proc_ssize_t len = utf8proc_iterate(line->text.data + at,
                                                (utf8proc_ssize_t)(line->text.len - at), &letter);
        if (len <= 0)
            return err_set(err, ERR_INPUT, "a line is not UTF-8"); /* UNTESTED: ours is */
        if (bytes_printf(&hex, err, "%04" PRIX32, (uint32_t)letter) < 0)
            return -1; /* UNTESTED: no memory */
        at += (size_t)len;
        letters++;
    }
    if (letters == 0)
        return 0;
    double natural = (double)letters * line->size * GLYPH_WIDTH / 1000;
    return bytes_printf(content, err, "/F1 %.2f Tf %.2f Tz 1 0 0 1 %.2f %.2f Tm <%.*s> Tj\n",
                        line->size, 100 * line->width / natural, line->x,
                        A4_HEIGHT_PT - line->baseline, (int)hex.len, (const char *)hex.data);
}

static int layer(struct bytes *content, const struct typeset *typeset, size_t page, struct err *err)
{
    if (bytes_printf(content, err, "BT 3 Tr\n") < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < typeset_lines(typeset, page); i++) {
        struct typeset_line line = typeset_line(typeset, page, i);
        if (layer_line(content, &line, err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return bytes_printf(content, err, "ET\n");
}

static bool has_layer(const struct pdf *pdf, const struct typeset *typeset, size_t page)
{
    return pdf->way == PDF_LAYERED && page < typeset_pages(typeset);
}

static void put_page(struct pdf *pdf, size_t page, const struct raster *raster,
                     const struct typeset *typeset)
{
    size_t number = OBJECT_FIRST + 3 * page;
    bool text = has_layer(pdf, typeset, page);
    CLEANUP(bytes_done) struct bytes content = {0};
    if (bytes_printf(&content, pdf->err, "q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q\n", A4_WIDTH_PT,
                     A4_HEIGHT_PT) < 0 ||
        (text && layer(&content, typeset, page, pdf->err) < 0))
        pdf->failed = true; /* UNTESTED: no memory */

    begin(pdf, number);
    say(pdf,
        "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.3f %.3f] /Contents %zu 0 R "
        "/Resources << /XObject << /Im0 %zu 0 R >>",
        OBJECT_PAGES, A4_WIDTH_PT, A4_HEIGHT_PT, number + 1, number + 2);
    if (text)
        say(pdf, " /Font << /F1 %d 0 R >>", OBJECT_FONT);
    say(pdf, " >>");
    if (pdf->way == PDF_G4_STAMPED && page == 0)
        say(pdf, " /Annots [%d 0 R]", OBJECT_FIELD);
    say(pdf, " >>");
    end(pdf);
    begin(pdf, number + 1);
    say(pdf, "<<");
    put_stream(pdf, bytes_span(&content));
    end(pdf);
    put_image(pdf, number + 2, raster);
}

/* A font without glyphs whose codes are the letters' Unicode numbers: what an invisible layer
 * needs to be found and copied. */
static void put_layer_font(struct pdf *pdf)
{
    static const char unicode[] =
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        "1 beginbfrange\n<0000> <FFFF> <0000>\nendbfrange\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend\n";

    begin(pdf, OBJECT_FONT);
    say(pdf,
        "<< /Type /Font /Subtype /Type0 /BaseFont /NoGlyphs /Encoding /Identity-H "
        "/DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>",
        OBJECT_CID_FONT, OBJECT_UNICODE);
    end(pdf);
    begin(pdf, OBJECT_CID_FONT);
    say(pdf,
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /NoGlyphs /DW %d /CIDToGIDMap /Identity "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        "/FontDescriptor %d 0 R >>",
        GLYPH_WIDTH, OBJECT_DESCRIPTOR);
    end(pdf);
    begin(pdf, OBJECT_UNICODE);
    say(pdf, "<<");
    put_stream(pdf, span_of_text(unicode));
    end(pdf);
    begin(pdf, OBJECT_DESCRIPTOR);
    say(pdf, "<< /Type /FontDescriptor /FontName /NoGlyphs /Flags 5 /FontBBox [0 0 500 1000] "
             "/ItalicAngle 0 /Ascent 1000 /Descent 0 /CapHeight 1000 /StemV 80 >>");
    end(pdf);
}

/* What signing programs of agencies leave on the first page, letter for letter of one length. */
static void put_stamp(struct pdf *pdf)
{
    static const char *const lines[] = {
        "Ky boi: Uy ban nhan dan xa (chu ky so co quan)", "Email: vanthu@example.invalid.vn",
        "Co quan: Van phong Uy ban nhan dan xa", "Thoi gian ky: 12.11.2025 09:41:07 Z"};
    CLEANUP(bytes_done) struct bytes look = {0};
    size_t chars = 0;
    int rc = bytes_printf(&look, pdf->err, "BT /F1 7 Tf 0.8 0 0 rg 4 36 Td 10 TL\n");
    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(lines); i++) {
        chars += strlen(lines[i]);
        if (rc == 0)
            rc = bytes_printf(&look, pdf->err, "<");
        for (const char *at = lines[i]; rc == 0 && *at; at++)
            rc = bytes_printf(&look, pdf->err, "%02X", (unsigned char)*at);
        if (rc == 0)
            rc = bytes_printf(&look, pdf->err, "> Tj T*\n");
    }
    if (rc < 0 || bytes_printf(&look, pdf->err, "ET\n") < 0)
        pdf->failed = true; /* UNTESTED: no memory */
    assert(pdf->failed || chars == PDF_STAMP_CHARS);

    begin(pdf, OBJECT_FONT);
    say(pdf, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    end(pdf);
    begin(pdf, OBJECT_FIELD);
    say(pdf,
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /P %d 0 R "
        "/Rect [390 792 570 838] /AP << /N %d 0 R >> >>",
        OBJECT_FIRST, OBJECT_LOOK);
    end(pdf);
    begin(pdf, OBJECT_LOOK);
    say(pdf,
        "<< /Type /XObject /Subtype /Form /BBox [0 0 180 46] /Resources << /Font << /F1 %d 0 R >> "
        ">>",
        OBJECT_FONT);
    put_stream(pdf, bytes_span(&look));
    end(pdf);
}

static void put_catalog(struct pdf *pdf, size_t pages)
{
    begin(pdf, OBJECT_CATALOG);
    say(pdf, "<< /Type /Catalog /Pages %d 0 R", OBJECT_PAGES);
    if (pdf->way == PDF_G4_STAMPED)
        say(pdf, " /AcroForm << /Fields [%d 0 R] /SigFlags 3 >>", OBJECT_FIELD);
    say(pdf, " >>");
    end(pdf);
    begin(pdf, OBJECT_PAGES);
    say(pdf, "<< /Type /Pages /Count %zu /Kids [", pages);
    for (size_t i = 0; i < pages; i++)
        say(pdf, " %zu 0 R", OBJECT_FIRST + 3 * i);
    say(pdf, " ] >>");
    end(pdf);
}

static void put_table(struct pdf *pdf, size_t objects)
{
    size_t at = pdf->out->len - pdf->start;
    say(pdf, "xref\n0 %zu\n0000000000 65535 f \n", objects);
    for (size_t i = 1; i < objects; i++)
        say(pdf, "%010zu %05d %c \n", pdf->offsets[i], pdf->offsets[i] ? 0 : 65535,
            pdf->offsets[i] ? 'n' : 'f');
    say(pdf, "trailer\n<< /Size %zu /Root %d 0 R >>\nstartxref\n%zu\n%%%%EOF\n", objects,
        OBJECT_CATALOG, at);
}

int pdf_of_scans(const struct raster *pages, size_t len, enum pdf_way way,
                 const struct typeset *typeset, struct bytes *out, struct err *err)
{
    struct pdf pdf = {.out = out, .start = out->len, .way = way, .err = err};
    assert(len >= 1 && len <= PAGES_MAX);
    say(&pdf, "%%PDF-1.5\n%%\xe2\xe3\xcf\xd3\n");
    put_catalog(&pdf, len);
    if (way == PDF_LAYERED)
        put_layer_font(&pdf);
    if (way == PDF_G4_STAMPED)
        put_stamp(&pdf);
    for (size_t i = 0; i < len; i++)
        put_page(&pdf, i, &pages[i], typeset);
    put_table(&pdf, OBJECT_FIRST + 3 * len);
    return pdf.failed ? -1 : 0;
}

static cairo_status_t put_cairo(void *closure, const unsigned char *data, unsigned len)
{
    struct pdf *pdf = closure;
    put(pdf, span_of(data, len));
    return pdf->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

int pdf_of_text(const struct typeset *typeset, struct bytes *out, struct err *err)
{
    struct pdf pdf = {.out = out, .err = err};
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(put_cairo, &pdf, A4_WIDTH_PT, A4_HEIGHT_PT);
    /* The date of the run would make every run's bytes its own. */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2025-11-12T09:41:00+07:00");
    cairo_t *cr = cairo_create(surface);
    for (size_t i = 0; i < typeset_pages(typeset); i++) {
        typeset_draw(typeset, i, cr);
        cairo_show_page(cr);
    }
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (pdf.failed)
        return -1;                      /* UNTESTED: no memory */
    if (status != CAIRO_STATUS_SUCCESS) /* UNTESTED: no memory */
        return err_set(err, ERR_SYSTEM, "make a PDF: %s", cairo_status_to_string(status));
    return 0;
}
