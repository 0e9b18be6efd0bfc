/* app/keyring.c - the key ring that the user named, opened for an archive. */
#include "app/keyring.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define OPTION "--keys"

/* How many words of the command line say it; *ret_value: the path. */
static int words_of(const char *word, const char *next, const char **ret_value)
{
    size_t len = sizeof OPTION - 1;
    if (strncmp(word, OPTION, len) != 0 || (word[len] && word[len] != '='))
        return 0;
    *ret_value = word[len] ? word + len + 1 : next;
    return word[len] ? 1 : next ? 2 : 0;
}

void keyring_take_option(int *argc, char **argv)
{
    int left = 0, n = 0;
    for (int i = 0; i < *argc; i += n) {
        const char *value = NULL;
        if (strcmp(argv[i], "--") == 0) {
            memmove(argv + left, argv + i, (size_t)(*argc - i) * sizeof *argv);
            left += *argc - i;
            break;
        }
        n = words_of(argv[i], i + 1 < *argc ? argv[i + 1] : NULL, &value);
        if (n > 0)
            (void)setenv(KEYS_VARIABLE, value, 1); /* there are no other threads yet */
        else {
            argv[left++] = argv[i];
            n = 1;
        }
    }
    argv[left] = NULL;
    *argc = left;
}

const char *keyring_path(void)
{
    const char *path = getenv(KEYS_VARIABLE);
    return path && path[0] ? path : NULL;
}

struct ring *keyring_open(struct io *io, const char *path, const char *archive, struct err *err)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0) {
        err_sys(err, "turn core dumps off"); /* UNTESTED: lowering is always allowed */
        return NULL;
    }
    CLEANUP(ring_closep) struct ring *ring = ring_open(io, path, RING_READ, err);
    if (!ring || ring_is_outside(ring, archive, err) < 0)
        return NULL;
    return TAKE(ring);
}
