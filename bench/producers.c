/* bench/producers.c - many who hand in objects and wait, one who makes them durable in groups. */
#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "bench/stats.h"
#include "bench/tool.h"
#include "records/index.h"

#define THREADS_MAX    256
#define FILE_BYTES_MAX ((size_t)256 * MIB)

struct handed_in {
    struct object *object;
    struct handed_in *next;
    bool durable;
};

struct shop {
    const struct producers *producers;
    struct opened opened; /* of the committing thread */
    struct dirent **files;
    double *waits_ms;
    pthread_mutex_t lock;
    pthread_cond_t handed, committed;
    struct handed_in *waiting;
    uint64_t next, groups, bytes;
    unsigned busy; /* producers that are not done */
    bool failed;
    struct err failure;
};

static void fail(struct shop *shop, const struct err *err)
{
    (void)pthread_mutex_lock(&shop->lock);
    if (!shop->failed)
        shop->failure = *err;
    shop->failed = true;
    (void)pthread_cond_broadcast(&shop->handed);
    (void)pthread_cond_broadcast(&shop->committed);
    (void)pthread_mutex_unlock(&shop->lock);
}

/* Hands in and waits; false when all is lost. */
static bool hand_in(struct shop *shop, struct object *object)
{
    struct handed_in item = {.object = object};
    (void)pthread_mutex_lock(&shop->lock);
    item.next = shop->waiting;
    shop->waiting = &item;
    (void)pthread_cond_signal(&shop->handed);
    while (!item.durable && !shop->failed)
        (void)pthread_cond_wait(&shop->committed, &shop->lock);
    bool durable = item.durable;
    (void)pthread_mutex_unlock(&shop->lock);
    return durable;
}

static int raw_bytes(const struct shop *shop, uint64_t number, struct bytes *raw, struct err *err)
{
    raw->len = 0;
    if (!shop->producers->dir) {
        if (bytes_reserve(raw, shop->producers->bytes, err) < 0)
            return -1;
        raw->len = shop->producers->bytes;
        noise_fill(number, raw->data, raw->len);
        return 0;
    }
    char path[4096];
    (void)snprintf(path, sizeof path, "%.3700s/%s", shop->producers->dir,
                   shop->files[number]->d_name);
    FILE *file = fopen(path, "re");
    if (!file)
        return err_sys(err, "open '%s'", path);
    int rc = 0;
    for (size_t got = 1; got > 0 && rc == 0; raw->len += got) {
        rc = raw->len > FILE_BYTES_MAX ? err_set(err, ERR_INPUT, "'%s' is too big", path)
                                       : bytes_reserve(raw, 256 * KIB, err);
        got = rc == 0 ? fread(raw->data + raw->len, 1, 256 * KIB, file) : 0;
    }
    (void)fclose(file);
    return rc;
}

static bool take_number(struct shop *shop, uint64_t *ret_number)
{
    (void)pthread_mutex_lock(&shop->lock);
    bool more = !shop->failed && shop->next < shop->producers->n;
    if (more)
        *ret_number = shop->next++;
    (void)pthread_mutex_unlock(&shop->lock);
    return more;
}

static void *produce(void *arg)
{
    struct shop *shop = arg;
    CLEANUP(bytes_done) struct bytes raw = {0};
    struct err err = {0};
    for (uint64_t number; take_number(shop, &number);) {
        CLEANUP(object_done) struct object object = {.raw_bytes = 0};
        if (raw_bytes(shop, number, &raw, &err) < 0 ||
            object_prepare(&object, OBJECT_BLOB, bytes_span(&raw), false, NULL, &err) < 0) {
            fail(shop, &err);
            break;
        }
        double start_s = clock_s();
        if (!hand_in(shop, &object))
            break;
        shop->waits_ms[number] = (clock_s() - start_s) * 1e3;
    }
    (void)pthread_mutex_lock(&shop->lock);
    shop->busy--;
    (void)pthread_cond_signal(&shop->handed);
    (void)pthread_mutex_unlock(&shop->lock);
    return NULL;
}

static int commit_group(struct shop *shop, struct handed_in *group, struct err *err)
{
    struct object objects[THREADS_MAX];
    struct place places[THREADS_MAX];
    struct timespec now;
    size_t n = 0;
    for (struct handed_in *item = group; item; item = item->next)
        objects[n++] = *item->object; /* borrowed: their owners wait */
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (archive_commit(shop->opened.archive, objects, n,
                       (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, places, err) < 0)
        return -1;
    return index_catch_up(shop->opened.archive, shop->opened.catalogue, NULL, err);
}

/* What came while the last group was being synced is the next group. */
static void commit_all(struct shop *shop)
{
    struct err err = {0};
    (void)pthread_mutex_lock(&shop->lock);
    while (!shop->failed && (shop->busy > 0 || shop->waiting)) {
        struct handed_in *group = shop->waiting;
        shop->waiting = NULL;
        if (!group) {
            (void)pthread_cond_wait(&shop->handed, &shop->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&shop->lock);
        if (commit_group(shop, group, &err) < 0)
            fail(shop, &err);
        (void)pthread_mutex_lock(&shop->lock);
        shop->groups++;
        for (struct handed_in *item = group, *next; item && !shop->failed; item = next) {
            next = item->next; /* whoever is told may leave at once */
            shop->bytes += item->object->raw_bytes;
            item->durable = true;
        }
        (void)pthread_cond_broadcast(&shop->committed);
    }
    (void)pthread_mutex_unlock(&shop->lock);
}

static int run_shop(struct shop *shop, struct err *err)
{
    pthread_t threads[THREADS_MAX];
    unsigned started = 0;
    shop->busy = shop->producers->threads;
    for (; started < shop->producers->threads; started++)
        if (pthread_create(&threads[started], NULL, produce, shop) != 0)
            break;
    if (started < shop->producers->threads) {
        (void)err_set(err, ERR_SYSTEM, "start a thread"); /* UNTESTED: the kernel refuses */
        fail(shop, err);
    }
    commit_all(shop);
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    if (shop->failed)
        *err = shop->failure;
    return shop->failed ? -1 : 0;
}

static int print_result(const struct shop *shop, double wall_s, struct err *err)
{
    size_t n = (size_t)shop->producers->n;
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:I s:I s:I s:f s:f s:f}", "objects", (json_int_t)n, "groups",
                             (json_int_t)shop->groups, "bytes", (json_int_t)shop->bytes, "wall_s",
                             wall_s, "p50_ms", percentile(shop->waits_ms, n, 0.5), "p99_ms",
                             percentile(shop->waits_ms, n, 0.99));
    return json_print_line(json, err);
}

static int is_file(const struct dirent *entry)
{
    return entry->d_type == DT_REG;
}

int store_objects(const struct producers *wanted, struct err *err)
{
    struct producers producers = *wanted;
    struct shop shop = {.producers = &producers};
    if (producers.dir) {
        int n = scandir(producers.dir, &shop.files, is_file, alphasort);
        if (n < 0)
            return err_sys(err, "list '%s'", producers.dir);
        producers.n = (uint64_t)n;
    }
    if (producers.n == 0)
        return err_set(err, ERR_INPUT, "nothing to store");
    (void)pthread_mutex_init(&shop.lock, NULL);
    (void)pthread_cond_init(&shop.handed, NULL);
    (void)pthread_cond_init(&shop.committed, NULL);
    shop.waits_ms = calloc((size_t)producers.n, sizeof *shop.waits_ms);
    int rc = shop.waits_ms ? opened_open(&shop.opened, producers.archive, ARCHIVE_WRITE, err)
                           : err_sys(err, "times of %llu objects", (unsigned long long)producers.n);
    double start_s = clock_s();
    if (rc == 0)
        rc = run_shop(&shop, err);
    if (rc == 0)
        rc = print_result(&shop, clock_s() - start_s, err);
    opened_done(&shop.opened);
    free(shop.waits_ms);
    for (uint64_t i = 0; shop.files && i < producers.n; i++)
        free(shop.files[i]);
    free(shop.files);
    return rc;
}

/* --- giving back ------------------------------------------------------------------------------ */

struct restore {
    struct opened opened;
    const char *dir;
    uint64_t objects;
};

static int restore_group(void *self, const struct group *group, struct err *err)
{
    struct restore *restore = self;
    for (size_t i = 0; i < group->entry_len; i++) {
        CLEANUP(bytes_done) struct bytes raw = {0};
        char path[4096], hex[DIGEST_HEX_LEN + 1];
        const struct group_entry *entry = &group->entries[i];
        if (archive_read(restore->opened.archive, entry->place, &entry->id, &raw, err) < 0)
            return -1;
        (void)snprintf(path, sizeof path, "%.4000s/%s", restore->dir, digest_hex(&entry->id, hex));
        if (file_write(path, bytes_span(&raw), err) < 0)
            return -1;
        restore->objects++;
    }
    return 0;
}

int restore_objects(const char *archive, const char *dir, struct err *err)
{
    struct restore restore = {.dir = dir};
    int rc = opened_open(&restore.opened, archive, ARCHIVE_READ, err);
    if (rc == 0)
        rc =
            archive_replay(restore.opened.archive, (struct place){0}, restore_group, &restore, err);
    opened_done(&restore.opened);
    if (rc < 0)
        return -1;
    CLEANUP(json_freep) json_t *json = json_pack("{s:I}", "objects", (json_int_t)restore.objects);
    return json_print_line(json, err);
}
