/* app/config.c - options from a YAML file, and the hot folders. */
#include "app/config.h"

#include <stdint.h>
#include <string.h>

#include "base/yaml.h"
#include "pipeline/watch.h"

#define VALUE_MAX_BYTES 4096

/* One optional text per key; what a value may be is the option's to say. */
struct config {
    char *archive, *language, *engine, *workers, *isolation, *io, *file_max, *pages_max,
        *pixels_max, *page_seconds, *cell_memory, *on_bad_page, *max_failures, *separator_sheet,
        *rules, *keys, *seal, *rescan_seconds, *disk_reserve, *sidecar_wait_seconds;
    struct config_folder *folders;
    uint64_t folders_count;
};

#define KEY_OF(type, name, field, flags)                                                           \
    CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER | (flags), type, field, 0, VALUE_MAX_BYTES)
#define KEY(name, field) KEY_OF(struct config, name, field, CYAML_FLAG_OPTIONAL)

/* clang-format off */
static const cyaml_schema_field_t folder_fields[] = {
    KEY_OF(struct config_folder, "name", name, 0),
    KEY_OF(struct config_folder, "path", path, 0),
    KEY_OF(struct config_folder, "priority", priority, CYAML_FLAG_OPTIONAL),
    KEY_OF(struct config_folder, "settle-seconds", settle_seconds, CYAML_FLAG_OPTIONAL),
    KEY_OF(struct config_folder, "after", after, CYAML_FLAG_OPTIONAL),
    KEY_OF(struct config_folder, "marker", marker, CYAML_FLAG_OPTIONAL),
    KEY_OF(struct config_folder, "dossier-from", dossier_from, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t folder_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_folder, folder_fields),
};

/* Texts, each the value of an option; the folders last. */
static const cyaml_schema_field_t fields[] = {
    KEY("archive", archive),
    KEY("language", language),
    KEY("engine", engine),
    KEY("workers", workers),
    KEY("isolation", isolation),
    KEY("io", io),
    KEY("file-max", file_max),
    KEY("pages-max", pages_max),
    KEY("pixels-max", pixels_max),
    KEY("page-seconds", page_seconds),
    KEY("cell-memory", cell_memory),
    KEY("on-bad-page", on_bad_page),
    KEY("max-failures", max_failures),
    KEY("separator-sheet", separator_sheet),
    KEY("rules", rules),
    KEY("keys", keys),
    KEY("seal", seal),
    KEY("rescan-seconds", rescan_seconds),
    KEY("disk-reserve", disk_reserve),
    KEY("sidecar-wait-seconds", sidecar_wait_seconds),
    CYAML_FIELD_SEQUENCE("folders", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config, folders,
                         &folder_schema, 0, WATCH_FOLDERS_MAX),
    CYAML_FIELD_END,
};
/* clang-format on */

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, fields),
};

static int apply(const struct config *config,
                 bool (*set)(void *self, const char *name, char *value), void *self,
                 const char *path, struct err *err)
{
    for (const cyaml_schema_field_t *field = fields; field->value.type == CYAML_STRING; field++) {
        char *value;
        memcpy(&value, (const char *)config + field->data_offset, sizeof value);
        if (value && !set(self, field->key, value))
            return err_input(err, REASON_NONE, "%s: bad value '%s' for '%s'", path, value,
                             field->key);
    }
    return 0;
}

struct config *config_load(const char *path, bool (*set)(void *self, const char *name, char *value),
                           void *self, struct err *err)
{
    CLEANUP(config_freep) struct config *config = yaml_file_load(path, &schema, err);
    if (!config)
        return NULL;
    return apply(config, set, self, path, err) < 0 ? NULL : TAKE(config);
}

void config_freep(struct config **config)
{
    yaml_file_free(&schema, *config);
    *config = NULL;
}

const struct config_folder *config_folders(const struct config *config, size_t *ret_len)
{
    *ret_len = config ? config->folders_count : 0;
    return config ? config->folders : NULL;
}
