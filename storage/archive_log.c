/* storage/archive_log.c - the archive's log: which entry each object is, signing, proving,
 * checking.
 *
 * A leaf is added when its group is durable, never before: what is signed can be shown. */
#include "storage/archive_log.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/files.h"
#include "storage/archive_impl.h"

#define ORIGIN_MAX 48

struct span leaf_entry(const struct leaf *leaf, char ret_text[LEAF_ENTRY_MAX])
{
    char hex[DIGEST_HEX_LEN + 1];
    (void)snprintf(ret_text, LEAF_ENTRY_MAX, "sohoa/1 %s %s %" PRIu64 " %" PRIu64 " %" PRId64 "\n",
                   leaf->type == OBJECT_META ? "meta" : "blob", digest_hex(&leaf->id, hex),
                   leaf->raw_bytes, leaf->group, leaf->time_ns);
    return span_of_text(ret_text);
}

static void origin_of(const struct archive *archive, char ret_origin[ORIGIN_MAX])
{
    size_t len = (size_t)snprintf(ret_origin, ORIGIN_MAX, "sohoa/");
    for (size_t i = 0; i < sizeof archive->id.b; i++, len += 2)
        (void)snprintf(ret_origin + len, ORIGIN_MAX - len, "%02x", archive->id.b[i]);
}

static struct log *open_log(struct archive *archive, enum archive_mode mode, struct err *err)
{
    char origin[ORIGIN_MAX];
    origin_of(archive, origin);
    const struct log_options options = {
        .io = archive->io,
        .archive_fd = archive->dir_fd,
        .origin = origin,
        .mode = mode,
        .rebuild = archive->rebuilding,
        .durable = archive->writer.state.objects,
    };
    if (archive->format_fine)
        return log_open(&options, err);
    err_set(err, ERR_CORRUPT, "FORMAT is damaged: whose log it is cannot be told");
    return NULL;
}

struct log *archive_log(struct archive *archive, struct err *err)
{
    if (!archive->log)
        archive->log = open_log(archive, ARCHIVE_READ, err);
    return archive->log;
}

/* --- from segments to leaves --- */

/* How many objects stand before a segment: its first block says so. */
static int objects_before(struct archive *archive, uint64_t segment, uint64_t *ret_objects,
                          struct err *err)
{
    struct kept_file *kept = NULL;
    uint8_t block[SEGMENT_BLOCK_BYTES];
    struct segment_head head;
    if (archive_keep(archive, segment, &kept, err) < 0 ||
        io_read_at(archive->io, kept->fd, block, sizeof block, 0, err) < 0)
        return -1;
    const char *why = segment_head_decode(block, &head);
    if (why)
        return err_set(err, ERR_CORRUPT, "segment %" PRIu64 ": %s", segment, why);
    *ret_objects = head.start.objects;
    return 0;
}

struct leaves {
    uint64_t index; /* of the next */
    int (*each)(void *self, const struct leaf *leaf, struct place place, struct err *err);
    void *self;
};

static int show_group(void *self, const struct group *group, struct err *err)
{
    struct leaves *leaves = self;
    for (size_t i = 0; i < group->entry_len; i++) {
        const struct group_entry *entry = &group->entries[i];
        const struct leaf leaf = {
            .index = leaves->index++,
            .group = group->seq,
            .time_ns = group->time_ns,
            .type = entry->type,
            .raw_bytes = entry->raw_bytes,
            .id = entry->id,
        };
        if (leaves->each(leaves->self, &leaf, entry->place, err) < 0)
            return -1;
    }
    return 0;
}

/* Shows the leaves of all objects from a segment's first on. */
static int each_leaf(struct archive *archive, uint64_t segment,
                     int (*each)(void *self, const struct leaf *leaf, struct place place,
                                 struct err *err),
                     void *self, struct err *err)
{
    struct leaves leaves = {.each = each, .self = self};
    if (segment > 1 && objects_before(archive, segment, &leaves.index, err) < 0)
        return -1;
    return archive_replay(archive, (struct place){segment, 0}, show_group, &leaves, err);
}

struct finding {
    struct place place;
    struct leaf *leaf;
    bool found;
};

/* Ends the replay, which is no failure, by one without a kind. */
static int look(void *self, const struct leaf *leaf, struct place place, struct err *err)
{
    struct finding *finding = self;
    (void)err;
    if (place.segment != finding->place.segment || place.off != finding->place.off)
        return 0;
    *finding->leaf = *leaf;
    finding->found = true;
    return -1;
}

int archive_find_leaf(struct archive *archive, struct place place, struct leaf *ret_leaf,
                      struct err *err)
{
    struct finding finding = {place, ret_leaf, false};
    struct err why = {0};
    int rc = each_leaf(archive, place.segment, look, &finding, &why);
    if (finding.found)
        return 0;
    *err = why;
    return rc < 0
               ? -1
               : err_set(err, ERR_CORRUPT, "no object stands at segment %" PRIu64 ", byte %" PRIu64,
                         place.segment, place.off);
}

/* --- a writer's --- */

static int add_leaf(void *self, const struct leaf *leaf, struct place place, struct err *err)
{
    struct log *log = self;
    char text[LEAF_ENTRY_MAX];
    (void)place;
    return log_add(log, leaf->index, leaf_entry(leaf, text), err);
}

/* The newest segment's leaves are compared with the tiles; what is not signed yet is added. A
 * writer that died before it signed may have left more segments than one. */
static int catch_up(struct archive *archive, struct err *err)
{
    uint64_t segment = archive->writer.seq, before = 0, size = log_head(archive->log)->size;
    for (; segment > 1; segment--) {
        if (objects_before(archive, segment, &before, err) < 0)
            return -1;
        if (before <= size)
            break;
    }
    return segment == 0 ? 0 : each_leaf(archive, segment, add_leaf, archive->log, err);
}

struct regrowing {
    struct merkle_edge edge;
    uint64_t size;
};

static int regrow_leaf(void *self, const struct leaf *leaf, struct place place, struct err *err)
{
    struct regrowing *regrowing = self;
    char text[LEAF_ENTRY_MAX];
    (void)place;
    (void)err;
    if (leaf->index >= regrowing->size)
        return 0;
    struct digest hash = merkle_leaf(leaf_entry(leaf, text));
    merkle_add(&regrowing->edge, &hash);
    return 0;
}

/* First only looked at: not one tile is touched when the segments contradict the signed head. */
static int rebuild(struct archive *archive, struct err *err)
{
    const struct checkpoint *head = log_head(archive->log);
    struct regrowing regrowing = {.size = head->size};
    if (archive->writer.seq == 0)
        return 0;
    if (each_leaf(archive, 1, regrow_leaf, &regrowing, err) < 0)
        return -1;
    struct digest root = merkle_root(&regrowing.edge);
    if (head->size > 0 && !digest_equal(&root, &head->root))
        return err_set(err, ERR_CORRUPT,
                       "the segments do not give the signed root of %" PRIu64 " objects",
                       head->size);
    return each_leaf(archive, 1, add_leaf, archive->log, err);
}

int archive_log_open(struct archive *archive, struct err *err)
{
    archive->log = open_log(archive, ARCHIVE_WRITE, err);
    if (!archive->log)
        return -1;
    if ((archive->rebuilding ? rebuild : catch_up)(archive, err) < 0)
        return -1;
    /* Before anything is written there is a head, and its copy: a writer may have died between the
     * two. What recovery found is signed as well. */
    return log_publish(archive->log, err);
}

static bool is_there(const struct archive *archive, const char *path)
{
    struct stat st;
    return fstatat(archive->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool archive_has_key(const struct archive *archive)
{
    return is_there(archive, LOG_NAME "/" LOG_KEY_NAME);
}

bool archive_has_log(const struct archive *archive)
{
    return archive_has_key(archive) || is_there(archive, LOG_NAME "/" LOG_CHECKPOINT_NAME) ||
           is_there(archive, LOG_LAST_NAME);
}

bool archive_is_copy(const struct archive *archive)
{
    return is_there(archive, LOG_NAME "/" LOG_VKEY_NAME) && !archive_has_key(archive);
}

int archive_log_add(struct archive *archive, const struct object objects[], size_t n,
                    int64_t time_ns, struct err *err)
{
    struct leaf leaf = {
        .group = archive->writer.state.next_group - 1,
        .time_ns = time_ns,
    };
    for (size_t i = 0; i < n; i++) {
        leaf.index = log_size(archive->log);
        leaf.type = objects[i].type;
        leaf.raw_bytes = objects[i].raw_bytes;
        leaf.id = objects[i].id;
        if (add_leaf(archive->log, &leaf, (struct place){0}, err) < 0)
            return -1;
    }
    return 0;
}

int archive_checkpoint(struct archive *archive, struct err *err)
{
    assert(archive->mode == ARCHIVE_WRITE);
    if (archive_is_good(archive, err) < 0)
        return -1;
    return log_publish(archive->log, err) < 0 ? archive_poison(archive, err) : 0;
}

/* --- checking --- */

struct comparing {
    const struct verify_hooks *hooks;
    struct verify_result *result;
    struct log_check *check;
    char text[LEAF_ENTRY_MAX];
};

static void on_bad(void *self, const char *file, const char *what)
{
    struct comparing *comparing = self;
    struct damage damage = {.file = file};
    (void)snprintf(damage.what, sizeof damage.what, "%s", what);
    comparing->result->bad++;
    if (comparing->hooks->on_damage)
        comparing->hooks->on_damage(comparing->hooks->self, &damage);
}

static int compare_leaf(void *self, const struct leaf *leaf, struct place place, struct err *err)
{
    struct comparing *comparing = self;
    (void)place;
    return log_check_entry(comparing->check, leaf_entry(leaf, comparing->text), err);
}

static int compare(struct archive *archive, struct comparing *comparing, struct err *err)
{
    struct err why = {0};
    if (archive_list(archive, NULL, NULL, err) < 0)
        return -1; /* UNTESTED: no memory */
    if (archive->list.len > 0 && each_leaf(archive, 1, compare_leaf, comparing, &why) < 0) {
        *err = why;
        return why.kind == ERR_CORRUPT ? 0 : -1;
    }
    if (archive_is_copy(archive) &&
        log_check_rest(comparing->check, &comparing->result->not_here, err) < 0)
        return -1;
    return log_check_end(comparing->check, err);
}

int archive_verify_log(struct archive *archive, const struct verify_hooks *hooks,
                       struct verify_result *result, struct err *err)
{
    struct comparing comparing = {.hooks = hooks, .result = result};
    struct err why = {0};
    struct log *log = archive_log(archive, &why);
    if (!log && why.kind == ERR_SYSTEM) {
        *err = why;
        return -1;
    }
    if (!log) { /* the text begins with the file it is about */
        char file[sizeof LOG_NAME + 16];
        size_t len = strcspn(why.text, ": ");
        bool named = strncmp(why.text, LOG_NAME "/", sizeof LOG_NAME) == 0 && len < sizeof file;
        (void)snprintf(file, sizeof file, "%.*s", named ? (int)len : 0, why.text);
        on_bad(&comparing, named ? file : LOG_NAME, why.text);
        return 0;
    }
    comparing.check = log_check_new(log, on_bad, &comparing, err);
    int rc = comparing.check ? compare(archive, &comparing, err) : -1;
    log_check_free(comparing.check);
    return rc;
}
