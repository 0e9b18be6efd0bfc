/* records/extract_rules.c - the files of rules: read, checked, compiled. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/yaml.h"
#include "records/extract_impl.h"

#define PATH_BYTES 4096
#define NAME_BYTES 256
#define TEXT_BYTES 2000
#define LISTS_MAX  64
#define MATCH_STEPS                                                                                \
    20000u /* of one pattern on one line; pages of honest text need some hundred                   \
            */
#define MATCH_DEPTH   200u
#define MATCH_KIB     256u
#define PATTERN_BYTES 2000u

#define TEXT(type, key, field, flags)                                                              \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, field, 1, TEXT_BYTES)
#define OPTIONAL(key, field) TEXT(struct rule_text, key, field, CYAML_FLAG_OPTIONAL)
#define NUMBER(key)          CYAML_FIELD_UINT(#key, CYAML_FLAG_OPTIONAL, struct rule_text, key)
#define YES(key)             CYAML_FIELD_BOOL(#key, CYAML_FLAG_OPTIONAL, struct rule_text, key)

/* clang-format off */
static const cyaml_schema_field_t item_fields[] = {
    TEXT(struct list_item, "is", is, 0),
    TEXT(struct list_item, "value", value, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t item_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct list_item, item_fields),
};
static const cyaml_schema_field_t list_fields[] = {
    TEXT(struct list_text, "name", name, 0),
    CYAML_FIELD_SEQUENCE_COUNT("items", CYAML_FLAG_POINTER, struct list_text, items, item_len,
                               &item_schema, 1, EXTRACT_ITEMS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t list_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct list_text, list_fields),
};
static const cyaml_schema_field_t rule_fields[] = {
    TEXT(struct rule_text, "field", field, 0),
    TEXT(struct rule_text, "name", name, 0),
    OPTIONAL("pattern", pattern),
    OPTIONAL("list", list),
    OPTIONAL("under", under),
    OPTIONAL("until", until),
    OPTIONAL("take", take),
    OPTIONAL("form", form),
    OPTIONAL("value", value),
    NUMBER(left), NUMBER(right), NUMBER(top), NUMBER(bottom), NUMBER(more), NUMBER(gap),
    NUMBER(middle), YES(caps), YES(small), YES(all), YES(stop_caps), YES(under_caps), NUMBER(sure),
    NUMBER(sure_letters),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct rule_text, rule_fields),
};
static const cyaml_schema_field_t file_fields[] = {
    TEXT(struct file_text, "name", name, 0),
    CYAML_FIELD_SEQUENCE_COUNT("lists", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_text,
                               lists, list_len, &list_schema, 0, LISTS_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("rules", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_text,
                               rules, rule_len, &rule_schema, 0, EXTRACT_RULES_MAX),
    CYAML_FIELD_END,
};
/* clang-format on */
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_text, file_fields),
};

void extract_rules_freep(struct extract_rules **rules)
{
    struct extract_rules *r = *rules;
    if (!r)
        return;
    for (size_t i = 0; i < r->rule_len; i++) {
        pcre2_code_free(r->rules[i].pattern);
        pcre2_code_free(r->rules[i].under);
        pcre2_code_free(r->rules[i].until);
    }
    for (size_t i = 0; i < r->file_len; i++)
        yaml_file_free(&schema, r->files[i]);
    pcre2_match_context_free(r->limits);
    free(r->rules);
    free(r);
    *rules = NULL;
}

struct digest extract_rules_digest(const struct extract_rules *rules)
{
    return rules->digest;
}

const struct list_text *extract_list(const struct extract_rules *rules, const char *name)
{
    for (size_t f = 0; f < rules->file_len; f++)
        for (uint32_t i = 0; i < rules->files[f]->list_len; i++)
            if (strcmp(rules->files[f]->lists[i].name, name) == 0)
                return &rules->files[f]->lists[i];
    return NULL;
}

const struct list_item *extract_item(const struct list_text *list, struct span folded)
{
    for (uint32_t i = 0; i < list->item_len; i++)
        if (strlen(list->items[i].is) == folded.len &&
            memcmp(list->items[i].is, folded.data, folded.len) == 0)
            return &list->items[i];
    return NULL;
}

/* --- compiling --- */

static int wrong(const struct rule *rule, const char *what, struct err *err)
{
    return err_input(err, REASON_NONE, "rule %s: %s", rule->label, what);
}

/* Patterns meet folded text: ASCII, a byte a character. NULL stays NULL. */
static int compile(const struct rule *rule, const char *pattern, pcre2_code **ret_code,
                   struct err *err)
{
    int code = 0;
    PCRE2_SIZE off = 0;
    PCRE2_UCHAR why[120];
    if (!pattern)
        return 0;
    *ret_code =
        pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), PCRE2_NEVER_UTF, &code, &off, NULL);
    if (*ret_code)
        return 0;
    (void)pcre2_get_error_message(code, why, sizeof why);
    return err_input(err, REASON_NONE, "rule %s: at %zu of '%.60s': %s", rule->label, (size_t)off,
                     pattern, (const char *)why);
}

static bool find_word(const char *const words[], size_t n, const char *word, size_t *ret_at)
{
    *ret_at = 0; /* the first is what it is when nothing is said */
    for (size_t i = 0; word && i < n; i++)
        if (strcmp(words[i], word) == 0) {
            *ret_at = i;
            return true;
        }
    return !word;
}

static int compile_rule(const struct extract_rules *rules, const char *file, struct rule *rule,
                        struct err *err)
{
    static const char *const takes[] = {"line", "next", "above"};
    static const char *const forms[FORMS] = {"text",   "sentence",  "item",         "number",
                                             "symbol", "date",      "organisation", "parent",
                                             "person", "person-id", "tax-code",     "digits"};
    const struct rule_text *text = rule->text;
    size_t take = 0, form = 0;
    (void)snprintf(rule->label, sizeof rule->label, "%.30s/%.30s", file, text->name);
    if (!find_word(takes, ARRAY_LEN(takes), text->take, &take))
        return wrong(rule, "take is line, next or above", err);
    if (!find_word(forms, ARRAY_LEN(forms), text->form, &form))
        return wrong(rule, "there is no such form", err);
    rule->take = (enum take)take;
    rule->form = (enum form)form;
    rule->list = text->list ? extract_list(rules, text->list) : NULL;
    if (text->list && !rule->list)
        return wrong(rule, "there is no such list", err);
    if (form == FORM_ITEM && !text->list && !text->value)
        return wrong(rule, "an item is of a list, or has a value", err);
    if (!text->list && !text->pattern)
        return wrong(rule, "needs a pattern or a list", err);
    if (text->left > 100 || text->right > 100 || text->top > 100 || text->bottom > 100 ||
        text->middle > 100)
        return wrong(rule, "a place is in percent of the page", err);
    if (strlen(text->field) >= FIELD_NAME_MAX ||
        strspn(text->field, "abcdefghijklmnopqrstuvwxyz_") != strlen(text->field))
        return wrong(rule, "a field is named by letters and _", err);
    return compile(rule, text->pattern, &rule->pattern, err) < 0 ||
                   compile(rule, text->under, &rule->under, err) < 0 ||
                   compile(rule, text->until, &rule->until, err) < 0
               ? -1
               : 0;
}

static int compile_all(struct extract_rules *rules, struct err *err)
{
    size_t n = 0;
    for (size_t f = 0; f < rules->file_len; f++)
        n += rules->files[f]->rule_len;
    rules->rules = calloc(n ? n : 1, sizeof *rules->rules);
    rules->limits = pcre2_match_context_create(NULL);
    if (!rules->rules || !rules->limits)
        return err_sys(err, "compile rules"); /* UNTESTED: no memory */
    (void)pcre2_set_match_limit(rules->limits, MATCH_STEPS);
    (void)pcre2_set_depth_limit(rules->limits, MATCH_DEPTH);
    (void)pcre2_set_heap_limit(rules->limits, MATCH_KIB);
    for (size_t f = 0; f < rules->file_len; f++)
        for (uint32_t i = 0; i < rules->files[f]->rule_len; i++) {
            struct rule *rule = &rules->rules[rules->rule_len++];
            rule->text = &rules->files[f]->rules[i];
            if (compile_rule(rules, rules->files[f]->name, rule, err) < 0)
                return -1;
        }
    return 0;
}

/* --- reading --- */

static int is_rule_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

static int hash_file(const char *path, struct hasher *hasher, struct err *err)
{
    uint8_t piece[4096];
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && (got = read(fd, piece, sizeof piece)) > 0)
        hasher_add(hasher, span_of(piece, (size_t)got));
    return got < 0 ? err_sys(err, "read '%s'", path) : 0;
}

static int read_file(struct extract_rules *rules, const char *dir, const char *name,
                     struct hasher *hasher, struct err *err)
{
    char path[PATH_BYTES];
    if (rules->file_len == EXTRACT_FILES_MAX)
        return err_input(err, REASON_NONE, "'%s': more than %u files of rules", dir,
                         EXTRACT_FILES_MAX);
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return err_input(err, REASON_NONE, "'%.100s': the path is too long", dir);
    struct file_text *file = yaml_file_load(path, &schema, err);
    if (!file)
        return -1;
    rules->files[rules->file_len++] = file;
    return hash_file(path, hasher, err);
}

static int read_files(struct extract_rules *rules, const char *dir, struct err *err)
{
    struct dirent **names = NULL;
    CLEANUP(hasher_freep) struct hasher *hasher = hasher_new();
    int n = scandir(dir, &names, is_rule_file, alphasort), rc = 0;
    if (n < 0)
        return err_sys(err, "'%s'", dir);
    for (int i = 0; i < n; i++) {
        if (rc == 0)
            rc = read_file(rules, dir, names[i]->d_name, hasher, err);
        free(names[i]);
    }
    free(names);
    rules->digest = hasher_finish(hasher);
    return rc;
}

struct extract_rules *extract_rules_load(const char *dir, struct err *err)
{
    CLEANUP(extract_rules_freep) struct extract_rules *rules = calloc(1, sizeof *rules);
    if (!rules) {
        err_sys(err, "load rules"); /* UNTESTED: no memory */
        return NULL;
    }
    if (read_files(rules, dir, err) < 0 || compile_all(rules, err) < 0)
        return NULL;
    return TAKE(rules);
}
