/* base/yaml.c - a YAML file read by a schema. */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The library tells the cause first and the place after it ("in mapping ... line 3"): the first two
 * lines are what a person needs. */
PRINTF(3, 0)
static void note(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
    struct err *err = ctx;
    char line[160];
    if (level < CYAML_LOG_ERROR)
        return;
    (void)vsnprintf(line, sizeof line, fmt, args);
    line[strcspn(line, "\n")] = '\0';
    if (strstr(line, "Backtrace"))
        return;
    size_t len = strlen(err->text);
    (void)snprintf(err->text + len, sizeof err->text - len, "%s%s", len ? "; " : "",
                   strncmp(line, "Load: ", 6) == 0 ? line + 6 : line);
}

static cyaml_config_t how(struct err *why)
{
    return (cyaml_config_t){.log_fn = note,
                            .log_ctx = why,
                            .log_level = CYAML_LOG_ERROR,
                            .mem_fn = cyaml_mem,
                            .flags = CYAML_CFG_NO_ALIAS};
}

void *yaml_file_load(const char *path, const cyaml_schema_value_t *schema, struct err *err)
{
    struct err why = {.kind = ERR_INPUT};
    const cyaml_config_t load = how(&why);
    void *data = NULL;
    struct stat st;
    if (stat(path, &st) < 0) {
        err_sys(err, "'%s'", path);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > YAML_BYTES_MAX) {
        err_input(err, REASON_NONE, "'%s' is no configuration file", path);
        return NULL;
    }
    cyaml_err_t rc = cyaml_load_file(path, &load, schema, &data, NULL);
    if (rc != CYAML_OK)
        err_input(err, REASON_NONE, "%s: %s: %s", path, cyaml_strerror(rc), why.text);
    else if (!data)
        err_input(err, REASON_NONE, "'%s' holds nothing", path);
    return rc == CYAML_OK ? data : NULL;
}

void yaml_file_free(const cyaml_schema_value_t *schema, void *data)
{
    struct err ignored = {0};
    const cyaml_config_t load = how(&ignored);
    if (data)
        (void)cyaml_free(&load, schema, data, 0);
}
