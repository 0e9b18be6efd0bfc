/* app/unit_register.c - the register of administrative units that commands ask. */
#include "app/unit_register.h"

#include <stdio.h>
#include <time.h>

#include "app/app.h"

#define VIETNAM_S 25200 /* ahead of UTC; there is no summer time */

struct units *unit_register_open(const char *dir, int *ret_code)
{
    struct err err = {0};
    char shipped[PATH_BYTES_MAX];
    if (!dir && !beside_program("units", shipped)) {
        (void)fprintf(stderr, "%s",
                      _("sohoa: the register of units that came with it is not there: give "
                        "--units DIR\n"));
        *ret_code = EXIT_ENVIRONMENT;
        return NULL;
    }
    struct units *units = units_load(dir ? dir : shipped, &err);
    if (!units) {
        int code = report(&err);
        *ret_code = err.kind == ERR_INPUT ? EXIT_USAGE : code;
    }
    return units;
}

uint32_t unit_today(void)
{
    struct tm tm = {0};
    time_t now = time(NULL) + VIETNAM_S;
    if (!gmtime_r(&now, &tm))
        return 0; /* UNTESTED: no such year */
    return (uint32_t)(tm.tm_year + 1900) * 10000 + (uint32_t)(tm.tm_mon + 1) * 100 +
           (uint32_t)tm.tm_mday;
}
