/* base/reason.h - why a page or a file could not be taken, in words a clerk understands.
 *
 * The code is what records and JSON keep (stable for decades); the sentence and the advice are what
 * people read, translated by gettext where they are shown. */
#ifndef BASE_REASON_H
#define BASE_REASON_H

/* X(NAME, "code", "what is wrong", "what to do") */
#define REASONS(X)                                                                                 \
    X(NONE, "none", "", "")                                                                        \
    X(EMPTY, "empty", "the file is empty", "scan it again")                                        \
    X(UNKNOWN_FORMAT, "unknown-format", "this is not a picture or PDF that can be read",           \
      "save or scan it as TIFF, JPEG, PNG or PDF")                                                 \
    X(DAMAGED, "damaged", "the file is damaged or incomplete", "scan it again")                    \
    X(UNSUPPORTED, "unsupported", "the picture uses a variant that cannot be read",                \
      "scan it again with the standard settings")                                                  \
    X(ENCRYPTED, "encrypted", "the PDF is protected by a password",                                \
      "ask for a copy without a password")                                                         \
    X(NO_PAGES, "no-pages", "the file has no pages", "scan it again")                              \
    X(FILE_TOO_BIG, "file-too-big", "the file is larger than the size limit",                      \
      "split it or raise the limit")                                                               \
    X(TOO_MANY_PAGES, "too-many-pages", "the file has more pages than the page limit",             \
      "split it or raise the limit")                                                               \
    X(PIXEL_LIMIT, "pixel-limit", "the picture has more pixels than the pixel limit",              \
      "scan it at a lower resolution")                                                             \
    X(TIME_LIMIT, "time-limit", "reading the page took longer than the time limit",                \
      "scan it again; if that does not help, ask for support")                                     \
    X(MEMORY_LIMIT, "memory-limit", "reading the page needs more memory than the memory limit",    \
      "scan it at a lower resolution")                                                             \
    X(CRASHED, "crashed", "the reader stopped unexpectedly on this page",                          \
      "scan it again; if that does not help, ask for support")                                     \
    X(TOO_MUCH_TEXT, "too-much-text", "the page gives more text than the text limit",              \
      "ask for support")                                                                           \
    X(UNREADABLE_FILE, "unreadable-file", "the file cannot be opened or read",                     \
      "check the permissions and the medium")                                                      \
    X(NOT_A_FILE, "not-a-file", "this is not an ordinary file", "remove it from the folder")       \
    X(CHANGED, "changed", "the file changed while it was being read",                              \
      "wait until copying has ended, then try again")

enum reason {
#define X(name, code, what, advice) REASON_##name,
    REASONS(X)
#undef X
        REASON_COUNT
};

/* All three never return NULL, and never fail: a value out of range reads as "none". */
const char *reason_code(enum reason reason);   /* "time-limit" */
const char *reason_what(enum reason reason);   /* English; the msgid for gettext */
const char *reason_advice(enum reason reason); /* English; the msgid for gettext */

/* The reason with this code, or REASON_NONE. */
enum reason reason_parse(const char *code);

#endif
