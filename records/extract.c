/* records/extract.c - finds meaning in the text of a page, rule by rule. */
#include "records/extract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/extract_impl.h"

#define GAP_PCT     180u /* blank between lines that belong together, when a rule does not say */
#define UNDER_LINES 14u  /* how far above what a rule asks for may stand */
#define GROUPS      16u
#define DATE_MAX    40 /* bytes with NUL: three numbers of any size */

/* One rule at work on one page. */
struct search {
    const struct extract_rules *rules;
    const struct rule *rule;
    const struct page_lines *page;
    pcre2_match_data *match;
    struct found found;
    struct text_box box;
    double weight, confident; /* characters; their confidences */
    double lack; /* percent: how far the worst word falls short; above 0: it is not believed */
};

static bool matches(struct search *search, const pcre2_code *pattern, struct span folded)
{
    return pcre2_match(pattern, folded.data, folded.len, 0, 0, search->match,
                       search->rules->limits) > 0;
}

/* Percent of the page, where the middle of the line lies. */
static bool is_inside(const struct search *search, const struct page_line *line)
{
    const struct rule_text *rule = search->rule->text;
    const struct page_lines *page = search->page;
    int64_t x = ((int64_t)line->box.x + line->box.w / 2) * 100;
    int64_t y = ((int64_t)line->box.y + line->box.h / 2) * 100;
    uint32_t right = rule->right ? rule->right : 100, bottom = rule->bottom ? rule->bottom : 100;
    return x >= (int64_t)rule->left * page->width && x <= (int64_t)right * page->width &&
           y >= (int64_t)rule->top * page->height && y <= (int64_t)bottom * page->height;
}

/* Letters and digits at both ends. */
static struct span trimmed(struct span folded)
{
    static const char kept[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    while (folded.len > 0 && !memchr(kept, folded.data[0], sizeof kept - 1))
        folded = span_of(folded.data + 1, folded.len - 1);
    while (folded.len > 0 && !memchr(kept, folded.data[folded.len - 1], sizeof kept - 1))
        folded.len--;
    return folded;
}

static bool overlaps(struct text_box a, struct text_box b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w;
}

/* Something in the same column, not far above, says what this line is. */
static bool is_under(struct search *search, size_t at)
{
    const struct page_line *lines = search->page->lines, *line = &lines[at];
    for (size_t i = 0; i < search->page->len; i++) {
        const struct page_line *other = &lines[i];
        int64_t above = (int64_t)line->box.y - other->box.y;
        if (i != at && above > 0 && above <= (int64_t)UNDER_LINES * line->box.h &&
            (other->caps || !search->rule->text->under_caps) && overlaps(line->box, other->box) &&
            matches(search, search->rule->under, other->folded))
            return true;
    }
    return false;
}

/* --- taking what is found --- */

/* How far a word falls short of what the rule asks of it, percent. */
static double word_lack(const struct rule_text *rule, struct span chars, double confidence)
{
    bool digit = rule->sure_letters == 0;
    for (size_t i = 0; i < chars.len && !digit; i++)
        digit = chars.data[i] >= '0' && chars.data[i] <= '9';
    return (double)(digit ? rule->sure : rule->sure_letters) - confidence;
}

static void weigh(struct search *search, const struct page_line *line, size_t from, size_t to)
{
    const struct page_text *text = search->page->text;
    size_t at = 0;
    for (uint32_t w = 0; w < line->word_len; w++) {
        const struct text_word *word = &text->words[line->word_first + w];
        size_t len = 0;
        struct span chars = page_text_chars(text, word);
        for (size_t i = 0; i < chars.len; i++)
            len += (chars.data[i] & 0xC0) != 0x80;
        if (at < to && at + len > from) {
            search->box = search->weight > 0 ? text_box_around(search->box, word->box) : word->box;
            search->weight += (double)len;
            search->confident += (double)len * (double)word->confidence;
            const double lack = word_lack(search->rule->text, chars, (double)word->confidence);
            search->lack = lack > search->lack ? lack : search->lack;
        }
        at += len + 1;
    }
}

/* The characters [from, to) of a line. */
static int take(struct search *search, const struct page_line *line, size_t from, size_t to,
                struct err *err)
{
    struct found *found = &search->found;
    if (found->folded.len > 0 && (bytes_append(&found->text, span_of("\n", 1), err) < 0 ||
                                  bytes_append(&found->folded, span_of("\n", 1), err) < 0))
        return -1; /* UNTESTED: no memory */
    weigh(search, line, from, to);
    if (bytes_append(&found->text,
                     span_of(line->text.data + line->at[from], line->at[to] - line->at[from]),
                     err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(&found->folded, span_of(line->folded.data + from, to - from), err);
}

/* Lines of one heading are centred below each other; a paragraph behind it is not. */
static bool is_centred(const struct search *search, struct text_box first, struct text_box box)
{
    uint32_t middle = search->rule->text->middle;
    int64_t off = (int64_t)2 * first.x + first.w - (int64_t)2 * box.x - box.w;
    return middle == 0 || (off < 0 ? -off : off) * 50 <= (int64_t)middle * search->page->width;
}

/* The lines behind `at` that belong together. */
static int take_more(struct search *search, size_t at, struct err *err)
{
    const struct rule_text *rule = search->rule->text;
    const struct page_line *first = &search->page->lines[at], *last = first;
    uint32_t gap = rule->gap ? rule->gap : GAP_PCT, taken = 0;
    for (size_t i = at + 1; i < search->page->len && taken < rule->more; i++) {
        const struct page_line *line = &search->page->lines[i];
        int64_t blank = (int64_t)line->box.y - (last->box.y + last->box.h);
        if (!is_inside(search, line) || !overlaps(line->box, last->box))
            continue; /* of the other column */
        if (blank * 100 > (int64_t)gap * last->box.h || line->box.y < last->box.y ||
            (rule->stop_caps && line->caps) || !is_centred(search, first->box, line->box) ||
            (search->rule->until && matches(search, search->rule->until, line->folded)))
            break;
        if (take(search, line, 0, line->folded.len, err) < 0)
            return -1; /* UNTESTED: no memory */
        last = line;
        taken++;
    }
    return 0;
}

/* The lines above `at`, from the uppermost. */
static int take_above(struct search *search, size_t at, struct err *err)
{
    const struct page_line *anchor = &search->page->lines[at];
    uint32_t taken = 0;
    for (size_t i = 0; i < at && taken < search->rule->text->more; i++) {
        const struct page_line *line = &search->page->lines[i];
        if (!is_inside(search, line) || line->box.y >= anchor->box.y || !line->caps)
            continue;
        if (take(search, line, 0, line->folded.len, err) < 0)
            return -1; /* UNTESTED: no memory */
        taken++;
    }
    return 0;
}

/* The group of this name in the last match; false when there is none or it took no part. */
static bool group(const struct search *search, const char *name, size_t *ret_from, size_t *ret_to)
{
    int n = pcre2_substring_number_from_name(search->rule->pattern, (PCRE2_SPTR)name);
    if (n < 0 || (uint32_t)n >= GROUPS)
        return false;
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(search->match);
    *ret_from = pairs[2 * n];
    *ret_to = pairs[2 * n + 1];
    return *ret_from != PCRE2_UNSET && *ret_to > *ret_from;
}

/* "2026-04-28" of the groups day, month, year; "2026-04-00" when a day is not to be read. */
static bool take_date(struct search *search, const struct page_line *line, char out[DATE_MAX])
{
    static const char *const names[] = {"day", "month", "year"};
    static const int most[] = {31, 12, 2100};
    int numbers[3] = {0};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t from = 0, to = 0;
        if (!group(search, names[i], &from, &to))
            continue;
        weigh(search, line, from, to);
        for (size_t c = from; c < to; c++)
            if (line->folded.data[c] >= '0' && line->folded.data[c] <= '9' && numbers[i] <= most[i])
                numbers[i] = numbers[i] * 10 + line->folded.data[c] - '0';
        if (numbers[i] > most[i])
            return false;
    }
    if (numbers[2] < 1900 || (numbers[0] > 0 && numbers[1] == 0))
        return false;
    (void)snprintf(out, DATE_MAX, "%04d-%02d-%02d", numbers[2], numbers[1], numbers[0]);
    return true;
}

/* --- a rule --- */

static int add(struct search *search, const char *value, struct page_fields *fields,
               struct err *err)
{
    if (fields->len == FIELDS_MAX || search->lack > 0)
        return 0;
    if (page_fields_add(fields, search->rule->text->field, value, err) < 0) {
        if (err->kind != ERR_INPUT)
            return -1; /* UNTESTED: no memory */
        *err = (struct err){.kind = ERR_NONE};
        return 0; /* what it cannot be is not found */
    }
    struct field *field = &fields->items[fields->len - 1];
    struct text_box box = search->box;
    field->x = box.x > 0 ? (uint32_t)box.x : 0;
    field->y = box.y > 0 ? (uint32_t)box.y : 0;
    field->w = box.w > 0 ? (uint32_t)box.w : 0;
    field->h = box.h > 0 ? (uint32_t)box.h : 0;
    field->confidence =
        search->weight > 0 ? (uint32_t)(search->confident / search->weight + 0.5) : 0;
    (void)snprintf(field->rule, sizeof field->rule, "%s", search->rule->label);
    return 1;
}

/* What the rule takes when the line is what it looks for. 1 taken into found, 0 nothing, -1. */
static int gather(struct search *search, size_t at, struct err *err)
{
    const struct rule *rule = search->rule;
    const struct page_line *line = &search->page->lines[at];
    size_t from = 0, to = line->folded.len;
    if (rule->take == TAKE_ABOVE)
        return take_above(search, at, err) < 0 ? -1 : search->found.folded.len > 0;
    if (rule->take == TAKE_LINE) {
        if (rule->pattern)
            (void)group(search, "value", &from, &to);
        if (take(search, line, from, to, err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return take_more(search, at, err) < 0 ? -1 : search->found.folded.len > 0;
}

/* What of the list the line is, or the group `value` of the rule's pattern. */
static const struct list_item *item_of(const struct search *search, const struct page_line *line)
{
    size_t from = 0, to = line->folded.len;
    if (search->rule->pattern)
        (void)group(search, "value", &from, &to);
    return extract_item(search->rule->list, trimmed(span_of(line->folded.data + from, to - from)));
}

static int try_line(struct search *search, size_t at, struct page_fields *fields, struct err *err)
{
    const struct rule *rule = search->rule;
    const struct page_line *line = &search->page->lines[at];
    CLEANUP(bytes_done) struct bytes value = {0};
    char date[DATE_MAX];
    if (!is_inside(search, line) || (rule->text->caps && !line->caps) ||
        (rule->text->small && line->caps) || (rule->under && !is_under(search, at)) ||
        (rule->pattern && !matches(search, rule->pattern, line->folded)))
        return 0;
    const struct list_item *item = rule->list ? item_of(search, line) : NULL;
    if (rule->list && !item)
        return 0;
    search->weight = search->confident = 0;
    search->lack = 0;
    search->found.text.len = search->found.folded.len = 0;
    if (rule->form == FORM_DATE) {
        return take_date(search, line, date) ? add(search, date, fields, err) : 0;
    }
    if (rule->form == FORM_ITEM) {
        weigh(search, line, 0, line->folded.len);
        return add(search, item && item->value ? item->value : rule->text->value, fields, err);
    }
    int rc = gather(search, at, err);
    if (rc > 0)
        rc = form_value(search->rules, rule, &search->found, &value, err);
    if (rc <= 0)
        return rc;
    if (bytes_append(&value, span_of("", 1), err) < 0)
        return -1; /* UNTESTED: no memory */
    return add(search, (const char *)value.data, fields, err);
}

int extract_page(const struct extract_rules *rules, const struct page_text *text, uint32_t width_px,
                 uint32_t height_px, struct page_fields *fields, struct err *err)
{
    CLEANUP(page_lines_done) struct page_lines page = {.text = NULL};
    if (page_lines_make(text, width_px, height_px, &page, err) < 0)
        return -1;
    struct search search = {.rules = rules, .page = &page};
    search.match = pcre2_match_data_create(GROUPS, NULL);
    int rc = search.match ? 0 : err_sys(err, "look for fields"); /* UNTESTED: no memory */
    for (size_t r = 0; r < rules->rule_len && rc >= 0; r++) {
        search.rule = &rules->rules[r];
        if (!search.rule->text->all && page_fields_get(fields, search.rule->text->field))
            continue;
        rc = 0;
        for (size_t i = 0; i < page.len && rc == 0; i++) {
            rc = try_line(&search, i, fields, err);
            if (rc > 0 && search.rule->text->all)
                rc = 0;
        }
    }
    pcre2_match_data_free(search.match);
    found_done(&search.found);
    return rc < 0 ? -1 : 0;
}
