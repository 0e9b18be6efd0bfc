/* base/yaml.h - a YAML file read by a schema of libcyaml: what is in it, or what is wrong and
 * where.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <cyaml/cyaml.h>

#include "base/err.h"

#define YAML_BYTES_MAX (1u << 20)

/* Not yaml_load(), yaml_free(): libyaml has functions of such names, and a program's own come
 * first.
 *
 * What the schema (a pointer to a mapping) describes; yaml_file_free() releases it. NULL: ERR_INPUT
 * with file, line and cause for anything that is not as the schema says, for an empty file, for one
 * that is longer than YAML_BYTES_MAX or no ordinary file; ERR_SYSTEM. No aliases. */
MUST_USE void *yaml_file_load(const char *path, const cyaml_schema_value_t *schema,
                              struct err *err);
void yaml_file_free(const cyaml_schema_value_t *schema, void *data); /* NULL is fine */

#endif
