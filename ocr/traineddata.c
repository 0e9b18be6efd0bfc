/* ocr/traineddata.c - a .traineddata file of Tesseract taken apart into its components. */
#include "ocr/traineddata.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

int traineddata_load(const char *path, struct bytes *ret_file, struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "open model '%s'", path);
    if (!S_ISREG(st.st_mode) || st.st_size > TRAINEDDATA_BYTES_MAX)
        return err_set(err, ERR_SYSTEM, "model '%s' is not a file of at most %u bytes", path,
                       TRAINEDDATA_BYTES_MAX);
    CLEANUP(bytes_done) struct bytes file = {0};
    if (bytes_reserve(&file, (size_t)st.st_size + 1, err) < 0)
        return -1; /* UNTESTED: memory */
    while (file.len < (size_t)st.st_size) {
        ssize_t got = read(fd, file.data + file.len, (size_t)st.st_size - file.len);
        if (got < 0)
            return err_sys(err, "read model '%s'", path);
        if (got == 0)
            break; /* it shrank: the parser will say so */
        file.len += (size_t)got;
    }
    *ret_file = file;
    file = (struct bytes){0};
    return 0;
}

int traineddata_part(struct span file, enum traineddata_part part, struct span *ret_part,
                     struct err *err)
{
    struct cursor cursor = cursor_of(file);
    uint32_t count = cursor_u32(&cursor);
    if (cursor.bad || count > TRAINEDDATA_PARTS_MAX || file.len < 4 + (size_t)count * 8)
        return err_input(err, REASON_NONE, "no table of components");
    *ret_part = (struct span){0};
    if ((uint32_t)part >= count)
        return 0;
    int64_t from = (int64_t)get_le64(file.data + 4 + (size_t)part * 8), to = (int64_t)file.len;
    if (from < 0)
        return 0;
    for (uint32_t i = (uint32_t)part + 1; i < count; i++) {
        int64_t next = (int64_t)get_le64(file.data + 4 + (size_t)i * 8);
        if (next >= 0) {
            to = next;
            break;
        }
    }
    if (from < 4 + (int64_t)count * 8 || to > (int64_t)file.len || from > to)
        return err_input(err, REASON_NONE, "component %d lies outside the file", (int)part);
    *ret_part = span_of(file.data + from, (size_t)(to - from));
    return 0;
}

struct cursor cursor_of(struct span span)
{
    return (struct cursor){.at = span.data, .end = span.data ? span.data + span.len : span.data};
}

const uint8_t *cursor_take(struct cursor *cursor, size_t len)
{
    if (cursor->bad || (size_t)(cursor->end - cursor->at) < len) {
        cursor->bad = true;
        return NULL;
    }
    const uint8_t *at = cursor->at;
    cursor->at += len;
    return at;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 1);
    return at ? *at : 0;
}

uint32_t cursor_u32(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 4);
    return at ? get_le32(at) : 0;
}

double cursor_f64(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 8);
    uint64_t bits = at ? get_le64(at) : 0;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void cursor_text(struct cursor *cursor, char *ret_text, size_t size)
{
    uint32_t len = cursor_u32(cursor);
    const uint8_t *at = len < size ? cursor_take(cursor, len) : NULL;
    cursor->bad |= !at;
    if (at)
        memcpy(ret_text, at, len);
    ret_text[at ? len : 0] = '\0';
}
