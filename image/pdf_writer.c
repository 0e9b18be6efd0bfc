/* image/pdf_writer.c - writes PDF/A-2b: pages of one picture each, with invisible text over it.
 *
 * Written by hand, and as it goes (decision 0066): the objects that all pages share have fixed
 * numbers and stand behind the pages. No number passes through printf's %f: it follows the locale.
 */
#include "image/pdf_writer.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/text.h"
#include "image/pdf_text.h"
#include "image/srgb_profile.h"

#define POINTS_PER_INCH 72
#define SIDE_MIN_PT     3     /* ISO 19005-2, 6.1.13 */
#define SIDE_MAX_PT     14400 /* the same */
#define A4_LONG_INCH    11.6929
#define OFFSET_MAX      UINT64_C(9999999999) /* ten digits of the table */
#define ID_HEX_LEN      32
#define DATE_MAX        32
#define FONT_NAME       "SohoaInvisible"
#define PRODUCER        "sohoa " SOHOA_VERSION
#define SAY_MAX         512
#define PENDING_MAX     (64 * KIB)

enum object {
    OBJECT_CATALOG = 1,
    OBJECT_PAGES,
    OBJECT_FONT,
    OBJECT_CID_FONT,
    OBJECT_DESCRIPTOR,
    OBJECT_PROGRAM,
    OBJECT_UNICODE,
    OBJECT_PROFILE,
    OBJECT_METADATA,
    OBJECT_INFO,
    OBJECT_FIRST, /* of the pages: page, content, picture */
};
#define PAGE_OBJECTS 3

struct pdf_writer {
    pdf_put *put;
    void *self;
    char *title;
    int64_t date_ns;
    struct bytes pending;  /* not yet given out */
    struct hasher *hasher; /* of all that was written */
    struct pdf_font *font;
    uint64_t at;
    uint64_t *offsets; /* by number of the object; 0: not written */
    size_t offset_cap;
    uint32_t pages;
};

void pdf_writer_free(struct pdf_writer *writer)
{
    if (!writer)
        return;
    hasher_free(writer->hasher);
    pdf_font_free(writer->font);
    free(writer->title);
    bytes_done(&writer->pending);
    free(writer->offsets);
    free(writer);
}

void pdf_writer_freep(struct pdf_writer **writer)
{
    pdf_writer_free(*writer);
}

/* ---- bytes out */

static int flush(struct pdf_writer *writer, struct err *err)
{
    const struct span data = bytes_span(&writer->pending);
    writer->pending.len = 0;
    return data.len > 0 ? writer->put(writer->self, data, err) : 0;
}

static int put(struct pdf_writer *writer, struct span data, struct err *err)
{
    if (data.len > OFFSET_MAX - writer->at)
        return err_input(err, REASON_FILE_TOO_BIG, "a PDF has at most %" PRIu64 " bytes",
                         OFFSET_MAX); /* UNTESTED: 10 GB */
    hasher_add(writer->hasher, data);
    writer->at += data.len;
    if (writer->pending.len + data.len > PENDING_MAX && flush(writer, err) < 0)
        return -1;
    return data.len > PENDING_MAX ? writer->put(writer->self, data, err)
                                  : bytes_append(&writer->pending, data, err);
}

static int PRINTF(3, 4) say(struct pdf_writer *writer, struct err *err, const char *fmt, ...)
{
    char text[SAY_MAX];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert(len >= 0 && (size_t)len < sizeof text);
    return put(writer, span_of(text, (size_t)len), err);
}

static int begin(struct pdf_writer *writer, uint32_t number, struct err *err)
{
    if (number >= writer->offset_cap) {
        size_t cap = 2 * (size_t)number + 64;
        uint64_t *offsets = realloc(writer->offsets, cap * sizeof *offsets);
        if (!offsets)
            return err_sys(err, "list objects"); /* UNTESTED: no memory */
        memset(offsets + writer->offset_cap, 0, (cap - writer->offset_cap) * sizeof *offsets);
        writer->offsets = offsets;
        writer->offset_cap = cap;
    }
    writer->offsets[number] = writer->at;
    return say(writer, err, "%" PRIu32 " 0 obj\n", number);
}

/* The dictionary has been said up to here and is still open. */
static int put_stream(struct pdf_writer *writer, struct span data, struct err *err)
{
    if (say(writer, err, "/Length %zu>>\nstream\n", data.len) < 0 || put(writer, data, err) < 0)
        return -1;
    return say(writer, err, "\nendstream\nendobj\n");
}

static void free_packed(uint8_t **packed)
{
    lept_free(*packed);
}

static int put_packed(struct pdf_writer *writer, struct span data, struct err *err)
{
    size_t len = 0;
    CLEANUP(free_packed) uint8_t *packed = zlibCompress(data.data, data.len, &len);
    if (!packed) { /* UNTESTED: no memory */
        errno = ENOMEM;
        return err_sys(err, "compress");
    }
    if (say(writer, err, "/Filter/FlateDecode") < 0)
        return -1;
    return put_stream(writer, span_of(packed, len), err);
}

/* ---- pages */

double pdf_page_dpi(const struct pdf_page *page)
{
    uint32_t longer = page->width_px > page->height_px ? page->width_px : page->height_px;
    double dpi = page->dpi > 0 ? page->dpi : longer / A4_LONG_INCH;
    return fmax(dpi, (double)longer * POINTS_PER_INCH / SIDE_MAX_PT);
}

/* Thousandths, as PDF has numbers. */
static const char *number_text(double value, char text[32])
{
    long long thousandths = llround(value * 1000);
    (void)snprintf(text, 32, "%s%lld.%03lld", thousandths < 0 ? "-" : "", llabs(thousandths) / 1000,
                   llabs(thousandths) % 1000);
    return text;
}

/* Where a picture's right and down point to on the page, in parts of its sides, from the upper left
 * corner: u = a s + c t + e, v = b s + d t + f. */
struct lie {
    int a, b, c, d, e, f;
};

static struct lie lie_of(uint32_t orientation, uint32_t turned_deg)
{
    static const struct lie lies[] = {
        [1] = {1, 0, 0, 1, 0, 0},   [2] = {-1, 0, 0, 1, 1, 0}, [3] = {-1, 0, 0, -1, 1, 1},
        [4] = {1, 0, 0, -1, 0, 1},  [5] = {0, 1, 1, 0, 0, 0},  [6] = {0, 1, -1, 0, 1, 0},
        [7] = {0, -1, -1, 0, 1, 1}, [8] = {0, -1, 1, 0, 0, 1},
    };
    struct lie lie = lies[orientation];
    for (uint32_t turned = 0; turned < turned_deg; turned += 90)
        lie = (struct lie){-lie.b, lie.a, -lie.d, lie.c, 1 - lie.f, lie.e};
    return lie;
}

static int content_of(struct pdf_writer *writer, const struct pdf_page *page, double width_pt,
                      double height_pt, struct bytes *out, struct err *err)
{
    const struct lie lie = lie_of(page->picture->orientation, page->turned_deg);
    char n[6][32];
    if (bytes_printf(out, err, "q %s %s %s %s %s %s cm/I Do Q\n",
                     number_text(width_pt * lie.a, n[0]), number_text(-height_pt * lie.b, n[1]),
                     number_text(-width_pt * lie.c, n[2]), number_text(height_pt * lie.d, n[3]),
                     number_text(width_pt * (lie.c + lie.e), n[4]),
                     number_text(height_pt * (1 - lie.d - lie.f), n[5])) < 0)
        return -1; /* UNTESTED: no memory */
    if (page->word_len == 0)
        return 0;
    /* six digits: what is off by one in the last is less than a hundredth of a point after 15000 */
    long long scale = llround(POINTS_PER_INCH / pdf_page_dpi(page) * 1000000);
    if (bytes_printf(out, err, "q %lld.%06lld 0 0 %lld.%06lld 0 0 cm BT 3 Tr", scale / 1000000,
                     scale % 1000000, scale / 1000000, scale % 1000000) < 0 ||
        pdf_text(page, writer->font, out, err) < 0)
        return -1;
    return bytes_printf(out, err, "\nET Q\n");
}

static int put_picture(struct pdf_writer *writer, const struct pdf_page *page, uint32_t number,
                       struct err *err)
{
    const struct embed *picture = page->picture;
    if (begin(writer, number, err) < 0 ||
        say(writer, err,
            "<</Type/XObject/Subtype/Image/Width %" PRIu32 "/Height %" PRIu32
            "/BitsPerComponent %" PRIu32 "/ColorSpace/%s",
            picture->width_px, picture->height_px, picture->bits,
            picture->components == 3 ? "DeviceRGB" : "DeviceGray") < 0)
        return -1;
    int rc = 0;
    switch ((enum embed_coding)picture->coding) {
    case EMBED_JPEG:
        rc = say(writer, err, "/Filter/DCTDecode");
        if (rc == 0 && picture->colour_transform >= 0)
            rc = say(writer, err, "/DecodeParms<</ColorTransform %" PRId32 ">>",
                     picture->colour_transform);
        if (rc == 0 && picture->inverted)
            rc = say(writer, err, "/Decode[%s]", picture->components == 3 ? "1 0 1 0 1 0" : "1 0");
        break;
    case EMBED_GROUP4:
        rc = say(writer, err,
                 "/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns %" PRIu32 "/Rows %" PRIu32 ">>",
                 picture->width_px, picture->height_px);
        break;
    case EMBED_FLATE:
        rc = say(writer, err,
                 "/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors %" PRIu32
                 "/BitsPerComponent %" PRIu32 "/Columns %" PRIu32 ">>",
                 picture->components, picture->bits, picture->width_px);
        break;
    case EMBED_CODINGS:
        assert(false);
    }
    return rc < 0 ? -1 : put_stream(writer, page->data, err);
}

int pdf_writer_page(struct pdf_writer *writer, const struct pdf_page *page, struct err *err)
{
    CLEANUP(bytes_done) struct bytes content = {0};
    assert(embed_valid(page->picture, UINT32_MAX) && page->width_px >= 1 && page->height_px >= 1);
    if (writer->pages >= PDF_PAGES_MAX)
        return err_input(err, REASON_TOO_MANY_PAGES, "a PDF of more than %u pages", PDF_PAGES_MAX);
    const bool lies = page->turned_deg % 180 != 0;
    const double point = POINTS_PER_INCH / pdf_page_dpi(page);
    const double width_pt = point * (lies ? page->height_px : page->width_px);
    const double height_pt = point * (lies ? page->width_px : page->height_px);
    const uint32_t number = OBJECT_FIRST + PAGE_OBJECTS * writer->pages;
    char n[2][32];
    if (content_of(writer, page, width_pt, height_pt, &content, err) < 0 ||
        begin(writer, number, err) < 0 ||
        say(writer, err,
            "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %" PRIu32
            " 0 R/Resources<</XObject<</I %" PRIu32 " 0 R>>/Font<</F %d 0 R>>>>>>\nendobj\n",
            OBJECT_PAGES, number_text(fmax(width_pt, SIDE_MIN_PT), n[0]),
            number_text(fmax(height_pt, SIDE_MIN_PT), n[1]), number + 1, number + 2,
            OBJECT_FONT) < 0 ||
        begin(writer, number + 1, err) < 0 || say(writer, err, "<<") < 0 ||
        put_packed(writer, bytes_span(&content), err) < 0)
        return -1;
    writer->pages++;
    return put_picture(writer, page, number + 2, err);
}

/* ---- what all pages share */

static int put_font(struct pdf_writer *writer, struct err *err)
{
    CLEANUP(bytes_done) struct bytes program = {0}, unicode = {0};
    if (pdf_font_file(writer->font, &program, err) < 0 ||
        pdf_font_unicode(writer->font, &unicode, err) < 0 || begin(writer, OBJECT_FONT, err) < 0 ||
        say(writer, err,
            "<</Type/Font/Subtype/Type0/BaseFont/" FONT_NAME
            "/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>\nendobj\n",
            OBJECT_CID_FONT, OBJECT_UNICODE) < 0 ||
        begin(writer, OBJECT_CID_FONT, err) < 0 ||
        say(writer, err,
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/" FONT_NAME "/CIDSystemInfo<</Registry"
            "(Adobe)/Ordering(Identity)/Supplement 0>>/DW %d/CIDToGIDMap/Identity"
            "/FontDescriptor %d 0 R>>\nendobj\n",
            PDF_FONT_WIDTH, OBJECT_DESCRIPTOR) < 0 ||
        begin(writer, OBJECT_DESCRIPTOR, err) < 0 ||
        say(writer, err,
            "<</Type/FontDescriptor/FontName/" FONT_NAME "/Flags 4/FontBBox[0 0 %d %d]"
            "/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>\n"
            "endobj\n",
            PDF_FONT_WIDTH, PDF_FONT_ASCENT, PDF_FONT_ASCENT, PDF_FONT_DESCENT, PDF_FONT_ASCENT,
            OBJECT_PROGRAM) < 0 ||
        begin(writer, OBJECT_PROGRAM, err) < 0 ||
        say(writer, err, "<</Length1 %zu", program.len) < 0 ||
        put_packed(writer, bytes_span(&program), err) < 0 ||
        begin(writer, OBJECT_UNICODE, err) < 0 || say(writer, err, "<<") < 0)
        return -1;
    return put_packed(writer, bytes_span(&unicode), err);
}

static int put_profile(struct pdf_writer *writer, struct err *err)
{
    CLEANUP(bytes_done) struct bytes profile = {0};
    if (srgb_profile(&profile, err) < 0 || begin(writer, OBJECT_PROFILE, err) < 0 ||
        say(writer, err, "<</N 3") < 0)
        return -1;
    return put_packed(writer, bytes_span(&profile), err);
}

static int date_of(const struct pdf_writer *writer, struct tm *ret_tm, struct err *err)
{
    time_t seconds = (time_t)(writer->date_ns / 1000000000);
    if (!gmtime_r(&seconds, ret_tm)) /* UNTESTED: 64 bits of nanoseconds fit */
        return err_set(err, ERR_INPUT, "no date: %" PRId64, writer->date_ns);
    return 0;
}

/* The first half of the digest of all that was written so far: it stands for the pages. */
static void id_text(struct pdf_writer *writer, char text[ID_HEX_LEN + 1])
{
    char hex[DIGEST_HEX_LEN + 1];
    struct digest digest = hasher_so_far(writer->hasher);
    (void)snprintf(text, ID_HEX_LEN + 1, "%.*s", ID_HEX_LEN, digest_hex(&digest, hex));
}

/* Uncompressed: programs that know nothing of PDF look for the packet. */
static int put_metadata(struct pdf_writer *writer, struct err *err)
{
    CLEANUP(bytes_done) struct bytes xmp = {0};
    char date[DATE_MAX], id[ID_HEX_LEN + 1];
    struct tm tm;
    id_text(writer, id);
    if (date_of(writer, &tm, err) < 0 ||
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0 ||
        bytes_printf(&xmp, err,
                     "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                     "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
                     "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                     "<rdf:Description rdf:about=\"\""
                     " xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\""
                     " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
                     " xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\""
                     " xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\""
                     " xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\""
                     " pdfaid:part=\"2\" pdfaid:conformance=\"B\" pdf:Producer=\"" PRODUCER "\""
                     " xmp:CreateDate=\"%s\" xmp:ModifyDate=\"%s\" xmpMM:DocumentID=\"uuid:%s\">"
                     "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">",
                     date, date, id) < 0 ||
        text_xml(span_of_text(writer->title), &xmp, err) < 0 ||
        bytes_printf(&xmp, err,
                     "</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>\n"
                     "<?xpacket end=\"r\"?>") < 0 ||
        begin(writer, OBJECT_METADATA, err) < 0 ||
        say(writer, err, "<</Type/Metadata/Subtype/XML") < 0)
        return -1;
    return put_stream(writer, bytes_span(&xmp), err);
}

/* UTF-16 with its mark, in hexadecimal digits: needs no escapes. */
static int put_title(struct bytes *out, struct span title, struct err *err)
{
    size_t len = 0;
    int rc = bytes_printf(out, err, "/Title<FEFF");
    for (size_t at = 0; rc == 0 && at < title.len; at += len) {
        uint32_t letter = text_letter(title, at, &len);
        if (letter < 0x10000)
            rc = bytes_printf(out, err, "%04" PRIX32, letter);
        else
            rc = bytes_printf(out, err, "%04" PRIX32 "%04" PRIX32,
                              0xD800 + ((letter - 0x10000) >> 10),
                              0xDC00 + ((letter - 0x10000) & 0x3FF));
    }
    return rc < 0 ? -1 : bytes_printf(out, err, ">");
}

/* What it says is in the metadata too, and the same. */
static int put_info(struct pdf_writer *writer, struct err *err)
{
    CLEANUP(bytes_done) struct bytes info = {0};
    char date[DATE_MAX];
    struct tm tm;
    if (date_of(writer, &tm, err) < 0 || strftime(date, sizeof date, "D:%Y%m%d%H%M%SZ", &tm) == 0 ||
        bytes_printf(&info, err, "<<") < 0 ||
        put_title(&info, span_of_text(writer->title), err) < 0 ||
        bytes_printf(&info, err, "/Producer(" PRODUCER ")/CreationDate(%s)/ModDate(%s)>>\nendobj\n",
                     date, date) < 0 ||
        begin(writer, OBJECT_INFO, err) < 0)
        return -1;
    return put(writer, bytes_span(&info), err);
}

static int put_catalog(struct pdf_writer *writer, struct err *err)
{
    CLEANUP(bytes_done) struct bytes kids = {0};
    for (uint32_t i = 0; i < writer->pages; i++)
        if (bytes_printf(&kids, err, "%" PRIu32 " 0 R%s", OBJECT_FIRST + PAGE_OBJECTS * i,
                         i % 8 == 7 ? "\n" : " ") < 0)
            return -1; /* UNTESTED: no memory */
    if (begin(writer, OBJECT_CATALOG, err) < 0 ||
        say(writer, err,
            "<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/OutputIntents[<</Type/OutputIntent"
            "/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)"
            "/DestOutputProfile %d 0 R>>]>>\nendobj\n",
            OBJECT_PAGES, OBJECT_METADATA, OBJECT_PROFILE) < 0 ||
        begin(writer, OBJECT_PAGES, err) < 0 ||
        say(writer, err, "<</Type/Pages/Count %" PRIu32 "/Kids[", writer->pages) < 0 ||
        put(writer, bytes_span(&kids), err) < 0)
        return -1;
    return say(writer, err, "]>>\nendobj\n");
}

static int put_table(struct pdf_writer *writer, struct err *err)
{
    const uint32_t objects = OBJECT_FIRST + PAGE_OBJECTS * writer->pages;
    const uint64_t start = writer->at;
    char id[ID_HEX_LEN + 1];
    id_text(writer, id);
    if (say(writer, err, "xref\n0 %" PRIu32 "\n0000000000 65535 f \n", objects) < 0)
        return -1;
    for (uint32_t i = 1; i < objects; i++) {
        assert(writer->offsets[i] > 0);
        if (say(writer, err, "%010" PRIu64 " 00000 n \n", writer->offsets[i]) < 0)
            return -1;
    }
    return say(writer, err,
               "trailer\n<</Size %" PRIu32 "/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\n"
               "startxref\n%" PRIu64 "\n%%%%EOF\n",
               objects, OBJECT_CATALOG, OBJECT_INFO, id, id, start);
}

struct pdf_writer *pdf_writer_new(const struct pdf_about *about, pdf_put *put_bytes, void *self,
                                  struct err *err)
{
    CLEANUP(pdf_writer_freep) struct pdf_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        err_sys(err, "write a PDF"); /* UNTESTED: no memory */
        return NULL;
    }
    if (!text_plain(span_of_text(about->title))) {
        err_input(err, REASON_NONE, "the title is no plain text");
        return NULL;
    }
    *writer = (struct pdf_writer){
        .put = put_bytes, .self = self, .date_ns = about->date_ns, .hasher = hasher_new()};
    writer->title = strdup(about->title);
    writer->font = pdf_font_new(err);
    if (!writer->title || !writer->font || say(writer, err, "%%PDF-1.7\n%%\xE2\xE3\xCF\xD3\n") < 0)
        return NULL;
    return TAKE(writer);
}

int pdf_writer_finish(struct pdf_writer *writer, struct err *err)
{
    assert(writer->pages >= 1);
    if (put_font(writer, err) < 0 || put_profile(writer, err) < 0 ||
        put_metadata(writer, err) < 0 || put_info(writer, err) < 0 || put_catalog(writer, err) < 0)
        return -1;
    return put_table(writer, err) < 0 ? -1 : flush(writer, err);
}
