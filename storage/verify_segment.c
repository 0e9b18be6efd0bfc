/* storage/verify_segment.c - reading every byte of one segment and saying what is wrong with it.
 *
 * Where recovery stops at the first thing that is not right, this carries on: it looks for the next
 * record header behind the damage, so that one bad sector costs the objects it hit and no others.
 * One cause is reported once: a group's hash is not complained of when an object in it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "storage/verify_impl.h"

#define VERIFY_WINDOW_BYTES (8 * MIB) /* read in one batch */
#define VERDICT_DAMAGES_MAX 65536u    /* named in one segment; more are only counted */

/* --- the verdict --- */

void verdict_done(struct verdict *verdict)
{
    free(verdict->damages);
    free(verdict->objects);
    free(verdict->gone);
    verdict->damages = NULL;
    verdict->objects = verdict->gone = NULL;
    verdict->damage_len = verdict->damage_cap = verdict->object_len = verdict->object_cap = 0;
    verdict->gone_len = verdict->gone_cap = 0;
}

/* Room for one more of n things of `bytes` each. */
static void *grown(void *list, size_t n, size_t *cap, size_t bytes)
{
    if (n < *cap)
        return list;
    size_t more = *cap ? *cap * 2 : 16;
    void *larger = realloc(list, more * bytes);
    if (larger)
        *cap = more;
    return larger;
}

void verdict_add(struct verdict *verdict, const struct damage *damage)
{
    if (damage->missing)
        verdict->missing++;
    else
        verdict->bad++;
    if (verdict->damage_len >= VERDICT_DAMAGES_MAX)
        return;
    struct damage *list = grown(verdict->damages, verdict->damage_len, &verdict->damage_cap,
                                sizeof *verdict->damages);
    if (!list)
        return; /* UNTESTED: no memory; it is counted */
    verdict->damages = list;
    struct damage *kept = &list[verdict->damage_len++];
    *kept = *damage;
    kept->file = verdict->file;
    kept->first = kept->last = verdict->name.seq;
    if (verdict->damage_len == VERDICT_DAMAGES_MAX)
        (void)snprintf(kept->what, sizeof kept->what, "this, and more that is not listed");
}

void verify_hurt(struct check *check, uint64_t off, const struct digest *id, const char *what)
{
    struct damage damage = {.off = off};
    if (id)
        damage.id = *id;
    (void)snprintf(damage.what, sizeof damage.what, "%s", what);
    check->damages++;
    check->group_hurt = true;
    verdict_add(check->verdict, &damage);
}

static int list_entry(struct group_entry **list, size_t *len, size_t *cap,
                      const struct group_entry *entry, struct err *err)
{
    struct group_entry *larger = grown(*list, *len, cap, sizeof **list);
    if (!larger)
        return err_sys(err, "list objects"); /* UNTESTED: no memory */
    *list = larger;
    larger[(*len)++] = *entry;
    return 0;
}

int verify_good(struct check *check, const struct group_entry *entry, struct err *err)
{
    struct verdict *verdict = check->verdict;
    verdict->good++;
    verdict->good_bytes += entry->raw_bytes;
    if (entry->place.off == SEGMENT_BLOCK_BYTES) {
        verdict->first = entry->id;
        verdict->first_bytes = entry->raw_bytes;
    }
    if (!check->run->want_objects)
        return 0;
    return list_entry(&verdict->objects, &verdict->object_len, &verdict->object_cap, entry, err);
}

int verify_gone(struct check *check, const struct group_entry *entry, struct err *err)
{
    struct verdict *verdict = check->verdict;
    return list_entry(&verdict->gone, &verdict->gone_len, &verdict->gone_cap, entry, err);
}

/* --- a segment --- */

static void check_done(struct check *check)
{
    window_done(&check->window);
    hasher_free(check->group);
    hasher_free(check->file);
    free(check->table);
    writer_done(&check->seen);
}

void verify_progress(struct check *check)
{
    uint64_t more = check->off - check->told_bytes;
    check->told_bytes = check->off;
    check->run->tick(check->run->crew, more);
}

bool verify_state_before(struct check *check, struct log_state *ret_state)
{
    struct err ignored = {0};
    if (check->name->seq == 1) {
        *ret_state = (struct log_state){.next_group = 1};
        return true;
    }
    return archive_segment_ends(check->run->archive, check->name->seq - 1, NULL, ret_state,
                                &ignored) == 0;
}

/* A half-made segment: without block 0, and nothing in it. */
static int was_never_used(struct check *check, bool *ret_unused, struct err *err)
{
    struct segment_head head;
    struct walk walk;
    const char *why = NULL;
    uint64_t later = 0;
    *ret_unused = false;
    if (!check->last || check->name->sealed)
        return 0;
    if (walk_start(&walk, &check->window, &head, &why, err) < 0)
        return -1;
    if (!why)
        return 0;
    int rc = find_later_record(&check->window, NULL, 0, 0, &later, err);
    *ret_unused = rc == 0;
    return rc < 0 ? -1 : 0;
}

static int check_whole(struct run *run, struct verdict *verdict, struct err *err)
{
    CLEANUP(check_done)
    struct check check = {
        .run = run,
        .verdict = verdict,
        .name = &verdict->name,
        .last = verdict->last,
        .seen = {.fd = -1},
    };
    struct kept_file *kept = NULL;
    bool unused = false;
    check.group = hasher_new();
    check.file = hasher_new();
    if (archive_keep(run->archive, verdict->name.seq, &kept, err) < 0 ||
        window_init(&check.window, run->archive->io, kept->fd, VERIFY_WINDOW_BYTES, err) < 0)
        return -1;
    check.window.forgive = true;
    if (was_never_used(&check, &unused, err) < 0)
        return -1;
    if (!unused) {
        if (verify_head(&check, err) < 0 ||
            (check.name->sealed && verify_load_table(&check, err) < 0) ||
            verify_records(&check, err) < 0 || verify_name(&check, err) < 0)
            return -1;
        verify_missing(&check);
        verdict->end = check.state;
        verdict->end_known = check.state_known;
    }
    if (check.window.unread_bytes > 0)
        verify_hurt(&check, check.window.unread_off, NULL, "the medium cannot be read here");
    if (check.window.size > check.told_bytes)
        run->tick(run->crew, check.window.size - check.told_bytes);
    return 0;
}

/* A sealed segment may be written anew meanwhile (storage/erase.h): takes the file that has its
 * number now, and keeps the bytes in it until let_go(). The descriptor, or -1. */
static int hold(struct archive *archive, struct verdict *verdict)
{
    struct err ignored = {0};
    struct kept_file *kept = NULL;
    struct stat st;
    while (verdict->name.sealed && archive_keep(archive, verdict->name.seq, &kept, &ignored) == 0) {
        (void)flock(kept->fd, LOCK_SH);
        ptrdiff_t at = archive_find_segment(archive, verdict->name.seq);
        if (at >= 0 && archive->list.names[at].sealed) {
            char text[SEGMENT_NAME_MAX];
            verdict->name = archive->list.names[at];
            segment_name_format(&verdict->name, text);
            (void)snprintf(verdict->file, sizeof verdict->file, "seg/%s", text);
        }
        if (fstat(kept->fd, &st) < 0 || st.st_nlink > 0)
            return kept->fd;
        archive_forget(archive, verdict->name.seq); /* it was removed before we had it */
    }
    return -1; /* check_whole() says why */
}

static void let_go(int fd)
{
    if (fd >= 0)
        (void)flock(fd, LOCK_UN);
}

int verify_segment(struct run *run, struct verdict *verdict, struct err *err)
{
    struct err ignored = {0};
    if (verdict->skip && archive_segment_ends(run->archive, verdict->name.seq, &verdict->start,
                                              &verdict->end, &ignored) == 0) {
        verdict->start_known = verdict->end_known = true;
        return 0;
    }
    verdict->skip = false;
    int held = hold(run->archive, verdict);
    int rc = check_whole(run, verdict, err);
    let_go(held);
    return rc;
}
