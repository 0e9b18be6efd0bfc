/* base/def.h - the handful of macros every file uses. */
#ifndef BASE_DEF_H
#define BASE_DEF_H

#include <stddef.h>

#define MUST_USE     __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define CLEANUP(f)   __attribute__((cleanup(f)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define KIB          ((size_t)1024)
#define MIB          (KIB * 1024)
#define GIB          (MIB * 1024)

/* Moves a pointer out of a variable that has a CLEANUP: the variable is left NULL. */
#define TAKE(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

#endif
