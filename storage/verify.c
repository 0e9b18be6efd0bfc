/* storage/verify.c - reading every byte of the archive and saying what is wrong with it.
 *
 * Where recovery stops at the first thing that is not right, this carries on: it looks for the next
 * record header behind the damage, so that one bad sector costs the objects it hit and no others.
 * One cause is reported once: a group's hash is not complained of when an object in it was. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "storage/format.h"
#include "storage/verify_impl.h"

#define VERIFY_WINDOW_BYTES (8 * MIB) /* read in one batch */

void verify_report(struct run *run, const struct damage *damage)
{
    if (damage->missing)
        run->result.missing++;
    else
        run->result.bad++;
    if (run->hooks && run->hooks->on_damage)
        run->hooks->on_damage(run->hooks->self, damage);
}

void verify_hurt(struct check *check, uint64_t off, const struct digest *id, const char *what)
{
    struct damage damage = {.file = check->file_name, .off = off};
    if (id)
        damage.id = *id;
    (void)snprintf(damage.what, sizeof damage.what, "%s", what);
    check->damages++;
    check->group_hurt = true;
    verify_report(check->run, &damage);
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

static int check_segment(struct run *run, const struct segment_name *name, bool last,
                         struct err *err)
{
    CLEANUP(check_done)
    struct check check = {.run = run, .name = name, .last = last, .seen = {.fd = -1}};
    struct kept_file *kept = NULL;
    char text[SEGMENT_NAME_MAX];
    bool unused = false;
    segment_name_format(name, text);
    (void)snprintf(check.file_name, sizeof check.file_name, "seg/%s", text);
    check.group = hasher_new();
    check.file = hasher_new();
    if (archive_keep(run->archive, name->seq, &kept, err) < 0 ||
        window_init(&check.window, run->archive->io, kept->fd, VERIFY_WINDOW_BYTES, err) < 0)
        return -1;
    check.window.forgive = true;
    if (was_never_used(&check, &unused, err) < 0)
        return -1;
    if (!unused) {
        if (verify_head(&check, err) < 0 || (name->sealed && verify_load_table(&check, err) < 0) ||
            verify_records(&check, err) < 0 || verify_name(&check, err) < 0)
            return -1;
        verify_missing(&check);
        run->state = check.state;
        run->state_known = check.state_known;
    }
    if (check.window.unread_bytes > 0)
        verify_hurt(&check, check.window.unread_off, NULL, "the medium cannot be read here");
    run->done_bytes += check.window.size;
    check.off = 0;
    verify_progress(&check);
    return 0;
}

/* --- the archive --- */

static void report_odd(void *self, const char *name)
{
    CLEANUP(bytes_done) struct bytes file = {0};
    struct err ignored = {0};
    if (bytes_append(&file, span_of_text("seg/"), &ignored) < 0 ||
        text_display(span_of_text(name), &file, &ignored) < 0 ||
        bytes_append(&file, span_of("", 1), &ignored) < 0)
        return; /* UNTESTED: no memory */
    struct damage damage = {.file = (const char *)file.data};
    (void)snprintf(damage.what, sizeof damage.what, "this file does not belong here");
    verify_report(self, &damage);
}

static void report_lost_segments(struct run *run, uint64_t from, uint64_t to)
{
    if (from >= to)
        return;
    struct damage damage = {.file = "seg", .missing = true};
    (void)snprintf(damage.what, sizeof damage.what, "segments are missing: %" PRIu64 " to %" PRIu64,
                   from, to - 1);
    verify_report(run, &damage);
    run->state_known = false;
}

static int check_all(struct run *run, struct err *err)
{
    struct archive *archive = run->archive;
    if (!archive->format_fine) {
        struct damage damage = {.file = FORMAT_NAME};
        (void)snprintf(damage.what, sizeof damage.what, "it does not match its checksum");
        verify_report(run, &damage);
    }
    struct archive_size size;
    if (archive_measure(archive, &size, err) < 0 || archive_list(archive, report_odd, run, err) < 0)
        return -1;
    run->all_bytes = size.segment_bytes;
    run->state = (struct log_state){.next_group = 1};
    run->state_known = true;

    /* A copy: opening a segment that was renamed meanwhile reads the directory again. */
    size_t len = archive->list.len;
    struct segment_name *names = calloc(len + 1, sizeof *names);
    if (!names)
        return err_sys(err, "list segments"); /* UNTESTED: no memory */
    if (len > 0)
        memcpy(names, archive->list.names, len * sizeof *names);
    int rc = 0;
    uint64_t next = 1;
    for (size_t i = 0; i < len && rc == 0; i++) {
        if (names[i].seq < next) {
            char text[SEGMENT_NAME_MAX];
            segment_name_format(&names[i], text);
            report_odd(run, text);
            continue;
        }
        report_lost_segments(run, next, names[i].seq);
        rc = check_segment(run, &names[i], i + 1 == len, err);
        next = names[i].seq + 1;
    }
    free(names);
    return rc;
}

int archive_verify(struct archive *archive, const struct verify_hooks *hooks,
                   struct verify_result *ret_result, struct err *err)
{
    struct run run = {
        .archive = archive,
        .hooks = hooks,
        .checker = object_checker_new(err),
    };
    int rc = run.checker ? check_all(&run, err) : -1;
    object_checker_free(run.checker);
    if (rc < 0)
        return err_wrap(err, "verify");
    *ret_result = run.result;
    return 0;
}
