/* pipeline/quarantine.c - where a file goes that cannot be archived: a copy and the reason why. */
#include "pipeline/quarantine.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "io/files.h"

#define NAME_KEPT_MAX 120 /* bytes of the file's own name that are kept */

int reason_sentence(enum reason reason, const char *detail, enum reason_language language,
                    struct bytes *out, struct err *err)
{
    if (bytes_append(out, span_of_text(reason_what(reason, language)), err) < 0)
        return -1;
    if (detail && detail[0] && reason != REASON_UNKNOWN_FORMAT)
        return bytes_printf(out, err, " (%s)", detail);
    return 0;
}

/* Letters, digits and a few marks of the name, the rest as '_': a name that no shell, file system
 * or terminal can stumble over, and that still tells people which file it was. */
static void plain_name(const char *path, char out[NAME_KEPT_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    if (len > NAME_KEPT_MAX) /* the end holds the extension */
        name += len - NAME_KEPT_MAX;
    while (((unsigned char)*name & 0xC0) == 0x80)
        name++;
    size_t n = 0;
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        bool keep = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                    (c >= 'a' && c <= 'z') || (strchr(".-_+", c) != NULL && n > 0);
        if (keep)
            out[n++] = *name;
        else
            out[n++] = '_';
    }
    out[n] = '\0';
}

static int write_why(const struct quarantined *file, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    const struct err *why = file->why;
    static const struct {
        const char *problem, *advice;
    } labels[] = {{"Problem", "What to do"}, {"Lỗi", "Cách xử lý"}};
    for (int i = 1; i >= 0; i--) {
        enum reason_language language = (enum reason_language)i;
        if (bytes_printf(out, err, "%s: ", labels[i].problem) < 0 ||
            reason_sentence(why->reason, why->text, language, out, err) < 0 ||
            bytes_printf(out, err, "\n%s: %s\n", labels[i].advice,
                         reason_advice(why->reason, language)) < 0)
            return -1;
    }
    return bytes_printf(out, err, "\npath: %s\nsha256: %s\nreason: %s\n", file->path,
                        digest_is_zero(file->id) ? "-" : digest_hex(file->id, hex),
                        reason_code(why->reason));
}

int quarantine_put(struct io *io, int dir_fd, const struct quarantined *file, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1], kept[NAME_KEPT_MAX + 1], name[NAME_KEPT_MAX + 64];
    struct digest by_path = digest_of(span_of_text(file->path));
    CLEANUP(bytes_done) struct bytes why = {0};

    digest_hex(digest_is_zero(file->id) ? &by_path : file->id, hex);
    plain_name(file->path, kept);
    (void)snprintf(name, sizeof name, "%.16s-%s", hex, kept);
    if (write_why(file, &why, err) < 0)
        return -1;
    if (file->bytes.len > 0 && io_publish(io, dir_fd, name, file->bytes, 0444, err) < 0)
        return err_wrap(err, "quarantine");
    (void)snprintf(name, sizeof name, "%.16s-%s.why", hex, kept);
    if (io_publish(io, dir_fd, name, bytes_span(&why), 0644, err) < 0)
        return err_wrap(err, "quarantine");
    return 0;
}
