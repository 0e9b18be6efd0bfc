/* pipeline/stage_separator.c - is the page a sheet that parts the stack into dossiers?
 *
 * A patch T is made for nothing else. A QR code or Code 128 parts only when it names one dossier
 * and the page looks like that dossier's slip (decision 0024): receipt slips have their code at the
 * head, other sheets have hardly anything but the code. All other codes, of signatures, of identity
 * cards, with addresses of the web, are no business of ours and are not kept. */
#include <string.h>

#include "image/barcode.h"
#include "pipeline/page.h"

#define LARGE_SHARE 50 /* a code that takes 1/50 of the page is what the sheet is for */

/* The text of the chip identity card begins with the number of the card: 12 digits, or 9. */
static bool is_identity(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return (digits == 12 || digits == 9) && text[digits] == '|';
}

static bool is_address(const char *text)
{
    return strstr(text, "://") || strncasecmp(text, "www.", 4) == 0;
}

/* In the upper half of the page, as the code itself says where up is. */
static bool is_at_head(const struct page *page, const struct barcode *code)
{
    const uint64_t x = 2 * (uint64_t)code->x + code->w, y = 2 * (uint64_t)code->y + code->h;
    switch (code->turned_deg) {
    case 90:
        return x > page->found.width_px;
    case 180:
        return y > page->found.height_px;
    case 270:
        return x < page->found.width_px;
    default:
        return y < page->found.height_px;
    }
}

static bool is_large(const struct page *page, const struct barcode *code)
{
    return (uint64_t)code->w * code->h * LARGE_SHARE >=
           (uint64_t)page->found.width_px * page->found.height_px;
}

static bool is_of_slip(const struct page *page, const struct barcode *code,
                       char ret_code[DOSSIER_CODE_MAX])
{
    return code->kind != BARCODE_PATCH_T && !is_identity(code->text) && !is_address(code->text) &&
           (is_at_head(page, code) || is_large(page, code)) &&
           dossier_code_find(code->text, ret_code);
}

static enum separator_kind kind_of(enum barcode_kind kind)
{
    switch (kind) {
    case BARCODE_QR:
        return SEPARATOR_QR;
    case BARCODE_CODE128:
        return SEPARATOR_CODE128;
    case BARCODE_PATCH_T:
        break;
    }
    return SEPARATOR_PATCH_T;
}

static void note(struct page *page, const struct barcode *code, const char *dossier)
{
    struct page_separator *separator = &page->found.separator;
    size_t len = strnlen(code->text, sizeof separator->text - 1);
    while (len > 0 && (code->text[len] & 0xC0) == 0x80) /* cut between letters */
        len--;
    *separator = (struct page_separator){
        .kind = kind_of(code->kind), .x = code->x, .y = code->y, .w = code->w, .h = code->h};
    memcpy(separator->text, code->text, len);
    memcpy(separator->code, dossier, strlen(dossier) + 1);
}

/* Codes that name two dossiers make the page a list of them, and no slip of either. */
static void decide(struct page *page, const struct barcodes *codes)
{
    const struct barcode *slip = NULL, *patch = NULL;
    char dossier[DOSSIER_CODE_MAX] = "", other[DOSSIER_CODE_MAX];
    bool list = false;
    for (uint32_t i = 0; i < codes->len; i++) {
        const struct barcode *code = &codes->at[i];
        if (code->kind == BARCODE_PATCH_T)
            patch = patch ? patch : code;
        else if (is_of_slip(page, code, slip ? other : dossier)) {
            list = list || (slip && strcmp(dossier, other) != 0);
            slip = slip ? slip : code;
        }
    }
    if (slip && !list)
        note(page, slip, dossier);
    else if (patch)
        note(page, patch, "");
}

int separator_run(struct page *page, struct err *err)
{
    struct barcodes codes;
    if (barcode_find(page->image, page->bilevel, &codes, err) < 0)
        return -1; /* UNTESTED: memory */
    decide(page, &codes);
    return 0;
}
