/* records/sidecar.c - what a scanning station says of its scans: a file of JSON beside them.
 *
 * jansson parses, but keeps no positions. It keeps the order of members, so a cursor can go through
 * the text in step with the values: whatever is found wrong, the cursor stands at its line. */
#include "records/sidecar.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "records/document_record.h"
#include "records/dossier_code.h"

#define SHOWN_NAME "%.60s" /* of names from outside, in a complaint of 243 bytes */

struct named_file {
    const char *name;
    uint32_t line;
};

struct walk {
    const uint8_t *at, *end; /* the text behind the cursor; jansson has found it to be JSON */
    uint32_t line;
    const char *name;
    struct sidecar *sidecar;
    struct named_file *files;
    uint32_t file_len;
    uint32_t collate_line; /* of the document that is being read */
    const char *batch_dossier;
    struct err *err;
};

static int PRINTF(3, 4) fail_at(struct walk *walk, uint32_t line, const char *fmt, ...)
{
    char text[200];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return err_input(walk->err, REASON_NONE, SHOWN_NAME ":%u: %s", walk->name, line, text);
}

/* --- the cursor --- */

static void step(struct walk *walk)
{
    assert(walk->at < walk->end);
    walk->line += *walk->at++ == '\n';
}

/* To the next token, over blanks and what only parts tokens. */
static void skip_blanks(struct walk *walk)
{
    while (walk->at < walk->end && strchr(" \t\r\n,:", *walk->at))
        step(walk);
}

static void skip_string(struct walk *walk)
{
    step(walk);
    while (*walk->at != '"') {
        if (*walk->at == '\\')
            step(walk);
        step(walk);
    }
    step(walk);
}

/* A value of any kind and depth. */
static void skip_value(struct walk *walk)
{
    size_t depth = 0;
    do {
        uint8_t c = *walk->at;
        if (c == '"') {
            skip_string(walk);
        } else if (c == '{' || c == '[') {
            depth++;
            step(walk);
        } else if (c == '}' || c == ']') {
            depth--;
            step(walk);
        } else { /* a number or a word */
            while (walk->at < walk->end && !strchr(" \t\r\n,]}", *walk->at))
                step(walk);
        }
        if (depth > 0)
            skip_blanks(walk);
    } while (depth > 0);
}

/* --- objects, by rules --- */

struct rule {
    const char *key;
    bool required;
    /* Checks and takes the value, and leaves the cursor behind it. */
    int (*read)(struct walk *walk, const char *key, const json_t *value, void *out);
};

struct rules {
    const struct rule *rows;
    size_t n;
    bool others; /* keys without a rule are passed over, instead of refused */
};

static const struct rule *find_rule(const struct rules *rules, const char *key)
{
    for (size_t i = 0; i < rules->n; i++)
        if (strcmp(rules->rows[i].key, key) == 0)
            return &rules->rows[i];
    return NULL;
}

static int refuse_key(struct walk *walk, const struct rules *rules, const char *key)
{
    char known[100] = "";
    for (size_t i = 0; i < rules->n; i++) {
        size_t len = strlen(known);
        (void)snprintf(known + len, sizeof known - len, "%s%s", i ? ", " : "", rules->rows[i].key);
    }
    return fail_at(walk, walk->line, "there is no field '" SHOWN_NAME "'; there are: %s", key,
                   known);
}

static int check_missing(struct walk *walk, const struct rules *rules, const json_t *object,
                         uint32_t line)
{
    for (size_t i = 0; i < rules->n; i++)
        if (rules->rows[i].required && !json_object_get(object, rules->rows[i].key))
            return fail_at(walk, line, "'%s' is missing in what begins here", rules->rows[i].key);
    return 0;
}

static int read_object(struct walk *walk, const struct rules *rules, json_t *object, void *out)
{
    uint32_t line = walk->line;
    step(walk);
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);
        const struct rule *rule = find_rule(rules, key);
        skip_blanks(walk);
        if (!rule && !rules->others)
            return refuse_key(walk, rules, key);
        skip_string(walk);
        skip_blanks(walk);
        if (!rule)
            skip_value(walk);
        else if (rule->read(walk, key, json_object_iter_value(i), out) < 0)
            return -1;
    }
    skip_blanks(walk);
    step(walk);
    return check_missing(walk, rules, object, line);
}

/* --- values --- */

/* NULL with a complaint. */
static const char *read_text(struct walk *walk, const char *key, const json_t *value,
                             size_t chars_max)
{
    CLEANUP(bytes_done) struct bytes nfc = {0}; /* as records hold it, which may be longer */
    const char *text = json_string_value(value);
    struct err no_memory = {0};
    size_t chars = text && text_nfc(span_of_text(text), &nfc, &no_memory) == 0
                       ? text_count(bytes_span(&nfc))
                       : 0;
    if (chars < 1 || chars > chars_max) {
        fail_at(walk, walk->line, "'%s' must be a text of 1 to %zu characters", key, chars_max);
        return NULL;
    }
    if (!text_plain(span_of_text(text))) {
        fail_at(walk, walk->line, "'%s' holds a control character", key);
        return NULL;
    }
    skip_value(walk);
    return text;
}

static int read_version(struct walk *walk, const char *key, const json_t *value, void *out)
{
    (void)out;
    if (!json_is_integer(value) || json_integer_value(value) != SIDECAR_VERSION)
        return fail_at(walk, walk->line, "'%s' must be %d, the version of the format", key,
                       SIDECAR_VERSION);
    skip_value(walk);
    return 0;
}

static int read_batch(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar *sidecar = out;
    sidecar->batch = read_text(walk, key, value, DOCUMENT_BATCH_CHARS);
    return sidecar->batch ? 0 : -1;
}

static int read_station(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar *sidecar = out;
    sidecar->station = read_text(walk, key, value, SIDECAR_STATION_CHARS);
    return sidecar->station ? 0 : -1;
}

static int read_operator(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar *sidecar = out;
    sidecar->operator_id = read_text(walk, key, value, SIDECAR_OPERATOR_CHARS);
    return sidecar->operator_id ? 0 : -1;
}

static int read_closed(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar *sidecar = out;
    if (!json_is_boolean(value))
        return fail_at(walk, walk->line, "'%s' must be true or false", key);
    sidecar->closed = json_is_true(value);
    skip_value(walk);
    return 0;
}

static const char *read_code(struct walk *walk, const char *key, const json_t *value)
{
    const char *code = json_string_value(value);
    if (!code || !dossier_code_formal(code)) {
        fail_at(walk, walk->line, "'%s' must be a dossier code, like %s", key,
                DOSSIER_CODE_EXAMPLES);
        return NULL;
    }
    skip_value(walk);
    return code;
}

/* Put where a document has none when all are read: members have no order. */
static int read_batch_dossier(struct walk *walk, const char *key, const json_t *value, void *out)
{
    (void)out;
    walk->batch_dossier = read_code(walk, key, value);
    return walk->batch_dossier ? 0 : -1;
}

static int read_dossier(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar_document *document = out;
    document->dossier = read_code(walk, key, value);
    return document->dossier ? 0 : -1;
}

static int read_title(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar_document *document = out;
    document->title = read_text(walk, key, value, DOCUMENT_TITLE_CHARS);
    return document->title ? 0 : -1;
}

static int read_sheets(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar_document *document = out;
    json_int_t sheets = json_integer_value(value);
    if (!json_is_integer(value) || sheets < 1 || sheets > DOCUMENT_SHEETS_MAX)
        return fail_at(walk, walk->line, "'%s' must be a whole number from 1 to %u", key,
                       DOCUMENT_SHEETS_MAX);
    document->sheets = (uint32_t)sheets;
    skip_value(walk);
    return 0;
}

static int read_collate(struct walk *walk, const char *key, const json_t *value, void *out)
{
    static const char *const names[] = {
        [SIDECAR_COLLATE_NONE] = "none",
        [SIDECAR_ODD_EVEN] = "odd-even",
        [SIDECAR_ODD_EVEN_REVERSED] = "odd-even-reversed",
    };
    struct sidecar_document *document = out;
    const char *name = json_string_value(value);
    size_t i = 0;
    while (i < ARRAY_LEN(names) && (!name || strcmp(name, names[i]) != 0))
        i++;
    if (i == ARRAY_LEN(names))
        return fail_at(walk, walk->line,
                       "'%s' must be \"none\", \"odd-even\" or \"odd-even-reversed\"", key);
    document->collate = (enum sidecar_collate)i;
    walk->collate_line = walk->line;
    skip_value(walk);
    return 0;
}

/* --- names of files --- */

/* What is wrong with it; NULL: nothing. */
static const char *name_fault(const char *name)
{
    if (!text_plain(span_of_text(name)))
        return "holds a control character";
    if (strlen(name) > SIDECAR_PATH_BYTES_MAX)
        return "is too long";
    if (name[0] == '/')
        return "is absolute: names are of files below this one's folder";
    if (strchr(name, '\\'))
        return "has a backslash: folders are parted by /";
    for (const char *part = name;; part++) {
        size_t len = strcspn(part, "/");
        if (len == 0)
            return "has an empty part";
        if (len > SIDECAR_NAME_BYTES_MAX)
            return "is too long";
        if (part[0] == '.' && (len == 1 || (len == 2 && part[1] == '.')))
            return "leads through . or ..: names are of files below this one's folder";
        part += len;
        if (*part == '\0')
            return NULL;
    }
}

static int read_file(struct walk *walk, const json_t *value, struct sidecar_document *document)
{
    const char *name = json_string_value(value);
    if (!name)
        return fail_at(walk, walk->line, "the name of a file must be a text");
    const char *fault = name_fault(name);
    if (fault)
        return fail_at(walk, walk->line, "the name '" SHOWN_NAME "' %s", name, fault);
    walk->files[walk->file_len] = (struct named_file){name, walk->line};
    walk->sidecar->files[walk->file_len++] = name;
    document->file_len++;
    skip_value(walk);
    return 0;
}

static int read_files(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar_document *document = out;
    size_t n = json_array_size(value);
    if (n < 1 || n > SIDECAR_FILES_MAX)
        return fail_at(walk, walk->line, "'%s' must be a list of 1 to %u names of files", key,
                       SIDECAR_FILES_MAX);
    if (n > SIDECAR_FILES_MAX - walk->file_len)
        return fail_at(walk, walk->line, "these make more than %u files in all", SIDECAR_FILES_MAX);
    document->files = walk->sidecar->files + walk->file_len;
    step(walk);
    for (size_t i = 0; i < n; i++) {
        skip_blanks(walk);
        if (read_file(walk, json_array_get(value, i), document) < 0)
            return -1;
    }
    skip_blanks(walk);
    step(walk);
    return 0;
}

static int compare_files(const void *a, const void *b)
{
    const struct named_file *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int check_no_file_twice(struct walk *walk)
{
    struct named_file *files = walk->files;
    qsort(files, walk->file_len, sizeof *files, compare_files);
    for (uint32_t i = 1; i < walk->file_len; i++)
        if (strcmp(files[i - 1].name, files[i].name) == 0)
            return fail_at(walk, files[i].line, "'" SHOWN_NAME "' is named in line %u already",
                           files[i].name, files[i - 1].line);
    return 0;
}

/* --- documents --- */

static int read_document(struct walk *walk, json_t *value, struct sidecar_document *document)
{
    static const struct rule rows[] = {{"title", false, read_title},
                                       {"dossier", false, read_dossier},
                                       {"files", true, read_files},
                                       {"sheets", false, read_sheets},
                                       {"collate", false, read_collate}};
    static const struct rules rules = {rows, ARRAY_LEN(rows), false};
    document->line = walk->line;
    if (!json_is_object(value))
        return fail_at(walk, walk->line, "a document must be an object: {\"files\": [...]}");
    if (read_object(walk, &rules, value, document) < 0)
        return -1;
    if (document->collate != SIDECAR_COLLATE_NONE && document->file_len != 2)
        return fail_at(walk, walk->collate_line,
                       "to collate there must be 2 files, the fronts and then the backs: here are "
                       "%u",
                       document->file_len);
    return 0;
}

static int read_documents(struct walk *walk, const char *key, const json_t *value, void *out)
{
    struct sidecar *sidecar = out;
    size_t n = json_array_size(value);
    if (n < 1 || n > SIDECAR_DOCUMENTS_MAX)
        return fail_at(walk, walk->line, "'%s' must be a list of 1 to %u documents", key,
                       SIDECAR_DOCUMENTS_MAX);
    sidecar->documents = calloc(n, sizeof *sidecar->documents);
    if (!sidecar->documents)
        return err_sys(walk->err, "read %zu documents", n); /* UNTESTED: no memory */
    step(walk);
    for (size_t i = 0; i < n; i++) {
        struct sidecar_document *document = &sidecar->documents[sidecar->document_len++];
        document->title = "";
        skip_blanks(walk);
        if (read_document(walk, json_array_get(value, i), document) < 0)
            return -1;
    }
    skip_blanks(walk);
    step(walk);
    return 0;
}

/* --- the whole --- */

/* A later version may have any fields: that it is one is told before any of them is refused. */
static int check_version(struct walk walk, json_t *json)
{
    static const struct rule rows[] = {{"v", true, read_version}};
    static const struct rules rules = {rows, ARRAY_LEN(rows), true};
    return read_object(&walk, &rules, json, NULL);
}

static int read_sidecar(struct walk *walk, struct sidecar *sidecar)
{
    static const struct rule rows[] = {{"v", true, read_version},
                                       {"batch", true, read_batch},
                                       {"station", true, read_station},
                                       {"operator", false, read_operator},
                                       {"dossier", false, read_batch_dossier},
                                       {"documents", true, read_documents},
                                       {"closed", false, read_closed}};
    static const struct rules rules = {rows, ARRAY_LEN(rows), false};
    skip_blanks(walk);
    if (!json_is_object(sidecar->json))
        return fail_at(walk, walk->line, "a sidecar must be an object: {\"v\": %d, ...}",
                       SIDECAR_VERSION);
    if (check_version(*walk, sidecar->json) < 0 ||
        read_object(walk, &rules, sidecar->json, sidecar) < 0 || check_no_file_twice(walk) < 0)
        return -1;
    for (uint32_t i = 0; i < sidecar->document_len; i++) {
        struct sidecar_document *document = &sidecar->documents[i];
        if (!document->dossier)
            document->dossier = walk->batch_dossier ? walk->batch_dossier : "";
    }
    return 0;
}

void sidecar_done(struct sidecar *sidecar)
{
    json_decref(sidecar->json);
    free(sidecar->documents);
    free(sidecar->files);
    *sidecar = (struct sidecar){.json = NULL};
}

static struct span without_mark(struct span text)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF}; /* what some systems begin UTF-8 with */
    bool marked = text.len >= sizeof mark && memcmp(text.data, mark, sizeof mark) == 0;
    return marked ? span_of(text.data + sizeof mark, text.len - sizeof mark) : text;
}

int sidecar_parse(struct span json, const char *name, struct sidecar *ret_sidecar, struct err *err)
{
    CLEANUP(sidecar_done) struct sidecar sidecar = {.operator_id = ""};
    json_error_t why = {.line = 1};
    struct span text = without_mark(json);
    if (json.len > SIDECAR_BYTES_MAX)
        return err_input(err, REASON_NONE, SHOWN_NAME ":1: a sidecar has at most %zu bytes", name,
                         SIDECAR_BYTES_MAX);
    sidecar.json =
        json_loadb(text.len ? (const char *)text.data : "", text.len, JSON_REJECT_DUPLICATES, &why);
    if (!sidecar.json)
        return err_input(err, REASON_NONE, SHOWN_NAME ":%d: not JSON: %s", name,
                         why.line > 0 ? why.line : 1, why.text);
    sidecar.files = calloc(SIDECAR_FILES_MAX, sizeof *sidecar.files);
    struct walk walk = {.at = text.data,
                        .end = text.data + text.len,
                        .line = 1,
                        .name = name,
                        .sidecar = &sidecar,
                        .files = calloc(SIDECAR_FILES_MAX, sizeof *walk.files),
                        .err = err};
    int rc = sidecar.files && walk.files ? read_sidecar(&walk, &sidecar)
                                         : err_sys(err, "read a sidecar"); /* UNTESTED: no memory */
    free(walk.files);
    if (rc < 0)
        return -1;
    *ret_sidecar = sidecar;
    sidecar = (struct sidecar){.json = NULL};
    return 0;
}

/* --- pages --- */

int sidecar_page_order(uint32_t fronts, uint32_t backs, enum sidecar_collate kind,
                       struct sidecar_page ret_pages[], struct err *err)
{
    if (fronts > DOCUMENT_PAGES_MAX || backs > DOCUMENT_PAGES_MAX - fronts)
        return err_input(err, REASON_NONE, "a document has at most %u pages", DOCUMENT_PAGES_MAX);
    if (kind != SIDECAR_COLLATE_NONE && fronts != backs)
        return err_input(err, REASON_NONE,
                         "%u fronts but %u backs; %s missing: %u (every sheet has both sides, "
                         "blank ones too)",
                         fronts, backs, fronts > backs ? "backs" : "fronts",
                         fronts > backs ? fronts - backs : backs - fronts);
    for (uint32_t i = 0; i < fronts; i++)
        ret_pages[kind == SIDECAR_COLLATE_NONE ? i : 2 * i] = (struct sidecar_page){0, i};
    for (uint32_t i = 0; i < backs; i++) {
        uint32_t page = kind == SIDECAR_ODD_EVEN_REVERSED ? backs - 1 - i : i;
        uint32_t at = kind == SIDECAR_COLLATE_NONE ? fronts + i : 2 * i + 1;
        ret_pages[at] = (struct sidecar_page){1, page};
    }
    return 0;
}

bool sidecar_sheets_fit(const struct sidecar_document *document, uint32_t pages)
{
    uint64_t sheets = document->sheets;
    return sheets == 0 || pages == 2 * sheets ||
           (pages == sheets && document->collate == SIDECAR_COLLATE_NONE);
}
