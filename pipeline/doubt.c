/* pipeline/doubt.c - when our reader is in doubt, and whose text is taken then. The figures behind
 * it are in decision 0021. */
#include "pipeline/page.h"

/* Ordinary pages come out at 92 and more, pages our layout is lost on below 88. */
#define CONFIDENCE_SURE 90.0F
#define INK_MOSTLY      0.5F  /* more is a negative: our layout looks for black letters */
#define CONFIDENCE_MIN  50.0F /* below, a second opinion is nonsense, and there is a lot of it */

enum page_doubt page_doubt(const struct page_found *found)
{
    if (found->text_bytes == 0) /* pictures, drawings: Tesseract does not find text there either */
        return found->ink > INK_MOSTLY ? DOUBT_MOSTLY_BLACK : DOUBT_NONE;
    return found->confidence < CONFIDENCE_SURE ? DOUBT_LOW_CONFIDENCE : DOUBT_NONE;
}

const char *page_doubt_code(enum page_doubt doubt)
{
    static const char *const codes[DOUBT_COUNT] = {"", "low-confidence", "mostly-black"};
    return codes[doubt];
}

/* How much of the text is likely to be right. That weighs being sure against reading much, and so
 * bears that the engines are not sure on the same scale. */
static float sure_bytes(const struct page_found *found)
{
    return found->confidence * (float)found->text_bytes;
}

bool page_second_is_better(const struct page_found *first, const struct page_found *second)
{
    return second->confidence >= CONFIDENCE_MIN && second->confidence <= 100 &&
           sure_bytes(second) > sure_bytes(first);
}
