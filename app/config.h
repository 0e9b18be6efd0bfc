/* app/config.h - options of `sohoa ingest` and `sohoa watch` from a YAML file: the same names, the
 * same checks, and the hot folders, which have no option. */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>

#include "base/err.h"

struct config; /* owns the values given to `set` */

/* Reads the file and gives each key and value to `set`, which returns false for a value it does not
 * take. ERR_INPUT with file and line for anything that is not as the schema says: no such key, a
 * key twice, a list where a value belongs. */
MUST_USE struct config *config_load(const char *path,
                                    bool (*set)(void *self, const char *name, char *value),
                                    void *self, struct err *err);
void config_freep(struct config **config);

/* An entry of `folders`; a value is NULL when it was left out. Owned by the configuration. */
struct config_folder {
    char *name, *path, *priority, *settle_seconds, *after, *marker, *dossier_from;
};
const struct config_folder *config_folders(const struct config *config, size_t *ret_len);

#endif
