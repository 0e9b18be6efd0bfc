/* app/keyring.h - the key ring that the user named, opened for an archive. */
#ifndef APP_KEYRING_H
#define APP_KEYRING_H

#include "app/app.h"
#include "storage/keys.h"

#define KEYS_VARIABLE "SOHOA_KEYS" /* --keys sets it: the one place where all commands look */

/* Takes --keys RING out of the command line, before a command looks at it. */
void keyring_take_option(int *argc, char **argv);
/* What --keys or SOHOA_KEYS says; NULL: nothing. */
const char *keyring_path(void);

/* Opens it to read, and sees to it that it is not inside of the archive. From here on this process
 * leaves no core dump. */
MUST_USE struct ring *keyring_open(struct io *io, const char *path, const char *archive,
                                   struct err *err);

#endif
