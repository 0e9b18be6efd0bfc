/* app/unit_register.h - the register of administrative units that commands ask. */
#ifndef APP_UNIT_REGISTER_H
#define APP_UNIT_REGISTER_H

#include "records/units.h"

/* The register of a folder, or (NULL) the one that came with the program. NULL when it cannot be
 * had: then it has said why, and *ret_code is the exit code to end with. */
struct units *unit_register_open(const char *dir, int *ret_code);

/* Today by the clock of Vietnam. */
uint32_t unit_today(void);

#endif
