/* pipeline/quarantine.c - where a file goes that cannot be archived, and the reason why. */
#include "pipeline/quarantine.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "io/files.h"

#define NAME_KEPT_MAX      120 /* bytes of the file's own name that are kept */
#define NAME_EXPLAINED_MAX 256

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

static const char *hex_of(const struct quarantined *file, char hex[DIGEST_HEX_LEN + 1])
{
    return file->id && !digest_is_zero(file->id) ? digest_hex(file->id, hex) : NULL;
}

static int write_text(const struct quarantined *file, struct bytes *out, struct err *err)
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
    const char *digest = hex_of(file, hex);
    return bytes_printf(out, err, "\npath: %s\nsha256: %s\nreason: %s\n", file->path,
                        digest ? digest : "-", reason_code(why->reason));
}

static json_t *in_both_languages(const char *(*text)(enum reason, enum reason_language),
                                 enum reason reason)
{
    return json_pack("{s:s s:s}", "vi", text(reason, REASON_VIETNAMESE), "en",
                     text(reason, REASON_ENGLISH));
}

static int write_json(const struct quarantined *file, struct bytes *out, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:s s:I s:s s:s s:o s:o s:s* s:s* s:s* s:s*}", "path", file->path, "bytes",
        (json_int_t)file->size_bytes, "reason_code", reason_code(file->why->reason), "detail",
        file->why->text, "what", in_both_languages(reason_what, file->why->reason), "advice",
        in_both_languages(reason_advice, file->why->reason), "sha256", hex_of(file, hex), "folder",
        file->folder, "batch", file->batch, "ticket", file->ticket);
    assert(json); /* the texts were made displayable, so they are UTF-8 */
    if (json_canonical(json, out, err) < 0)
        return -1;
    return bytes_printf(out, err, "\n");
}

int quarantine_explain(struct io *io, int dir_fd, const char *name, const struct quarantined *file,
                       struct err *err)
{
    static const struct {
        const char *end;
        int (*write)(const struct quarantined *, struct bytes *, struct err *);
    } kinds[] = {{".why.json", write_json}, {".why", write_text}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        CLEANUP(bytes_done) struct bytes text = {0};
        char full[NAME_EXPLAINED_MAX];
        int len = snprintf(full, sizeof full, "%s%s", name, kinds[i].end);
        if (len < 0 || (size_t)len >= sizeof full)
            return err_set(err, ERR_SYSTEM, "quarantine: name is too long: '%s'", name);
        if (kinds[i].write(file, &text, err) < 0 ||
            io_publish(io, dir_fd, full, bytes_span(&text), 0644, err) < 0)
            return err_wrap(err, "quarantine");
    }
    return 0;
}

int quarantine_put(struct io *io, int dir_fd, const struct quarantined *file, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1], kept[NAME_KEPT_MAX + 1], name[NAME_KEPT_MAX + 64];
    struct digest by_path = digest_of(span_of_text(file->path));

    if (!hex_of(file, hex))
        digest_hex(&by_path, hex);
    plain_name(file->path, kept);
    (void)snprintf(name, sizeof name, "%.16s-%s", hex, kept);
    if (file->bytes.len > 0 && io_publish(io, dir_fd, name, file->bytes, 0444, err) < 0)
        return err_wrap(err, "quarantine");
    return quarantine_explain(io, dir_fd, name, file, err);
}
