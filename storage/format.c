/* storage/format.c - the FORMAT file: what kind of directory this is, for programs and people. */
#include "storage/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crc32c.h"

#define FIRST_LINE   "sohoa archive "
#define CRC_LINE     "crc32c "
#define CRC_LINE_LEN (sizeof CRC_LINE - 1 + 8 + 1)

static int append_all(unsigned version, const struct id16 *archive, const char *created,
                      struct bytes *out, struct err *err)
{
    size_t start = out->len;
    if (bytes_printf(out, err, FIRST_LINE "%u\nid ", version) < 0)
        return -1; /* UNTESTED: no memory */
    for (size_t i = 0; i < sizeof archive->b; i++)
        if (bytes_printf(out, err, "%02x", archive->b[i]) < 0)
            return -1; /* UNTESTED: no memory */
    if (bytes_printf(out, err, "\ncreated %s\n", created) < 0)
        return -1; /* UNTESTED: no memory */
    uint32_t crc = crc32c(0, span_of(out->data + start, out->len - start));
    return bytes_printf(out, err, CRC_LINE "%08x\n", crc);
}

int format_write(const struct id16 *archive, int64_t created_s, struct bytes *out, struct err *err)
{
    struct tm tm;
    time_t seconds = (time_t)created_s;
    char created[32];
    if (!gmtime_r(&seconds, &tm) ||
        strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return err_set(err, ERR_SYSTEM, "the clock is not set"); /* UNTESTED: year past 2^31 */
    return append_all(ARCHIVE_FORMAT_VERSION, archive, created, out, err);
}

/* The version and checksum lines stay as they are in every later version, so that an old program
 * can tell a newer archive from a damaged one. */
static bool checksum_fits(const char *text, size_t len)
{
    if (len < CRC_LINE_LEN)
        return false;
    char line[CRC_LINE_LEN + 1];
    (void)snprintf(line, sizeof line, CRC_LINE "%08x\n",
                   crc32c(0, span_of(text, len - CRC_LINE_LEN)));
    return memcmp(line, text + len - CRC_LINE_LEN, CRC_LINE_LEN) == 0;
}

enum format_state format_read(struct span text, struct id16 *ret_archive, unsigned *ret_version)
{
    char copy[FORMAT_BYTES_MAX + 1];
    if (text.len == 0 || text.len > FORMAT_BYTES_MAX || memchr(text.data, 0, text.len))
        return FORMAT_DAMAGED;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    size_t first_len = sizeof FIRST_LINE - 1;
    if (!checksum_fits(copy, text.len) || strncmp(copy, FIRST_LINE, first_len) != 0)
        return FORMAT_DAMAGED;
    char *rest = NULL;
    unsigned long version = strtoul(copy + first_len, &rest, 10);
    bool known = version >= ARCHIVE_FORMAT_OLDEST && version <= ARCHIVE_FORMAT_VERSION;
    if (!known && version < 1000000 && *rest == '\n') {
        *ret_version = (unsigned)version;
        return FORMAT_OTHER;
    }

    char hex[33], created[32];
    if (sscanf(rest, "\nid %32[0-9a-f]\ncreated %20[0-9TZ:-]\n", hex, created) != 2 ||
        strlen(hex) != 32)
        return FORMAT_DAMAGED;
    /* A digest parser for 16 bytes: the id twice makes 32. */
    char twice[DIGEST_HEX_LEN + 1];
    struct digest digest;
    (void)snprintf(twice, sizeof twice, "%s%s", hex, hex);
    if (!digest_parse(twice, &digest))
        return FORMAT_DAMAGED; /* UNTESTED: sscanf let hex digits only through */
    struct id16 archive;
    memcpy(archive.b, digest.b, sizeof archive.b);

    /* Written again and compared: exactly one text is right. */
    CLEANUP(bytes_done) struct bytes again = {0};
    struct err ignored = {0};
    if (!known || append_all((unsigned)version, &archive, created, &again, &ignored) < 0 ||
        again.len != text.len || memcmp(again.data, text.data, text.len) != 0)
        return FORMAT_DAMAGED;
    *ret_archive = archive;
    *ret_version = (unsigned)version;
    return FORMAT_FINE;
}
