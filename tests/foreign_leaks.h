/* tests/foreign_leaks.h - for a program that draws text: which leaks are not ours.
 *
 * Fontconfig keeps its patterns for the whole run, at times where LeakSanitizer does not see them
 * (which fonts a machine has decides it). To be included once in a program. */
#pragma once

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
