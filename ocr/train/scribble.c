/* ocr/train/scribble.c - draws digits as clerks write them, and what is none. */
#include "ocr/train/scribble.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_MAX 48
#define SIDE       ((int)SCRIBBLE_SIDE)

/* Points in hundredths of a digit's width and height, from the upper left; '!' a corner, ';' the
 * pen is lifted. Between corners a smooth curve goes through all points. */
struct style {
    unsigned digit;
    const char *strokes;
};

static const struct style styles[] = {
    {0, "55,0 18,15 2,52 18,90 50,100 84,86 98,50 82,12 50,0"},
    {0, "65,6 30,2 6,40 12,85 45,100 82,80 96,40 78,8 45,4"},
    {0, "40,0 8,28 6,72 40,100 82,90 96,50 80,10 30,6"},
    {1, "50,0! 50,100"},
    {1, "0,42 50,0! 50,100"},
    {1, "0,70 60,0! 60,100"},
    {1, "0,85 70,0! 66,100"},
    {1, "25,20 50,0! 50,100"},
    {1, "0,62 32,40 60,0! 55,100"},
    {1, "10,36 55,0! 55,100!; 15,100 95,100"},
    {1, "0,60 60,0! 60,100!; 20,98 98,98"},
    {1, "0,100 72,0! 60,100"},
    {1, "0,94 80,4 84,0! 66,100"},
    {1, "0,30 44,2! 44,100"},
    {2, "6,26 28,3 62,0 88,20 74,48 36,80 0,100! 100,98"},
    {2, "10,28 30,3 66,0 88,24 62,65 22,97 4,90 16,78 42,90 72,100 100,90"},
    {2, "4,20 40,0 86,8 78,38 40,74 8,98 30,92 64,100 100,92"},
    {2, "0,12 40,0 90,4 80,34 4,98! 40,94 100,100"},
    {2, "14,34 20,8 60,0 92,26 64,66 6,98! 98,100"},
    {2, "0,16 30,0 74,2 70,36 30,76 2,96 14,84 40,88 100,100"},
    {2, "16,36 24,8 60,0 88,22 60,60 14,96 2,86 30,82 60,98 100,80"},
    {2, "20,24 34,4 66,0 80,22 56,58 10,94! 50,84 100,92"},
    {2, "18,30 40,20 30,4 70,0 86,24 50,66 2,96 24,84 56,94 100,84"},
    {3, "8,12 40,0 80,8 76,34 38,47! 82,58 92,80 54,100 2,88"},
    {3, "8,2! 88,2! 40,40! 78,50 92,74 56,100 2,90"},
    {3, "4,16 40,0 84,12 66,42 36,50 44,44 84,56 90,84 46,100 0,90"},
    {3, "6,10 50,0 86,16 42,46! 86,62 78,96 40,100 6,98"},
    {3, "10,4 54,2 86,4! 44,42! 88,60 84,90 44,100 0,84"},
    {3, "14,16 40,0 78,6 80,30 34,46! 70,50 80,74 50,98 2,96"},
    {3, "12,8 50,0 82,14 60,38 30,46 72,54 84,76 56,98 6,94"},
    {4, "34,0! 0,62! 98,60; 70,32! 66,100"},
    {4, "68,0! 0,66! 100,66; 68,0! 68,100"},
    {4, "20,0! 8,56! 96,50; 84,2! 74,100"},
    {4, "16,4 4,40 28,56 76,44; 92,0! 72,100"},
    {4, "24,2 2,44 22,58 60,46 84,4! 72,56 60,100"},
    {4, "45,4 4,60! 92,56; 62,28! 54,100"},
    {4, "12,0 10,50! 88,48!; 86,0 84,100"},
    {4, "44,0 20,28 2,56 30,60 94,50; 76,14 66,60 56,100"},
    {4, "30,14 2,40 18,62 60,54 88,30 74,14 60,22 52,60; 66,0! 46,100"},
    {4, "60,0 0,58 30,60 94,54; 74,22! 58,60 60,100"},
    {4, "24,0! 4,52! 100,42; 76,20! 64,100"},
    {4, "18,2 6,50! 96,44; 84,8! 74,98"},
    {4, "40,0 8,30 28,48 88,38; 94,0! 72,100"},
    {4, "56,6 14,32 28,48 82,34; 92,0! 66,100"},
    {4, "24,4 4,30 20,46 60,38 94,2! 76,60 66,100"},
    {4, "30,0! 10,44 30,52 84,40; 88,10! 70,100"},
    {5, "90,0! 26,0! 14,42! 56,38 92,60 80,92 40,100 4,90"},
    {5, "24,4! 12,46! 50,38 90,60 76,94 36,100 4,88; 24,4! 94,0"},
    {5, "92,4 34,6 22,36 54,46 86,70 62,98 4,92"},
    {5, "30,10! 20,46! 58,42 88,66 62,98 2,94; 30,4! 100,2"},
    {5, "34,4! 16,40! 70,44 80,74 48,98 0,96; 40,6! 98,0"},
    {6, "76,2 36,20 8,60 16,92 50,100 86,82 74,56 40,54 10,74"},
    {6, "66,0 22,46 2,80 34,100 84,90 86,62 48,54 12,76"},
    {6, "48,0 14,34 6,76 36,100 86,88 88,62 54,56 12,80"},
    {6, "92,0 40,14 6,66 30,98 72,92 82,64 44,60 12,82"},
    {7, "0,4! 92,4! 40,100"},
    {7, "0,4! 92,4! 42,100!; 18,50 88,48"},
    {7, "6,22! 8,3! 92,5! 46,55 36,100"},
    {7, "6,22! 8,4! 92,4! 48,50 40,100!; 16,52 90,46"},
    {7, "4,16 30,2 62,10 94,2! 52,50 36,100"},
    {7, "4,16 28,2 62,10 94,2! 54,50 38,100!; 14,50 88,52"},
    {7, "0,6 50,2 92,8 66,46 50,100!; 20,46 96,42"},
    {7, "2,14 22,4 96,8! 60,42 48,100!; 4,58 98,50"},
    {7, "8,8 50,5 94,4! 62,32 58,100!; 0,54 100,52"},
    {7, "0,5! 90,8! 64,36 48,100!; 12,60 106,46"},
    {7, "4,10! 10,4 92,2! 60,50 58,100!; 10,60 100,40"},
    {7, "0,0! 6,8 90,2! 60,44 52,100"},
    {8, "82,15 50,0 18,20 50,46 88,76 50,100 10,80 46,52 80,24 78,12"},
    {8, "50,0 20,20 50,46 82,22 50,0; 50,46 6,74 50,100 94,74 50,46"},
    {8, "90,10 46,0 16,24 56,50 78,82 40,100 8,84 42,54 92,12"},
    {8, "60,44 22,24 50,2 84,20 52,46 12,78 44,100 86,80 54,46"},
    {9, "86,24 50,0 10,24 44,52 86,26! 86,62 70,100"},
    {9, "88,18 46,0 10,26 36,54 84,30 88,14! 90,60 60,96 10,94"},
    {9, "84,10 40,2 10,32 44,54 88,20! 76,100"},
    {9, "92,20 56,0 14,20 34,50 78,36 92,8! 78,66 46,98 0,88"},
    {9, "70,8 24,10 14,46 58,48 82,10! 74,60 40,100"},
};

/* Letters that stand beside the numbers, and signs. */
static const char *const letters[] = {
    "10,0! 10,100; 10,60 50,40 86,60 88,100",                      /* h */
    "8,0! 8,100; 8,30 50,0 90,30 90,100",                          /* n */
    "5,0! 5,100; 5,25 28,0 48,25 48,100; 48,25 72,0 96,25 96,100", /* m */
    "4,0! 6,80 40,100 86,60; 88,0! 88,100",                        /* u */
    "0,0! 46,100! 96,0",                                           /* v */
    "8,0! 8,100; 90,34! 10,66! 92,100",                            /* k */
    "4,100! 4,0! 92,100! 92,0",                                    /* N */
    "50,0 8,40 40,96 90,60 60,2 46,0; 58,70! 100,100",             /* Q */
    "0,100! 48,0! 98,100; 20,64! 80,64",                           /* A */
    "6,100! 6,0! 70,2 92,26 60,50 8,52",                           /* P */
    "6,0! 6,100! 70,96 96,50 70,4 6,0; -14,48! 44,48",             /* Đ */
    "4,50! 70,46 90,20 50,0 8,50 40,100 94,88",                    /* e */
    "88,14 40,0 4,50 40,100 92,86",                                /* c */
    "0,0! 100,100; 100,0! 0,100",                                  /* x */
    "0,0! 100,0",                                                  /* - */
    "0,0! 0,0; 0,100! 0,100",                                      /* : */
    "100,0! 0,100",                                                /* slash, leaning more than 1 */
    "0,100! 0,0! 100,0",                                           /* a corner of a frame */
    "0,0! 0,100! 100,100",                                         /* another */
    "0,100 8,40 40,8 100,0",
    "0,0! 100,0; 0,30! 100,30", /* = */
};

struct point {
    float x, y;
    bool corner, lift; /* lift: the pen leaves the paper after it */
};

struct path {
    struct point points[POINTS_MAX];
    size_t len;
};

/* How one digit is drawn. */
struct hand {
    float width, height; /* pixels */
    float slant, turn, bend;
    float pen;     /* radius, pixels */
    float jitter;  /* of a point, hundredths */
    float x, y;    /* the middle */
    float warp[4]; /* how far the paper is stretched, pixels, and where the waves begin */
};

size_t scribble_styles(unsigned digit)
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(styles); i++)
        n += styles[i].digit == digit;
    return n;
}

static uint64_t next(struct scribble *scribble) /* splitmix64 */
{
    uint64_t z = scribble->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

float scribble_random(struct scribble *scribble)
{
    return (float)(next(scribble) >> 40) / (float)(1 << 24);
}

static float between(struct scribble *scribble, float low, float high)
{
    return low + (high - low) * scribble_random(scribble);
}

static bool chance(struct scribble *scribble, float share)
{
    return scribble_random(scribble) < share;
}

static size_t one_of(struct scribble *scribble, size_t len)
{
    return (size_t)(next(scribble) % len);
}

/* Around 0, mostly within 1. */
static float wobble(struct scribble *scribble)
{
    return scribble_random(scribble) + scribble_random(scribble) + scribble_random(scribble) - 1.5F;
}

static void parse(const char *text, struct path *path)
{
    path->len = 0;
    while (*text && path->len < POINTS_MAX) {
        char *end = NULL;
        struct point *p = &path->points[path->len++];
        *p = (struct point){.x = (float)strtol(text, &end, 10)};
        p->y = (float)strtol(end + 1, &end, 10);
        p->corner = *end == '!';
        end += p->corner;
        p->lift = *end == ';' || *end == '\0';
        text = end + (*end == ';');
        while (*text == ' ')
            text++;
    }
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void dot(struct scribble *scribble, float x, float y, float radius, uint8_t value)
{
    for (int row = (int)floorf(y - radius); row <= (int)ceilf(y + radius); row++)
        for (int column = (int)floorf(x - radius); column <= (int)ceilf(x + radius); column++) {
            const float dx = (float)column - x, dy = (float)row - y;
            if (row >= 0 && row < SIDE && column >= 0 && column < SIDE &&
                dx * dx + dy * dy <= radius * radius + 0.1F)
                scribble->pixels[row * SIDE + column] = value;
        }
}

static struct point placed(const struct hand *hand, struct point p)
{
    const float v = p.y / 100 - 0.5F;
    float x = (p.x / 100 - 0.5F) * hand->width - hand->slant * v * hand->height;
    const float y = v * hand->height;
    x += hand->bend * hand->height * (0.25F - v * v);
    p.x = hand->x + x * cosf(hand->turn) - y * sinf(hand->turn);
    p.y = hand->y + x * sinf(hand->turn) + y * cosf(hand->turn);
    p.x += hand->warp[0] * sinf(5 * v + hand->warp[2]);
    p.y += hand->warp[1] * sinf(5 * x / hand->height + hand->warp[3]);
    return p;
}

/* Catmull and Rom's curve from b to c; before and after them a and d. */
static float curve(float a, float b, float c, float d, float t)
{
    return 0.5F * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t +
                   (3 * b - a - 3 * c + d) * t * t * t);
}

static void draw(struct scribble *scribble, const struct hand *hand, struct path *path)
{
    for (size_t i = 0; i < path->len; i++) {
        path->points[i].x += hand->jitter * wobble(scribble);
        path->points[i].y += hand->jitter * wobble(scribble);
        path->points[i] = placed(hand, path->points[i]);
    }
    const float start = between(scribble, 0.8F, 1.1F), end = between(scribble, 0.8F, 1.1F);
    for (size_t i = 0; i + 1 < path->len; i++) {
        const struct point *b = &path->points[i], *c = b + 1;
        if (b->lift)
            continue;
        const struct point *a = i > 0 && !b->corner && !(b - 1)->lift ? b - 1 : b;
        const struct point *d = !c->corner && !c->lift && i + 2 < path->len ? c + 1 : c;
        const int steps = 2 + (int)(3 * hypotf(c->x - b->x, c->y - b->y));
        for (int s = 0; s <= steps; s++) {
            const float t = (float)s / (float)steps;
            const float done = ((float)i + t) / (float)path->len;
            dot(scribble, curve(a->x, b->x, c->x, d->x, t), curve(a->y, b->y, c->y, d->y, t),
                hand->pen * (start + (end - start) * done), 1);
        }
    }
}

static struct hand some_hand(struct scribble *scribble)
{
    struct hand hand = {.height = between(scribble, 16, 50), .x = SIDE / 2.0F, .y = SIDE / 2.0F};
    hand.width = hand.height * between(scribble, 0.35F, 0.95F);
    hand.slant = between(scribble, -0.15F, 0.6F);
    hand.turn = 0.12F * wobble(scribble);
    hand.bend = 0.1F * wobble(scribble);
    hand.pen = between(scribble, 0.6F, 0.7F + hand.height / 13);
    for (size_t i = 0; i < 4; i++)
        hand.warp[i] = i < 2 ? 0.06F * hand.height * wobble(scribble) : between(scribble, 0, 6.3F);
    hand.jitter = between(scribble, 2, 12);
    return hand;
}

/* --- damage ----------------------------------------------------------------------------------- */

static void roughen(struct scribble *scribble, float share)
{
    uint8_t before[SCRIBBLE_SIDE * SCRIBBLE_SIDE];
    memcpy(before, scribble->pixels, sizeof before);
    for (int y = 1; y + 1 < SIDE; y++)
        for (int x = 1; x + 1 < SIDE; x++) {
            const uint8_t *p = &before[y * SIDE + x];
            const int around = p[-1] + p[1] + p[-SIDE] + p[SIDE];
            if (around > 0 && around < 4 && chance(scribble, share))
                scribble->pixels[y * SIDE + x] = !*p;
        }
}

static void cut_side(struct scribble *scribble, const struct hand *hand, unsigned side, float share)
{
    const float reach = side % 2 ? hand->height : hand->width;
    const int middle = SIDE / 2, at = (int)(reach * (0.5F - share));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            if ((side == 0 && x < middle - at) || (side == 1 && y < middle - at) ||
                (side == 2 && x > middle + at) || (side == 3 && y > middle + at))
                scribble->pixels[y * SIDE + x] = 0;
}

static void damage(struct scribble *scribble, const struct hand *hand)
{
    const float w = hand->width / 2, h = hand->height / 2;
    if (chance(scribble, 0.15F)) /* the pen left no ink */
        dot(scribble, hand->x + w * wobble(scribble), hand->y + h * wobble(scribble),
            hand->pen + between(scribble, 0, 1), 0);
    if (chance(scribble, 0.08F)) { /* the rest of a dotted line */
        const float gap = between(scribble, 3, 7), y = hand->y + h * between(scribble, 0.6F, 1.0F);
        for (float x = hand->x - w; x < hand->x + w; x += gap)
            dot(scribble, x, y, between(scribble, 0.5F, 1), 1);
    }
    if (chance(scribble, 0.1F)) { /* the end of a neighbour's stroke */
        const float from = chance(scribble, 0.5F) ? -1 : 1;
        const float y = hand->y + h * between(scribble, -1, 1), slope = wobble(scribble);
        for (float t = 0; t < 0.4F * w; t += 0.3F)
            dot(scribble, hand->x + from * (w * 1.1F - t), y + slope * t, hand->pen * 0.8F, 1);
    }
    if (chance(scribble, 0.06F))
        cut_side(scribble, hand, (unsigned)one_of(scribble, 4), between(scribble, 0, 0.08F));
    if (chance(scribble, 0.6F))
        roughen(scribble, between(scribble, 0.02F, 0.2F));
}

/* --- what is drawn ---------------------------------------------------------------------------- */

static const char *strokes_of(unsigned digit, size_t style)
{
    for (size_t i = 0; i < ARRAY_LEN(styles); i++)
        if (styles[i].digit == digit && style-- == 0)
            return styles[i].strokes;
    return "";
}

void scribble_digit(struct scribble *scribble, unsigned digit, size_t style)
{
    struct path path;
    struct hand hand = some_hand(scribble);
    if (digit == 1) {
        hand.width *= style == 0 ? 1 : 0.75F;
        hand.slant = fminf(hand.slant, style == 0 ? 0.35F : 1);
    }
    parse(strokes_of(digit, style), &path);
    memset(scribble->pixels, 0, sizeof scribble->pixels);
    draw(scribble, &hand, &path);
    damage(scribble, &hand);
}

/* Between four pixels; outside is paper. */
static float grey_at(const uint8_t grey[], unsigned side, float x, float y)
{
    const int x0 = (int)floorf(x), y0 = (int)floorf(y), n = (int)side;
    const float u = x - (float)x0, v = y - (float)y0;
    float sum = 0;
    for (int i = 0; i < 4; i++) {
        const int px = x0 + i % 2, py = y0 + i / 2;
        if (px >= 0 && px < n && py >= 0 && py < n)
            sum += (float)grey[py * n + px] * (i % 2 ? u : 1 - u) * (i / 2 ? v : 1 - v);
    }
    return sum;
}

void scribble_picture(struct scribble *scribble, const uint8_t grey[], unsigned side)
{
    struct hand hand = some_hand(scribble);
    const float scale = hand.height / (float)side * 1.4F, middle = (float)side / 2 - 0.5F;
    const float narrow = between(scribble, 0.65F, 1.15F), ink = between(scribble, 50, 190);
    hand.width = hand.height * narrow;
    hand.slant = between(scribble, -0.3F, 0.3F);
    memset(scribble->pixels, 0, sizeof scribble->pixels);
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            const float dx = (float)column - hand.x, dy = (float)row - hand.y;
            const float y = dy * cosf(hand.turn) - dx * sinf(hand.turn);
            float x = dx * cosf(hand.turn) + dy * sinf(hand.turn);
            x += hand.slant * y - hand.warp[0] * sinf(5 * y / hand.height + hand.warp[2]);
            const float wave = hand.warp[1] * sinf(5 * x / hand.height + hand.warp[3]);
            scribble->pixels[row * SIDE + column] =
                grey_at(grey, side, middle + x / (scale * narrow), middle + (y - wave) / scale) >
                ink;
        }
    damage(scribble, &hand);
}

static void draw_digit(struct scribble *scribble, const struct hand *hand)
{
    struct path path;
    const unsigned digit = (unsigned)one_of(scribble, 10);
    parse(strokes_of(digit, one_of(scribble, scribble_styles(digit))), &path);
    draw(scribble, hand, &path);
}

/* Two digits that touch or nearly so. */
static void draw_two(struct scribble *scribble, struct hand *hand)
{
    const float apart = hand->width * between(scribble, 0.8F, 1.15F);
    hand->x -= apart / 2;
    draw_digit(scribble, hand);
    hand->x += apart;
    draw_digit(scribble, hand);
}

static void draw_tangle(struct scribble *scribble, const struct hand *hand)
{
    struct path path = {.len = 3 + one_of(scribble, 8)};
    for (size_t i = 0; i < path.len; i++)
        path.points[i] = (struct point){between(scribble, 0, 100), between(scribble, 0, 100),
                                        chance(scribble, 0.3F), chance(scribble, 0.15F)};
    draw(scribble, hand, &path);
}

/* A digit that a rule or a frame goes through, and out on both sides. */
static void draw_ruled(struct scribble *scribble, const struct hand *hand)
{
    const bool upright = chance(scribble, 0.5F);
    const float at = between(scribble, -0.4F, 0.4F) * (upright ? hand->width : hand->height);
    draw_digit(scribble, hand);
    for (float t = -hand->height; t < hand->height; t += 0.4F)
        dot(scribble, hand->x + (upright ? at : t), hand->y + (upright ? t : at), hand->pen, 1);
}

void scribble_none(struct scribble *scribble)
{
    struct path path;
    struct hand hand = some_hand(scribble);
    memset(scribble->pixels, 0, sizeof scribble->pixels);
    switch (one_of(scribble, 8)) {
    case 0:
    case 1:
        draw_two(scribble, &hand);
        break;
    case 2:
        draw_tangle(scribble, &hand);
        break;
    case 3:
        draw_ruled(scribble, &hand);
        break;
    case 4: /* a blot or a full stop */
        dot(scribble, hand.x, hand.y, between(scribble, 1, 6), 1);
        dot(scribble, hand.x + between(scribble, -4, 4), hand.y + between(scribble, -3, 3),
            between(scribble, 1, 5), 1);
        break;
    default:
        hand.width *= between(scribble, 0.8F, 1.6F);
        hand.jitter *= 0.7F;
        parse(letters[one_of(scribble, ARRAY_LEN(letters))], &path);
        draw(scribble, &hand, &path);
    }
    damage(scribble, &hand);
}
