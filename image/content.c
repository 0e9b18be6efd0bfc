/* image/content.c - inside image/ only: is a PDF page one image and nothing else? */
#include "image/content.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OPERANDS_MAX     6  /* the last ones: no operator looked at takes more */
#define STATES_MAX       64 /* nested q */
#define NUMBER_LEN_MAX   32
#define OPERATOR_MAX     4
#define STRING_DEPTH_MAX 256
#define TEXT_INVISIBLE   3 /* Tr: the text layer an OCR program leaves */

struct state {
    struct matrix matrix;
    int text_mode;
};

struct reading {
    struct span in;
    size_t at;
    double operands[OPERANDS_MAX];
    int operands_len;
    char name[CONTENT_NAME_MAX]; /* the last one seen */
    struct state states[STATES_MAX];
    int depth;
    bool lost; /* cannot be followed */
    struct content *out;
};

struct matrix matrix_product(const struct matrix *m, const struct matrix *n)
{
    return (struct matrix){m->a * n->a + m->b * n->c,        m->a * n->b + m->b * n->d,
                           m->c * n->a + m->d * n->c,        m->c * n->b + m->d * n->d,
                           m->e * n->a + m->f * n->c + n->e, m->e * n->b + m->f * n->d + n->f};
}

static bool is_blank(uint8_t c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_regular(uint8_t c)
{
    return !is_blank(c) && !strchr("()<>[]{}/%", c);
}

static int peek(const struct reading *r, size_t ahead)
{
    return r->at + ahead < r->in.len ? r->in.data[r->at + ahead] : -1;
}

static void skip_string(struct reading *r)
{
    int depth = 0;
    for (; r->at < r->in.len; r->at++) {
        uint8_t c = r->in.data[r->at];
        if (c == '\\')
            r->at++;
        else if (c == '(' && ++depth > STRING_DEPTH_MAX)
            r->lost = true;
        else if (c == ')' && --depth == 0)
            break;
    }
    r->at++;
}

static void skip_hex_string(struct reading *r)
{
    while (r->at < r->in.len && r->in.data[r->at] != '>')
        r->at++;
    r->at++;
}

static void skip_comment(struct reading *r)
{
    while (r->at < r->in.len && r->in.data[r->at] != '\n' && r->in.data[r->at] != '\r')
        r->at++;
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_name(struct reading *r)
{
    size_t len = 0;
    r->name[len++] = '/';
    for (r->at++; r->at < r->in.len && is_regular(r->in.data[r->at]); r->at++) {
        int c = r->in.data[r->at];
        if (c == '#' && hex_value(peek(r, 1)) >= 0 && hex_value(peek(r, 2)) >= 0) {
            c = hex_value(peek(r, 1)) * 16 + hex_value(peek(r, 2));
            r->at += 2;
        }
        if (len + 1 >= sizeof r->name) {
            r->lost = true;
            return;
        }
        r->name[len++] = (char)c;
    }
    r->name[len] = '\0';
}

static void push_number(struct reading *r, double number)
{
    if (r->operands_len == OPERANDS_MAX) {
        memmove(r->operands, r->operands + 1, sizeof r->operands - sizeof r->operands[0]);
        r->operands_len--;
    }
    r->operands[r->operands_len++] = number;
}

static bool is_one_of(const char *op, const char *list)
{
    size_t len = strlen(op);
    for (const char *at = list; (at = strstr(at, op)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static void mark(struct reading *r)
{
    if (r->out->one_object)
        r->lost = true;
    r->out->marks_below = true;
}

static void paint_object(struct reading *r)
{
    if (r->out->one_object || r->name[0] == '\0') {
        r->lost = true;
        return;
    }
    r->out->one_object = true;
    memcpy(r->out->name, r->name, sizeof r->name);
    r->out->matrix = r->states[r->depth].matrix;
}

static void change_matrix(struct reading *r)
{
    const double *n = r->operands;
    struct state *state = &r->states[r->depth];
    struct matrix change = {n[0], n[1], n[2], n[3], n[4], n[5]};
    if (r->operands_len != OPERANDS_MAX)
        r->lost = true;
    else
        state->matrix = matrix_product(&change, &state->matrix);
}

static void save_state(struct reading *r)
{
    if (r->depth + 1 == STATES_MAX) {
        r->lost = true;
        return;
    }
    r->states[r->depth + 1] = r->states[r->depth];
    r->depth++;
}

static void perform(struct reading *r, const char *op)
{
    if (strcmp(op, "q") == 0)
        save_state(r);
    else if (strcmp(op, "Q") == 0)
        r->depth -= r->depth > 0;
    else if (strcmp(op, "cm") == 0)
        change_matrix(r);
    else if (strcmp(op, "Do") == 0)
        paint_object(r);
    else if (strcmp(op, "Tr") == 0)
        r->states[r->depth].text_mode = r->operands_len > 0 ? (int)r->operands[0] : 0;
    else if (is_one_of(op, "Tj TJ ' \"")) {
        if (r->states[r->depth].text_mode != TEXT_INVISIBLE)
            mark(r);
    } else if (is_one_of(op, "f F f* B B* b b* S s sh"))
        mark(r);
    else if (strcmp(op, "BI") == 0)
        r->lost = true; /* an image inside the stream: binary, cannot be stepped over safely */
    r->operands_len = 0;
}

static void read_word(struct reading *r)
{
    char word[NUMBER_LEN_MAX + 1];
    size_t len = 0;
    while (r->at < r->in.len && is_regular(r->in.data[r->at])) {
        if (len < NUMBER_LEN_MAX)
            word[len++] = (char)r->in.data[r->at];
        r->at++;
    }
    word[len] = '\0';
    if (strchr("+-.0123456789", word[0])) {
        double number = strtod(word, NULL);
        push_number(r, isfinite(number) ? number : 0);
    } else if (len < OPERATOR_MAX) {
        perform(r, word);
    } else {
        r->operands_len = 0; /* true, false, null, or an operator that paints nothing */
    }
}

static void read_token(struct reading *r)
{
    uint8_t c = r->in.data[r->at];
    if (c == '<' && peek(r, 1) != '<')
        skip_hex_string(r);
    else if (is_blank(c) || strchr("<>[]{})", c))
        r->at++;
    else if (c == '%')
        skip_comment(r);
    else if (c == '(')
        skip_string(r);
    else if (c == '/')
        read_name(r);
    else
        read_word(r);
}

void content_read(struct span stream, struct matrix start, struct content *ret_content)
{
    struct reading r = {.in = stream, .out = ret_content};
    *ret_content = (struct content){0};
    r.states[0].matrix = start;
    while (r.at < stream.len && !r.lost)
        read_token(&r);
    ret_content->one_object &= !r.lost;
}
