/* tests/unit/test.h - what every cmocka program needs, and a scratch directory. */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"

/* Fails the test with the error's text when rc says failure. */
#define assert_ok(rc, err)                                                                         \
    do {                                                                                           \
        if ((rc) < 0)                                                                              \
            fail_msg("unexpected failure: %s", (err).text);                                        \
    } while (0)
#define assert_ok_ptr(p, err)                                                                      \
    do {                                                                                           \
        if (!(p))                                                                                  \
            fail_msg("unexpected failure: %s", (err).text);                                        \
    } while (0)

/* What a loop over every byte, length or operation looks at: all of it in an optimised build. Under
 * a sanitizer, several times as slow, one in `every` from a place that SOHOA_SEED gives or chance,
 * and that is said. A prime meets every kind of byte. */
struct sample {
    size_t first, step;
};

static inline struct sample sample_of(size_t every)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    const char *given = getenv("SOHOA_SEED");
    unsigned long seed = given ? strtoul(given, NULL, 10) : (unsigned long)getpid();
    struct sample sample = {seed % every, every};
    print_message("one in %zu, from %zu on (SOHOA_SEED=%lu)\n", every, sample.first, seed);
    return sample;
#else
    (void)every;
    return (struct sample){0, 1};
#endif
}

#define TEST_ROOM (1ull << 30) /* bytes that must be free in memory */

/* $TMPDIR, else memory when it has room, else /tmp. No test here can see whether a sync reached a
 * disk, and thousands of them take minutes there. */
static inline const char *test_base(void)
{
    const char *given = getenv("TMPDIR");
    struct statvfs shm;
    if (given && *given)
        return given;
    return statvfs("/dev/shm", &shm) == 0 &&
                   (unsigned long long)shm.f_bavail * shm.f_frsize >= TEST_ROOM
               ? "/dev/shm"
               : "/tmp";
}

/* A fresh directory; removed with all it holds by test_dir_remove(). */
static inline char *test_dir_make(void)
{
    char *path = NULL;
    if (asprintf(&path, "%s/sohoa-test-XXXXXX", test_base()) < 0 || !mkdtemp(path))
        abort();
    return path;
}

static inline void test_dir_remove(char *path)
{
    char *command = NULL;
    if (strstr(path, "/sohoa-test-") == NULL || asprintf(&command, "rm -rf '%s'", path) < 0 ||
        system(command) != 0)
        abort();
    free(command);
    free(path);
}

#endif
