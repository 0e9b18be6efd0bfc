/* pipeline/source.c - one file on its way: its bytes in a sealed memfd. */
#include "pipeline/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "storage/envelope.h"

static char *displayable(const struct feed_file *file, struct err *err)
{
    CLEANUP(bytes_done) struct bytes shown = {0};
    int rc = file->claim
                 ? bytes_printf(&shown, err, "%s/%s", file->claim->folder, file->claim->name)
             : file->shown ? bytes_append(&shown, span_of_text(file->shown), err)
                           : text_display(span_of_text(file->path), &shown, err);
    return rc < 0 ? NULL : bytes_take_text(&shown, err);
}

struct source *source_new(struct pool *pool, const struct feed_file *file, struct err *err)
{
    struct source *source = calloc(1, sizeof *source);
    if (!source) {
        err_sys(err, "take a file"); /* UNTESTED: no memory */
        pool_give_source(pool);
        return NULL;
    }
    atomic_init(&source->refs, 1);
    source->pool = pool;
    source->file.fd = -1;
    source->claim = file->claim;
    source->note = file->note;
    source->urgent = file->urgent;
    source->path = strdup(file->path);
    source->shown = displayable(file, err);
    if (!source->path || !source->shown) {
        source_drop(source); /* UNTESTED: no memory */
        return NULL;
    }
    return source;
}

struct source *source_keep(struct source *source)
{
    atomic_fetch_add(&source->refs, 1);
    return source;
}

void source_drop(struct source *source)
{
    if (!source || atomic_fetch_sub(&source->refs, 1) > 1)
        return;
    if (source->file.data.len > 0)
        (void)munmap((void *)(uintptr_t)source->file.data.data, source->file.data.len);
    fd_close(&source->file.fd);
    for (uint32_t i = 0; i < source->failed_len; i++)
        bytes_done(&source->failed[i].record);
    free(source->failed);
    free(source->sheets);
    free(source->records);
    free(source->path);
    free(source->shown);
    if (source->budget_bytes > 0)
        pool_give_bytes(source->pool, source->budget_bytes);
    pool_give_source(source->pool);
    free(source);
}

int source_make_room(struct source *source, uint8_t **ret_data, struct err *err)
{
    size_t room = source->size_bytes + 1;
    source->budget_bytes = source->size_bytes;
    source->file.fd = memfd_create("sohoa-source", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (source->file.fd < 0 || ftruncate(source->file.fd, (off_t)room) < 0)
        return err_sys(err, "make room for a file of %zu bytes", room - 1);
    void *map = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, source->file.fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, "make room for a file of %zu bytes", room - 1);
    *ret_data = map;
    return 0;
}

void source_leave_room(struct source *source, uint8_t *data)
{
    (void)munmap(data, source->size_bytes + 1);
}

int source_seal(struct source *source, uint8_t *data, uint64_t got_bytes, struct err *err)
{
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    source_leave_room(source, data);
    if (got_bytes != source->size_bytes)
        return err_input(err, REASON_CHANGED, "%llu bytes, then %llu",
                         (unsigned long long)source->size_bytes, (unsigned long long)got_bytes);
    if (ftruncate(source->file.fd, (off_t)got_bytes) < 0 ||
        fcntl(source->file.fd, F_ADD_SEALS, seals) < 0)
        return err_sys(err, "seal a file's bytes");
    void *map = mmap(NULL, got_bytes, PROT_READ, MAP_SHARED, source->file.fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, "map a file's bytes");
    source->file.data = span_of(map, got_bytes);
    if (source->seal) {
        const struct envelope what = {.type = OBJECT_BLOB,
                                      .codec = CODEC_RAW,
                                      .raw_bytes = source->file.data.len,
                                      .stored = source->file.data};
        return envelope_write(source->seal, &what, NULL, &source->id, err);
    }
    source->id = digest_of(source->file.data);
    return 0;
}
