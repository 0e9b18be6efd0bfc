/* tests/crash/crash_disks.c - from what was written down to the disks a power cut may leave. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/crash/crash_impl.h"

#define PENDING_MAX     512 /* blocks, sizes, names: of each */
#define ALL_SUBSETS_MAX 8   /* up to so many things every combination is tried */
#define RANDOM_SUBSETS  64
#define RANDOM_MIXTURES 64 /* of blocks, sizes and names, when all would be too many */
#define MIXTURES_MAX    1024
#define SECTORS         (BLOCK_BYTES / SECTOR_BYTES)
#define RANDOM_TEARS    18
#define TEARS           (2 * (SECTORS - 1) + RANDOM_TEARS)

const char *const crash_kind_names[CRASH_KINDS] = {"calm",  "blocks", "torn",
                                                   "sizes", "names",  "mixed"};

/* The moment of the power cut. */
struct moment {
    size_t batch;
    bool within; /* the batch is under way: its syncs are not through */
};

struct set {
    bool on[PENDING_MAX];
    size_t len;
};

/* What is pending at a moment. */
struct pending {
    size_t sizes[PENDING_MAX], names[PENDING_MAX]; /* events */
    size_t block_len, size_len, name_len;
};

/* What of it is on the disk. */
struct choice {
    struct set blocks, sizes, names;
    bool torn; /* the last block, in these of its sectors */
    uint8_t sectors;
};

/* The content of one file on the disk that is being made. */
struct content {
    struct bytes buf; /* what was written, wherever the file ends */
    uint64_t size;
    mode_t mode;
};

struct named {
    size_t dir;
    const char *name;
    size_t node;
};

struct maker {
    struct crash_sim *sim;
    struct moment moment;
    struct content *contents; /* of each node */
    struct named *names;
    size_t name_len, name_cap;
    struct crash_disk disk;
    uint64_t *shown; /* hashes of disks; open addressing, 0 is free */
    size_t shown_len, shown_cap;
    uint64_t random;
};

static void bug(const char *what)
{
    (void)fprintf(stderr, "crash_disks: %s\n", what);
    abort();
}

/* splitmix64 (Vigna): a whole sequence from any seed. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* --- what is pending --- */

static bool happened(const struct moment *moment, const struct event *event)
{
    return event->batch <= moment->batch;
}

static bool is_durable(const struct moment *moment, const struct event *event)
{
    return moment->within ? event->durable_at < moment->batch : event->durable_at <= moment->batch;
}

static void find_pending(const struct maker *maker, struct pending *pending)
{
    *pending = (struct pending){0};
    for (size_t i = 0; i < maker->sim->event_len; i++) {
        const struct event *event = &maker->sim->events[i];
        if (!happened(&maker->moment, event) || is_durable(&maker->moment, event))
            continue;
        if (event->change == CHANGE_WRITE)
            pending->block_len++;
        if (event->size_before != event->size_after)
            pending->sizes[pending->size_len++] = i;
        if (crash_is_of_names(event) || event->change == CHANGE_MODE)
            pending->names[pending->name_len++] = i;
        if (pending->block_len > PENDING_MAX || pending->size_len == PENDING_MAX ||
            pending->name_len == PENDING_MAX)
            bug("too much is pending");
    }
}

/* --- which subsets are tried --- */

static size_t count_subsets(size_t len)
{
    return len <= ALL_SUBSETS_MAX ? (size_t)1 << len : 2 + 2 * len + RANDOM_SUBSETS;
}

/* Number 0 is all of it, number 1 of a long one nothing. */
static void make_subset(struct set *set, size_t len, size_t number, uint64_t *random)
{
    set->len = len;
    for (size_t i = 0; i < len; i++) {
        if (len <= ALL_SUBSETS_MAX)
            set->on[i] = !(number >> i & 1);
        else if (number < 2)
            set->on[i] = number == 0;
        else if (number < 2 + len)
            set->on[i] = i != number - 2;
        else if (number < 2 + 2 * len)
            set->on[i] = i == number - 2 - len;
        else
            set->on[i] = next_random(random) & 1;
    }
}

static bool is_whole(const struct set *set)
{
    for (size_t i = 0; i < set->len; i++)
        if (!set->on[i])
            return false;
    return true;
}

/* A file's changes of size are there up to some point in their order. */
static void keep_order_of_sizes(const struct crash_sim *sim, const struct pending *pending,
                                struct set *sizes)
{
    for (size_t i = 0; i < pending->size_len; i++)
        for (size_t j = 0; j < i; j++)
            if (!sizes->on[j] &&
                sim->events[pending->sizes[j]].node == sim->events[pending->sizes[i]].node)
                sizes->on[i] = false;
}

static size_t count_mixtures(const struct pending *pending)
{
    size_t blocks = count_subsets(pending->block_len), sizes = count_subsets(pending->size_len),
           names = count_subsets(pending->name_len);
    if (blocks * sizes * names <= MIXTURES_MAX)
        return blocks * sizes * names;
    return blocks + sizes + names + RANDOM_MIXTURES;
}

static size_t count_choices(const struct pending *pending)
{
    return count_mixtures(pending) + (pending->block_len ? TEARS : 0);
}

static void make_mixture(const struct pending *pending, size_t number, struct choice *choice,
                         uint64_t *random)
{
    size_t blocks = count_subsets(pending->block_len), sizes = count_subsets(pending->size_len),
           names = count_subsets(pending->name_len), which[3] = {0};
    if (blocks * sizes * names <= MIXTURES_MAX) {
        which[0] = number % blocks;
        which[1] = number / blocks % sizes;
        which[2] = number / blocks / sizes;
    } else if (number < blocks) {
        which[0] = number;
    } else if (number < blocks + sizes) {
        which[1] = number - blocks;
    } else if (number < blocks + sizes + names) {
        which[2] = number - blocks - sizes;
    } else {
        which[0] = next_random(random) % blocks;
        which[1] = next_random(random) % sizes;
        which[2] = next_random(random) % names;
    }
    make_subset(&choice->blocks, pending->block_len, which[0], random);
    make_subset(&choice->sizes, pending->size_len, which[1], random);
    make_subset(&choice->names, pending->name_len, which[2], random);
}

/* The first sectors of the last block, its last ones, or some. */
static uint8_t sectors_of(size_t number, uint64_t *random)
{
    if (number < SECTORS - 1)
        return (uint8_t)((1u << (number + 1)) - 1);
    if (number < 2 * (SECTORS - 1))
        return (uint8_t) ~((1u << (number - (SECTORS - 1) + 1)) - 1);
    return (uint8_t)(next_random(random) % 254 + 1);
}

static void make_choice(const struct maker *maker, const struct pending *pending, size_t number,
                        uint64_t *random, struct choice *choice)
{
    size_t mixtures = count_mixtures(pending);
    *choice = (struct choice){0};
    choice->torn = number >= mixtures;
    make_mixture(pending, choice->torn ? 0 : number, choice, random);
    if (choice->torn)
        choice->sectors = sectors_of(number - mixtures, random);
    keep_order_of_sizes(maker->sim, pending, &choice->sizes);
}

/* --- making a disk --- */

static void put_bytes(struct content *content, uint64_t off, struct span data)
{
    struct err err = {0};
    size_t end = (size_t)off + data.len;
    if (end > content->buf.len) {
        if (bytes_reserve(&content->buf, end - content->buf.len, &err) < 0)
            bug(err.text);
        memset(content->buf.data + content->buf.len, 0, end - content->buf.len);
        content->buf.len = end;
    }
    memcpy(content->buf.data + off, data.data, data.len);
}

/* A write within one block, or those of its sectors that arrived. */
static void put_write(struct content *content, const struct event *event, uint8_t sectors)
{
    uint64_t block = event->off / BLOCK_BYTES * BLOCK_BYTES, end = event->off + event->data.len;
    for (size_t sector = 0; sector < SECTORS; sector++) {
        uint64_t from = block + sector * SECTOR_BYTES, to = from + SECTOR_BYTES;
        if (from < event->off)
            from = event->off;
        if (to > end)
            to = end;
        if (from < to && (sectors >> sector & 1))
            put_bytes(content, from,
                      span_of(event->data.data + (from - event->off), (size_t)(to - from)));
    }
}

/* Which sectors of the at-th pending block arrived. */
static uint8_t arrived(const struct choice *choice, size_t at)
{
    if (!choice->blocks.on[at])
        return 0;
    return choice->torn && at == choice->blocks.len - 1 ? choice->sectors : 0xFF;
}

static void put_size(struct content *content, const struct event *event)
{
    if (event->change == CHANGE_WRITE && event->size_after < content->size)
        return;
    if (event->size_after < content->size && event->size_after < content->buf.len)
        memset(content->buf.data + event->size_after, 0, content->buf.len - event->size_after);
    content->size = event->size_after;
}

static void set_name(struct maker *maker, size_t dir, const char *name, size_t node)
{
    size_t at = 0;
    while (at < maker->name_len &&
           (maker->names[at].dir != dir || strcmp(maker->names[at].name, name) != 0))
        at++;
    if (at == maker->name_len) {
        maker->names = crash_grow(maker->names, at + 1, &maker->name_cap, sizeof *maker->names);
        maker->name_len++;
    }
    maker->names[at] = (struct named){dir, name, node};
}

static void put_name(struct maker *maker, const struct event *event)
{
    switch (event->change) {
    case CHANGE_ADD:
        set_name(maker, event->node, event->name, event->target);
        break;
    case CHANGE_REMOVE:
        set_name(maker, event->node, event->name, NO_NODE);
        break;
    case CHANGE_RENAME:
        set_name(maker, event->node, event->name, NO_NODE);
        set_name(maker, event->node, event->name_to, event->target);
        break;
    case CHANGE_MODE:
        maker->contents[event->node].mode = event->mode;
        break;
    case CHANGE_WRITE:
    case CHANGE_SIZE:
        break;
    }
}

static void add_entry(struct maker *maker, const char *above, const struct named *named)
{
    const struct node *node = &maker->sim->nodes[named->node];
    struct crash_disk *disk = &maker->disk;
    struct content *content = &maker->contents[named->node];
    disk->entries = crash_grow(disk->entries, disk->len + 1, &disk->cap, sizeof *disk->entries);
    struct crash_entry *entry = &disk->entries[disk->len++];
    *entry = (struct crash_entry){.is_dir = node->is_dir, .mode = content->mode};
    if (asprintf(&entry->path, "%s%s%s", above, *above ? "/" : "", named->name) < 0)
        bug("no memory");
    if (node->is_dir)
        return;
    if (content->size > content->buf.len) {
        static const uint8_t zero = 0;
        put_bytes(content, content->size - 1, span_of(&zero, 1));
    }
    entry->data = span_of(content->buf.data, (size_t)content->size);
}

/* Directories are few and flat here: found again for each level. */
static void add_entries_below(struct maker *maker, size_t dir, const char *path)
{
    for (size_t i = 0; i < maker->name_len; i++) {
        const struct named *named = &maker->names[i];
        if (named->dir != dir || named->node == NO_NODE)
            continue;
        add_entry(maker, path, named);
        if (maker->sim->nodes[named->node].is_dir) {
            /* The array of entries may move while it grows; the path does not. */
            const char *below = maker->disk.entries[maker->disk.len - 1].path;
            add_entries_below(maker, named->node, below);
        }
    }
}

static void forget_disk(struct crash_disk *disk)
{
    for (size_t i = 0; i < disk->len; i++)
        free(disk->entries[i].path);
    disk->len = 0;
}

static void make_disk(struct maker *maker, const struct choice *choice)
{
    const struct crash_sim *sim = maker->sim;
    size_t block_at = 0, size_at = 0, name_at = 0;
    maker->name_len = 0;
    forget_disk(&maker->disk);
    for (size_t i = 0; i < sim->node_len; i++) {
        maker->contents[i].size = maker->contents[i].buf.len = 0;
        maker->contents[i].mode = sim->nodes[i].made_mode;
    }
    for (size_t i = 0; i < sim->event_len; i++) {
        const struct event *event = &sim->events[i];
        struct content *content = &maker->contents[event->node];
        if (!happened(&maker->moment, event))
            continue;
        bool durable = is_durable(&maker->moment, event);
        if (event->change == CHANGE_WRITE)
            put_write(content, event, durable ? 0xFF : arrived(choice, block_at++));
        if (event->size_before != event->size_after && (durable || choice->sizes.on[size_at++]))
            put_size(content, event);
        if ((crash_is_of_names(event) || event->change == CHANGE_MODE) &&
            (durable || choice->names.on[name_at++]))
            put_name(maker, event);
    }
    add_entries_below(maker, 0, "");
}

/* --- showing it once --- */

static uint64_t mix(uint64_t hash, struct span data)
{
    size_t i = 0;
    for (; i + 8 <= data.len; i += 8)
        hash = (hash ^ get_le64(data.data + i)) * 0x9E3779B97F4A7C15u, hash ^= hash >> 29;
    for (; i < data.len; i++)
        hash = (hash ^ data.data[i]) * 0x100000001B3u;
    return hash ^ data.len;
}

static uint64_t hash_of(const struct crash_disk *disk)
{
    uint64_t hash = 0xCBF29CE484222325u + disk->acknowledged;
    for (size_t i = 0; i < disk->len; i++) {
        const struct crash_entry *entry = &disk->entries[i];
        hash = mix(hash, span_of(entry->path, strlen(entry->path) + 1));
        hash = mix(hash ^ entry->mode, entry->data);
    }
    return hash ? hash : 1;
}

static bool put_hash(uint64_t *table, size_t cap, uint64_t hash)
{
    size_t at = hash % cap;
    for (; table[at]; at = (at + 1) % cap)
        if (table[at] == hash)
            return false;
    table[at] = hash;
    return true;
}

/* Two disks that are equal and of which as much is acknowledged are one. */
static bool is_new(struct maker *maker)
{
    if (maker->shown_len * 2 >= maker->shown_cap) {
        size_t cap = maker->shown_cap ? maker->shown_cap * 2 : 1024;
        uint64_t *table = calloc(cap, sizeof *table);
        if (!table)
            bug("no memory");
        for (size_t i = 0; i < maker->shown_cap; i++)
            if (maker->shown[i])
                (void)put_hash(table, cap, maker->shown[i]);
        free(maker->shown);
        maker->shown = table;
        maker->shown_cap = cap;
    }
    bool new = put_hash(maker->shown, maker->shown_cap, hash_of(&maker->disk));
    maker->shown_len += new;
    return new;
}

static size_t count_on(const struct set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->len; i++)
        n += set->on[i];
    return n;
}

static void describe(struct crash_disk *disk, const struct choice *choice)
{
    bool blocks = is_whole(&choice->blocks), sizes = is_whole(&choice->sizes),
         names = is_whole(&choice->names);
    disk->kind = CRASH_MIXED;
    if (choice->torn)
        disk->kind = CRASH_TORN;
    else if (blocks && sizes && names)
        disk->kind = CRASH_CALM;
    else if (sizes && names)
        disk->kind = CRASH_BLOCKS;
    else if (blocks && names)
        disk->kind = CRASH_SIZES;
    else if (blocks && sizes)
        disk->kind = CRASH_NAMES;
    (void)snprintf(disk->pending, sizeof disk->pending,
                   "%zu of %zu blocks, %zu of %zu sizes, %zu of %zu names, last block %02x",
                   count_on(&choice->blocks), choice->blocks.len, count_on(&choice->sizes),
                   choice->sizes.len, count_on(&choice->names), choice->names.len,
                   choice->torn ? choice->sectors : 0xFFu);
}

/* All that was acknowledged before the next change: the power may fail right before that. */
static unsigned acknowledged_at(const struct maker *maker)
{
    const struct crash_sim *sim = maker->sim;
    size_t end = maker->moment.batch, next = maker->disk.point + 1;
    if (!maker->moment.within)
        end = next < sim->point_len ? sim->points[next] : NEVER;
    unsigned steps = 0;
    for (size_t i = 0; i < sim->ack_len; i++)
        if (sim->acks[i].batch < end)
            steps = sim->acks[i].steps;
    return steps;
}

/* Of more choices than the plan has room for, evenly many from everywhere. */
static bool show_moment(struct maker *maker, const struct crash_plan *plan,
                        bool (*visit)(void *self, const struct crash_disk *disk), void *self)
{
    struct pending pending;
    struct choice choice;
    find_pending(maker, &pending);
    size_t all = count_choices(&pending);
    size_t tried = all < plan->per_point ? all : plan->per_point;
    maker->disk.acknowledged = acknowledged_at(maker);
    for (size_t i = 0; i < tried; i++) {
        size_t number = i * all / tried;
        if (number > 0 && tried < all)
            number += next_random(&maker->random) % ((i + 1) * all / tried - number);
        make_choice(maker, &pending, number, &maker->random, &choice);
        make_disk(maker, &choice);
        describe(&maker->disk, &choice);
        if (is_new(maker) && !visit(self, &maker->disk))
            return false;
    }
    return true;
}

/* A batch that both changed and synced something has one more moment: while it is under way. */
static bool is_mixed(const struct crash_sim *sim, size_t batch)
{
    bool changed = false, synced = false;
    for (size_t i = 0; i < sim->event_len; i++) {
        changed |= sim->events[i].batch == batch;
        synced |= sim->events[i].durable_at == batch;
    }
    return changed && synced;
}

void crash_sim_each(struct crash_sim *sim, const struct crash_plan *plan,
                    bool (*visit)(void *self, const struct crash_disk *disk), void *self)
{
    struct maker maker = {.sim = sim};
    bool go_on = true;
    maker.contents = calloc(sim->node_len, sizeof *maker.contents);
    if (!maker.contents)
        bug("no memory");
    for (size_t i = plan->first_point; i < sim->point_len && go_on; i++) {
        maker.random = plan->seed + i * 0x9E3779B97F4A7C15u;
        maker.disk.point = i;
        maker.moment = (struct moment){.batch = sim->points[i], .within = true};
        if (is_mixed(sim, sim->points[i]))
            go_on = show_moment(&maker, plan, visit, self);
        maker.moment.within = false;
        go_on = go_on && show_moment(&maker, plan, visit, self);
    }
    forget_disk(&maker.disk);
    for (size_t i = 0; i < sim->node_len; i++)
        bytes_done(&maker.contents[i].buf);
    free(maker.contents);
    free(maker.names);
    free(maker.disk.entries);
    free(maker.shown);
}

void crash_disk_write(const struct crash_disk *disk, const char *dir)
{
    for (size_t i = 0; i < disk->len; i++) {
        const struct crash_entry *entry = &disk->entries[i];
        char *path = NULL;
        if (asprintf(&path, "%s/%s", dir, entry->path) < 0)
            bug("no memory");
        if (entry->is_dir && mkdir(path, entry->mode) < 0)
            bug("a directory could not be made");
        if (!entry->is_dir) {
            int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (fd < 0 ||
                write(fd, entry->data.data, entry->data.len) != (ssize_t)entry->data.len ||
                fchmod(fd, entry->mode) < 0 || close(fd) < 0)
                bug("a file could not be made");
        }
        free(path);
    }
}
