/* app/language.c - messages in the user's language, whether or not its locale is installed. */
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"

static const char *wanted_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return "";
}

/* The folder the program is in. */
static bool program_dir(char ret_dir[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", ret_dir, PATH_MAX - 1);
    if (len <= 0)
        return false;
    ret_dir[len] = '\0';
    *strrchr(ret_dir, '/') = '\0';
    return true;
}

bool beside_program(const char *name, char ret_path[PATH_BYTES_MAX])
{
    static const char *const places[] = {"/", "/../share/sohoa/"};
    char dir[PATH_MAX];
    bool found = false;
    if (!program_dir(dir))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(places) && !found; i++) {
        (void)snprintf(ret_path, PATH_BYTES_MAX, "%s%s%.32s", dir, places[i], name);
        found = access(ret_path, R_OK) == 0;
    }
    return found;
}

/* The translations lie beside the program in the build tree, in share/locale when installed. */
static void bind_translations(void)
{
    static const char *const places[] = {"/locale", "/../share/locale"};
    char exe[PATH_MAX], dir[PATH_MAX + 64];
    if (!program_dir(exe))
        return;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        (void)snprintf(dir, sizeof dir, "%s%s/vi/LC_MESSAGES/sohoa.mo", exe, places[i]);
        if (access(dir, R_OK) != 0)
            continue;
        (void)snprintf(dir, sizeof dir, "%s%s", exe, places[i]);
        (void)bindtextdomain("sohoa", dir);
    }
}

/* Numbers keep their C form: JSON and scripts read them. gettext refuses to translate in the C
 * locale, so a Vietnamese user without the vi_VN locale gets C.UTF-8. LANGUAGE, which only gettext
 * would heed, is made to agree: the messages and the reasons in them are in one language. */
void language_init(void)
{
    /* NOLINTBEGIN(concurrency-mt-unsafe): before any thread */
    bool vietnamese = strncmp(wanted_language(), "vi", 2) == 0;
    bool known = setlocale(LC_MESSAGES, "") != NULL && setlocale(LC_CTYPE, "") != NULL;
    if (vietnamese && !known) {
        (void)setlocale(LC_CTYPE, "C.UTF-8");
        (void)setlocale(LC_MESSAGES, "C.UTF-8");
    }
    if (vietnamese)
        (void)setenv("LANGUAGE", "vi", 1);
    else
        (void)unsetenv("LANGUAGE");
    /* NOLINTEND(concurrency-mt-unsafe) */
    bind_translations();
    (void)bind_textdomain_codeset("sohoa", "UTF-8");
    (void)textdomain("sohoa");
}

enum reason_language language_of_reasons(void)
{
    return strncmp(wanted_language(), "vi", 2) == 0 ? REASON_VIETNAMESE : REASON_ENGLISH;
}
