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

/* A fresh directory below $TMPDIR or /tmp; removed with all it holds by test_dir_remove(). */
static inline char *test_dir_make(void)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/sohoa-test-XXXXXX", base && *base ? base : "/tmp") < 0 ||
        !mkdtemp(path))
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
