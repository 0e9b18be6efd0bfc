/* app/report_config.c - what reports compare with. */
#include "app/report_config.h"

#include <string.h>

#include "base/yaml.h"

#define PERCENT_MAX 100
#define MINUTES_MAX 1440

/* clang-format off */
static const cyaml_schema_field_t target_fields[] = {
    CYAML_FIELD_UINT("province", CYAML_FLAG_OPTIONAL, struct report_targets, province),
    CYAML_FIELD_UINT("commune", CYAML_FLAG_OPTIONAL, struct report_targets, commune),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t exempt_fields[] = {
    CYAML_FIELD_STRING_PTR("code", CYAML_FLAG_POINTER, struct report_exempt, code, 1, REPORT_TEXT_MAX),
    CYAML_FIELD_STRING_PTR("text", CYAML_FLAG_POINTER, struct report_exempt, text, 1, REPORT_TEXT_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t exempt_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct report_exempt, exempt_fields),
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_MAPPING("targets", CYAML_FLAG_OPTIONAL, struct report_config, targets, target_fields),
    CYAML_FIELD_UINT("waiting_minutes", CYAML_FLAG_OPTIONAL, struct report_config, waiting_minutes),
    CYAML_FIELD_SEQUENCE("exempt", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct report_config, exempt,
                         &exempt_schema, 0, REPORT_EXEMPT_MAX),
    CYAML_FIELD_END,
};
/* clang-format on */

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct report_config, fields),
};

struct report_config *report_config_load(const char *path, struct err *err)
{
    CLEANUP(report_config_freep) struct report_config *config = yaml_file_load(path, &schema, err);
    if (!config)
        return NULL;
    if (config->targets.province <= PERCENT_MAX && config->targets.commune <= PERCENT_MAX &&
        config->waiting_minutes <= MINUTES_MAX)
        return TAKE(config);
    err_input(err, REASON_NONE, "%s: a target is at most %d percent, a wait at most %d minutes",
              path, PERCENT_MAX, MINUTES_MAX);
    return NULL;
}

void report_config_freep(struct report_config **config)
{
    yaml_file_free(&schema, *config);
    *config = NULL;
}

uint32_t report_target(const struct report_config *config, const char *level)
{
    if (config && strcmp(level, "province") == 0)
        return config->targets.province;
    return config && strcmp(level, "commune") == 0 ? config->targets.commune : 0;
}

const char *report_exempt_text(const struct report_config *config, const char *code)
{
    for (uint32_t i = 0; config && i < config->exempt_count; i++)
        if (strcmp(config->exempt[i].code, code) == 0)
            return config->exempt[i].text;
    return code;
}
