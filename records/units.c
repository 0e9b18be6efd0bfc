/* records/units.c - the register of administrative units. */
#include "records/units.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "records/csv_read.h"

#define CODE_PROVINCE 2u /* digits */
#define CODE_DISTRICT 3u /* of before */
#define CODE_COMMUNE  5u
#define PATH_BYTES    4096

static const char *const kind_names[UNIT_KINDS] = {"tỉnh", "thành phố", "xã", "phường", "đặc khu"};

/* Where the search keys of a name begin; as they grow they may move. */
struct key {
    size_t toned, folded;
};
struct keys {
    struct bytes toned, folded; /* each with its NUL */
    struct key *items;          /* of the row with the same number */
};
struct units {
    char *text, *old_text; /* what the rows point into */
    struct unit *rows;     /* by code, then by time */
    struct old_unit *old;  /* by code */
    size_t len, old_len;
    struct keys keys, old_keys;
};

const char *unit_kind_name(enum unit_kind kind)
{
    return kind_names[kind];
}

static void keys_done(struct keys *keys)
{
    bytes_done(&keys->toned);
    bytes_done(&keys->folded);
    free(keys->items);
}

void units_freep(struct units **units)
{
    struct units *u = *units;
    if (!u)
        return;
    keys_done(&u->keys);
    keys_done(&u->old_keys);
    free(u->rows);
    free(u->old);
    free(u->text);
    free(u->old_text);
    free(u);
    *units = NULL;
}

/* --- days --- */

static bool all_digits(const char *text, size_t len)
{
    return strspn(text, "0123456789") >= len;
}

bool unit_day_parse(const char *text, uint32_t *ret_day)
{
    static const uint32_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != UNIT_DAY_TEXT - 1 || text[4] != '-' || text[7] != '-' ||
        !all_digits(text, 4) || !all_digits(text + 5, 2) || !all_digits(text + 8, 2))
        return false;
    uint32_t year = (uint32_t)strtoul(text, NULL, 10);
    uint32_t month = (uint32_t)strtoul(text + 5, NULL, 10);
    uint32_t day = (uint32_t)strtoul(text + 8, NULL, 10);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year == 0 || month < 1 || month > 12 || day < 1 ||
        day > days[month - 1] - (month == 2 && !leap))
        return false;
    *ret_day = year * 10000 + month * 100 + day;
    return true;
}

const char *unit_day_text(uint32_t day, char ret_text[UNIT_DAY_TEXT])
{
    ret_text[0] = '\0';
    if (day)
        (void)snprintf(ret_text, UNIT_DAY_TEXT, "%04u-%02u-%02u", day / 10000 % 10000,
                       day / 100 % 100, day % 100);
    return ret_text;
}

static bool valid_on(const struct unit *unit, uint32_t day)
{
    return day == 0 || (unit->from <= day && (unit->to == 0 || day <= unit->to));
}

/* --- reading --- */

static int wrong(const char *what, const char *text, struct err *err)
{
    return err_input(err, REASON_NONE, "%s: '%.60s'", what, text);
}

static bool is_code(const char *code, size_t digits)
{
    return strlen(code) == digits && all_digits(code, digits);
}

static int check_name(const char *name, struct err *err)
{
    size_t chars = text_count(span_of_text(name));
    if (chars == 0 || chars > UNIT_NAME_CHARS)
        return wrong("a name of 1 to 60 characters is wanted", name, err);
    return 0;
}

static int take_day(const char *text, uint32_t *ret_day, struct err *err)
{
    if (!text[0] || unit_day_parse(text, ret_day))
        return 0;
    return wrong("a day like 2026-04-30 is wanted", text, err);
}

static int check_predecessors(const char *codes, struct err *err)
{
    for (const char *c = codes; *c;) {
        size_t len = strspn(c, "0123456789");
        bool fine = len == CODE_DISTRICT || len == CODE_COMMUNE;
        c += len;
        if (!fine || (*c && (*c != ' ' || !c[1])))
            return wrong("codes with a blank between are wanted", codes, err);
        c += *c == ' ';
    }
    return 0;
}

static int take_unit(struct units *units, const char *const fields[], struct err *err)
{
    struct unit *unit = &units->rows[units->len];
    *unit = (struct unit){.code = fields[0],
                          .name = fields[1],
                          .kind = UNIT_KINDS,
                          .province = fields[3],
                          .predecessors = fields[6]};
    for (size_t i = 0; i < UNIT_KINDS; i++)
        if (strcmp(fields[2], kind_names[i]) == 0)
            unit->kind = (enum unit_kind)i;
    if (unit->kind == UNIT_KINDS)
        return wrong("there is no such kind of unit", fields[2], err);
    bool province = unit->kind == UNIT_PROVINCE || unit->kind == UNIT_CITY;
    if (!is_code(unit->code, province ? CODE_PROVINCE : CODE_COMMUNE))
        return wrong("a province has 2 digits, a commune 5", unit->code, err);
    if (province ? unit->province[0] != '\0' : !is_code(unit->province, CODE_PROVINCE))
        return wrong("a commune has the code of its province, a province has none", unit->province,
                     err);
    if (check_name(unit->name, err) < 0 || take_day(fields[4], &unit->from, err) < 0 ||
        take_day(fields[5], &unit->to, err) < 0)
        return -1;
    if (unit->to && unit->to < unit->from)
        return wrong("it ends before it begins", fields[5], err);
    units->len++;
    return check_predecessors(unit->predecessors, err);
}

static int take_old(struct units *units, const char *const fields[], struct err *err)
{
    struct old_unit *unit = &units->old[units->old_len];
    *unit = (struct old_unit){
        .code = fields[0], .name = fields[1], .parent = fields[2], .became = fields[3]};
    size_t digits = strlen(unit->code);
    size_t above = digits == CODE_COMMUNE ? CODE_DISTRICT : digits == CODE_DISTRICT ? 2 : 0;
    if (digits != CODE_PROVINCE && digits != CODE_DISTRICT && digits != CODE_COMMUNE)
        return wrong("2, 3 or 5 digits are wanted", unit->code, err);
    if (!is_code(unit->code, digits) || !is_code(unit->parent, above))
        return wrong("a commune is of a district, a district of a province", unit->parent, err);
    if ((digits == CODE_COMMUNE || unit->became[0]) &&
        !is_code(unit->became, digits == CODE_PROVINCE ? CODE_PROVINCE : CODE_COMMUNE))
        return wrong("this is no code of a unit", unit->became, err);
    unit->part = strcmp(fields[4], "part") == 0;
    if (fields[4][0] && !unit->part)
        return wrong("'part' or nothing is wanted", fields[4], err);
    units->old_len++;
    return check_name(unit->name, err);
}

struct table_kind {
    const char *file;
    const char *columns[8]; /* ends with NULL */
    int (*take)(struct units *units, const char *const fields[], struct err *err);
};
static const struct table_kind of_units = {
    "units.csv",
    {"code", "name", "kind", "province", "from", "to", "predecessors", NULL},
    take_unit};
static const struct table_kind of_old = {
    "old.csv", {"code", "name", "parent", "new", "part", NULL}, take_old};

static int read_rows(struct units *units, const struct table_kind *kind, struct csv_read *csv,
                     struct err *err)
{
    const char *fields[8];
    size_t n = 0;
    while (kind->columns[n])
        n++;
    for (int rc = 1; rc > 0;) {
        rc = csv_read_line(csv, fields, n, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            return csv->line > 0 ? 0 : err_input(err, REASON_NONE, "it is empty");
        if (csv->line > UNITS_MAX)
            return err_input(err, REASON_NONE, "more than %u lines", UNITS_MAX);
        for (size_t i = 0; csv->line == 1 && i < n; i++)
            if (strcmp(fields[i], kind->columns[i]) != 0)
                return wrong("the first line names other columns", fields[i], err);
        if (csv->line > 1 && kind->take(units, fields, err) < 0)
            return -1;
    }
    return 0;
}

/* The whole file with a NUL behind it. */
static char *read_file(const char *path, struct err *err)
{
    struct stat st;
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        (void)err_sys(err, "open it");
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > UNITS_FILE_BYTES) {
        err_input(err, REASON_NONE, "no ordinary file of at most %u bytes", UNITS_FILE_BYTES);
        return NULL;
    }
    if (bytes_reserve(&text, UNITS_FILE_BYTES + 1, err) < 0)
        return NULL; /* UNTESTED: no memory */
    ssize_t got = 1;
    while (got > 0 && text.len <= UNITS_FILE_BYTES) {
        got = read(fd, text.data + text.len, UNITS_FILE_BYTES + 1 - text.len);
        text.len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        (void)err_sys(err, "read it");
    else if (text.len > UNITS_FILE_BYTES || memchr(text.data, '\0', text.len))
        err_input(err, REASON_NONE, "no text of at most %u bytes", UNITS_FILE_BYTES);
    else
        return bytes_take_text(&text, err);
    return NULL;
}

static int read_table(struct units *units, const char *dir, const struct table_kind *kind,
                      char **text, struct err *err)
{
    char path[PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/%s", dir, kind->file);
    if (len < 0 || len >= PATH_BYTES)
        return err_input(err, REASON_NONE, "the name of the folder is too long");
    *text = read_file(path, err);
    if (!*text)
        return err_wrap(err, "%s", path);
    struct csv_read csv = {.text = *text};
    return read_rows(units, kind, &csv, err) < 0 ? err_wrap(err, "%s:%u", path, csv.line) : 0;
}

/* --- keys --- */

static int add_key(struct keys *keys, struct key *key, const char *name, struct err *err)
{
    struct span text = span_of_text(name);
    *key = (struct key){keys->toned.len, keys->folded.len};
    if (text_key(text, TEXT_TONED, &keys->toned, err) < 0 ||
        text_key(text, TEXT_FOLDED, &keys->folded, err) < 0 ||
        bytes_append(&keys->toned, span_of("", 1), err) < 0 ||
        bytes_append(&keys->folded, span_of("", 1), err) < 0)
        return -1;
    /* Behind something else a key begins with a blank. */
    key->toned += keys->toned.data[key->toned] == ' ';
    key->folded += keys->folded.data[key->folded] == ' ';
    return 0;
}

static int make_keys(struct units *units, struct err *err)
{
    char name[UNIT_NAME_CHARS * 4 + 32];
    units->keys.items = calloc(units->len + 1, sizeof *units->keys.items);
    units->old_keys.items = calloc(units->old_len + 1, sizeof *units->old_keys.items);
    if (!units->keys.items || !units->old_keys.items)
        return err_sys(err, "list names"); /* UNTESTED: no memory */
    for (size_t i = 0; i < units->len; i++) {
        (void)snprintf(name, sizeof name, "%s %s", kind_names[units->rows[i].kind],
                       units->rows[i].name);
        if (add_key(&units->keys, &units->keys.items[i], name, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < units->old_len; i++)
        if (add_key(&units->old_keys, &units->old_keys.items[i], units->old[i].name, err) < 0)
            return -1;
    return 0;
}

/* --- the whole --- */

static int by_code(const void *a, const void *b)
{
    const struct unit *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    return order ? order : (x->from > y->from) - (x->from < y->from);
}

static int old_by_code(const void *a, const void *b)
{
    const struct old_unit *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    return order ? order : strcmp(x->became, y->became);
}

/* What one row cannot tell: whether two of a code overlap, whether what is named is there. */
static int check_rows(const struct units *units, struct err *err)
{
    for (size_t i = 0; i < units->len; i++) {
        const struct unit *unit = &units->rows[i], *next = unit + 1;
        if (i + 1 < units->len && strcmp(unit->code, next->code) == 0 &&
            (unit->to == 0 || next->from <= unit->to))
            return wrong("two rows of a code at the same time", unit->code, err);
        if (unit->province[0] && !units_by_code(units, unit->province, 0))
            return wrong("there is no such province", unit->province, err);
    }
    for (size_t i = 0; i < units->old_len; i++) {
        const struct old_unit *unit = &units->old[i];
        if (unit->became[0] && !units_by_code(units, unit->became, 0))
            return wrong("it became a unit that there is not", unit->became, err);
        if (unit->parent[0] && !units_old_above(units, unit))
            return wrong("it is of a unit that there is not", unit->parent, err);
    }
    return 0;
}

struct units *units_load(const char *dir, struct err *err)
{
    CLEANUP(units_freep) struct units *units = calloc(1, sizeof *units);
    if (units) {
        units->rows = calloc(UNITS_MAX, sizeof *units->rows);
        units->old = calloc(UNITS_MAX, sizeof *units->old);
    }
    if (!units || !units->rows || !units->old) {
        (void)err_sys(err, "list units"); /* UNTESTED: no memory */
        return NULL;
    }
    if (read_table(units, dir, &of_units, &units->text, err) < 0 ||
        read_table(units, dir, &of_old, &units->old_text, err) < 0)
        return NULL;
    qsort(units->rows, units->len, sizeof *units->rows, by_code);
    qsort(units->old, units->old_len, sizeof *units->old, old_by_code);
    if (check_rows(units, err) < 0) {
        (void)err_wrap(err, "%s", dir);
        return NULL;
    }
    return make_keys(units, err) < 0 ? NULL : TAKE(units);
}

/* --- asking --- */

const struct unit *units_rows(const struct units *units, const char *code, size_t *ret_n)
{
    size_t low = 0, high = units->len;
    *ret_n = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(units->rows[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *ret_n < units->len && strcmp(units->rows[low + *ret_n].code, code) == 0)
        ++*ret_n;
    return *ret_n ? &units->rows[low] : NULL;
}

const struct unit *units_by_code(const struct units *units, const char *code, uint32_t day)
{
    size_t n = 0;
    const struct unit *rows = units_rows(units, code, &n);
    while (n > 0)
        if (valid_on(&rows[--n], day))
            return &rows[n];
    return NULL;
}

const struct old_unit *units_old_above(const struct units *units, const struct old_unit *unit)
{
    const struct old_unit wanted = {.code = unit->parent, .became = ""};
    size_t low = 0, high = units->old_len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (old_by_code(&units->old[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found =
        low < units->old_len && unit->parent[0] && strcmp(units->old[low].code, unit->parent) == 0;
    return found ? &units->old[low] : NULL;
}

/* A word under both keys. */
struct word {
    const char *toned, *folded;
    size_t toned_len, folded_len;
};
struct words {
    struct word items[UNIT_WORDS_MAX];
    size_t len;
};

/* The words of two keys of one name, which have the same number of them. False: too many. */
static bool split(const char *toned, const char *folded, struct words *ret_words)
{
    struct words *words = ret_words;
    words->len = 0;
    while (*folded) {
        if (words->len == UNIT_WORDS_MAX)
            return false;
        struct word *word = &words->items[words->len++];
        *word = (struct word){toned, folded, strcspn(toned, " "), strcspn(folded, " ")};
        toned += word->toned_len + (toned[word->toned_len] == ' ');
        folded += word->folded_len + (folded[word->folded_len] == ' ');
    }
    return true;
}

static bool equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool word_fits(const struct word *asked, const struct word *word)
{
    if (equal(asked->toned, asked->toned_len, asked->folded, asked->folded_len))
        return equal(asked->folded, asked->folded_len, word->folded, word->folded_len);
    return equal(asked->toned, asked->toned_len, word->toned, word->toned_len);
}

/* How well a name fits: 0 it is the name, 1 it begins so, 2 the words are in it, 3 it does not.
 * kind_len: so many words of the name tell its kind, and need not be said. */
#define FITS 3u
static unsigned name_fits(const struct words *asked, const struct words *name, size_t kind_len)
{
    for (size_t at = 0; at + asked->len <= name->len; at++) {
        size_t n = 0;
        while (n < asked->len && word_fits(&asked->items[n], &name->items[at + n]))
            n++;
        if (n < asked->len)
            continue;
        if (at <= kind_len && at + n == name->len && (at == kind_len || at == 0))
            return 0;
        return at == kind_len || at == 0 ? 1 : 2;
    }
    return FITS;
}

static size_t kind_words(const char *kind)
{
    return strchr(kind, ' ') ? 2 : 1;
}

struct question {
    struct keys keys;
    struct words words;
};

static void question_done(struct question *question)
{
    keys_done(&question->keys);
}

static int ask(struct question *question, const char *name, struct err *err)
{
    struct key key;
    if (!text_valid(span_of_text(name)))
        return err_input(err, REASON_NONE, "this is no text");
    if (add_key(&question->keys, &key, name, err) < 0)
        return -1;
    bool fine = split((const char *)question->keys.toned.data,
                      (const char *)question->keys.folded.data, &question->words);
    if (!fine || question->words.len == 0)
        return err_input(err, REASON_NONE, "1 to %u words of a name are wanted", UNIT_WORDS_MAX);
    return 0;
}

static unsigned row_fits(const struct keys *keys, size_t i, const struct words *asked,
                         size_t kind_len)
{
    struct words name;
    const struct key *key = &keys->items[i];
    if (!split((const char *)keys->toned.data + key->toned,
               (const char *)keys->folded.data + key->folded, &name))
        return FITS;
    return name_fits(asked, &name, kind_len);
}

int units_find(const struct units *units, const char *name, uint32_t day, unit_visit *visit,
               void *self, struct err *err)
{
    CLEANUP(question_done) struct question question = {.words.len = 0};
    int found = 0;
    if (ask(&question, name, err) < 0)
        return -1;
    for (unsigned how = 0; how < FITS; how++)
        for (size_t i = 0; i < units->len; i++) {
            const struct unit *unit = &units->rows[i];
            if (!valid_on(unit, day) || row_fits(&units->keys, i, &question.words,
                                                 kind_words(kind_names[unit->kind])) != how)
                continue;
            if (visit(self, unit, err) < 0)
                return -1;
            found++;
        }
    return found;
}

/* Thành phố, thị xã and thị trấn are two words; the others one. */
static size_t old_kind_words(const char *name)
{
    return strncmp(name, "Th", 2) == 0 ? 2 : 1;
}

int units_find_old(const struct units *units, const char *name, old_unit_visit *visit, void *self,
                   struct err *err)
{
    CLEANUP(question_done) struct question question = {.words.len = 0};
    int found = 0;
    if (ask(&question, name, err) < 0)
        return -1;
    for (unsigned how = 0; how < FITS; how++)
        for (size_t i = 0; i < units->old_len; i++) {
            const struct old_unit *unit = &units->old[i];
            unsigned fits =
                strcmp(unit->code, name) == 0
                    ? 0
                    : row_fits(&units->old_keys, i, &question.words, old_kind_words(unit->name));
            if (fits != how)
                continue;
            if (visit(self, unit, err) < 0)
                return -1;
            found++;
        }
    return found;
}

static bool is_province(const struct unit *unit)
{
    return unit->province[0] == '\0';
}

static const char *bare_name(const struct units *units, size_t i)
{
    const char *key = (const char *)units->keys.folded.data + units->keys.items[i].folded;
    for (size_t n = kind_words(kind_names[units->rows[i].kind]); n > 0; n--)
        key += strcspn(key, " ") + (key[strcspn(key, " ")] == ' ');
    return key;
}

size_t units_of_name(const struct units *units, const struct unit *unit, uint32_t day)
{
    const char *name = bare_name(units, (size_t)(unit - units->rows));
    size_t n = 0;
    for (size_t i = 0; i < units->len; i++) {
        const struct unit *other = &units->rows[i];
        n += is_province(other) == is_province(unit) && valid_on(other, day) &&
             strcmp(bare_name(units, i), name) == 0;
    }
    return n;
}
