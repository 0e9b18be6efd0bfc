/* tests/unit/test_digits.c - the network knows every way a digit is written, and what is none. */
#include "ocr/digits.h"

#include "ocr/train/scribble.h"
#include "tests/unit/test.h"

#define SEED      20260422 /* training began with another */
#define EACH      100u     /* pictures of a style */
#define BELIEVED  0.9F
#define NONE_EACH 2000u

struct fixture {
    struct digits_net net;
    struct digits_pass pass;
    struct scribble scribble;
};

static unsigned classify(struct fixture *f, float *ret_sure)
{
    unsigned best = 0;
    assert_true(digits_shrink(f->scribble.pixels, SCRIBBLE_SIDE, SCRIBBLE_SIDE, &f->pass));
    digits_run(&f->net, &f->pass);
    for (unsigned c = 1; c < DIGITS_CLASSES; c++)
        best = f->pass.probabilities[c] > f->pass.probabilities[best] ? c : best;
    *ret_sure = f->pass.probabilities[best];
    return best;
}

static struct fixture *fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->scribble.state = SEED;
    digits_net_load(&f->net);
    return f;
}

static void every_style_is_known(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    size_t all = 0, right = 0, wrong = 0;
    for (unsigned digit = 0; digit < 10; digit++) {
        assert_true(scribble_styles(digit) >= 3);
        for (size_t style = 0; style < scribble_styles(digit); style++) {
            size_t known = 0;
            for (size_t i = 0; i < EACH; i++) {
                float sure;
                scribble_digit(&f->scribble, digit, style);
                const unsigned is = classify(f, &sure);
                known += is == digit;
                wrong += is != digit && is != DIGITS_NONE && sure >= BELIEVED;
            }
            if (known * 100 < EACH * 80)
                fail_msg("digit %u, style %zu: %zu of %u", digit, style, known, EACH);
            all += EACH;
            right += known;
        }
    }
    print_message("%zu of %zu right, %zu believed and wrong\n", right, all, wrong);
    assert_true(right * 100 >= all * 96);
    assert_true(wrong * 1000 <= all * 5);
    free(f);
}

static void what_is_no_digit_is_not_believed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    size_t believed = 0;
    for (size_t i = 0; i < NONE_EACH; i++) {
        float sure;
        scribble_none(&f->scribble);
        believed += classify(f, &sure) != DIGITS_NONE && sure >= BELIEVED;
    }
    print_message("%zu of %u believed\n", believed, NONE_EACH);
    assert_true(believed * 100 <= NONE_EACH * 3);
    free(f);
}

static void ink_is_centred_and_fills_the_picture(void **state)
{
    (void)state;
    struct digits_pass pass;
    uint8_t mask[60 * 40] = {0};
    assert_false(digits_shrink(mask, 60, 40, &pass));
    for (size_t y = 5; y < 35; y++)
        for (size_t x = 50; x < 56; x++)
            mask[y * 60 + x] = 1;
    assert_true(digits_shrink(mask, 60, 40, &pass));
    double sum = 0;
    for (size_t i = 0; i < DIGITS_SIDE * DIGITS_SIDE; i++) {
        const size_t x = i % DIGITS_SIDE, y = i / DIGITS_SIDE;
        sum += (double)pass.in[i];
        assert_true(pass.in[i] >= 0 && pass.in[i] <= 1);
        if (x >= 10 && x < 14 && y >= 2 && y < 22)
            assert_true(pass.in[i] > 0.99F);
    }
    assert_true(sum > 79.9 && sum < 80.1); /* 30 x 6 pixels become 20 x 4 */
    assert_true(digits_shrink((const uint8_t[]){1}, 1, 1, &pass));
    assert_true(pass.in[12 * DIGITS_SIDE + 12] > 0.99F);
}

static void the_same_seed_draws_the_same(void **state)
{
    (void)state;
    struct fixture *a = fixture_new(), *b = fixture_new();
    for (unsigned i = 0; i < 50; i++) {
        scribble_digit(&a->scribble, i % 10, 0);
        scribble_digit(&b->scribble, i % 10, 0);
        assert_memory_equal(a->scribble.pixels, b->scribble.pixels, sizeof a->scribble.pixels);
    }
    free(a);
    free(b);
}

/* A bar with a gap in it, of somebody's: bent and damaged, it is mostly taller than wide, and has
 * its gap. */
static void a_picture_keeps_its_shape(void **state)
{
    (void)state;
    const int side = (int)SCRIBBLE_SIDE;
    struct fixture *f = fixture_new();
    uint8_t grey[28 * 28] = {0};
    int kept = 0;
    for (int y = 4; y < 24; y++)
        for (int x = 12; x < 16; x++)
            grey[y * 28 + x] = y < 12 || y >= 16 ? 255 : 0;
    for (int i = 0; i < 100; i++) {
        int left = side, right = 0, top = side, bottom = 0, rows = 0;
        scribble_picture(&f->scribble, grey, 28);
        for (int y = 0; y < side; y++) {
            const uint8_t *row = &f->scribble.pixels[y * side];
            const uint8_t *first = memchr(row, 1, (size_t)side);
            if (!first)
                continue;
            const uint8_t *last = memrchr(row, 1, (size_t)side);
            left = first - row < left ? (int)(first - row) : left;
            right = last - row > right ? (int)(last - row) : right;
            top = y < top ? y : top;
            bottom = y;
            rows++;
        }
        assert_true(rows >= 8 && left > 0 && top > 0 && right < side - 1 && bottom < side - 1);
        kept += bottom - top > right - left && rows < bottom - top + 1;
    }
    print_message("%d of 100 kept their shape\n", kept);
    assert_true(kept >= 70);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_style_is_known),
        cmocka_unit_test(what_is_no_digit_is_not_believed),
        cmocka_unit_test(ink_is_centred_and_fills_the_picture),
        cmocka_unit_test(a_picture_keeps_its_shape),
        cmocka_unit_test(the_same_seed_draws_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
