/* tests/crash/crash_sim.c - the back end that does everything for real, and writes it down. */
#include "tests/crash/crash_sim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/crash/crash_impl.h"

#define FD_LINK "/proc/self/fd/"

static void bug(const char *what)
{
    (void)fprintf(stderr, "crash_sim: %s\n", what);
    abort();
}

void *crash_grow(void *items, size_t need, size_t *cap, size_t item_bytes)
{
    if (need <= *cap)
        return items;
    *cap = need * 2;
    items = realloc(items, *cap * item_bytes);
    if (!items)
        bug("no memory");
    return items;
}

bool crash_is_of_names(const struct event *event)
{
    return event->change == CHANGE_ADD || event->change == CHANGE_REMOVE ||
           event->change == CHANGE_RENAME;
}

static size_t add_node(struct crash_sim *sim, const struct node *node)
{
    sim->nodes = crash_grow(sim->nodes, sim->node_len + 1, &sim->node_cap, sizeof *node);
    sim->nodes[sim->node_len] = *node;
    sim->nodes[sim->node_len].made_mode = node->mode;
    return sim->node_len++;
}

static struct event *add_event(struct crash_sim *sim, enum change change, size_t node)
{
    sim->events = crash_grow(sim->events, sim->event_len + 1, &sim->event_cap, sizeof *sim->events);
    struct event *event = &sim->events[sim->event_len++];
    *event = (struct event){
        .change = change,
        .node = node,
        .batch = sim->batch,
        .durable_at = sim->batch == 0 ? 0 : NEVER,
        .target = NO_NODE,
    };
    return event;
}

static void put_name(char ret_name[NAME_BYTES], const char *name)
{
    int len = snprintf(ret_name, NAME_BYTES, "%s", name);
    if (len < 0 || len >= NAME_BYTES)
        bug("a name is too long");
}

static void note_name(struct crash_sim *sim, size_t dir, const char *name, size_t target)
{
    struct event *event = add_event(sim, CHANGE_ADD, dir);
    put_name(event->name, name);
    event->target = target;
}

static void note_size(struct crash_sim *sim, size_t node, uint64_t size)
{
    struct event *event = add_event(sim, CHANGE_SIZE, node);
    event->size_before = sim->nodes[node].size;
    event->size_after = sim->nodes[node].size = size;
}

/* Block by block: each is there or not, and the file may have grown over some of them only. */
static void note_write(struct crash_sim *sim, size_t node, uint64_t off, struct span data)
{
    struct err err = {0};
    while (data.len > 0) {
        size_t len = (size_t)(BLOCK_BYTES - off % BLOCK_BYTES);
        if (len > data.len)
            len = data.len;
        struct event *event = add_event(sim, CHANGE_WRITE, node);
        if (bytes_append(&event->data, span_of(data.data, len), &err) < 0)
            bug(err.text);
        event->off = off;
        event->size_before = event->size_after = sim->nodes[node].size;
        if (off + len > event->size_after)
            event->size_after = sim->nodes[node].size = off + len;
        off += len;
        data = span_of(data.data + len, data.len - len);
    }
}

/* --- which file a path or a descriptor is --- */

static size_t node_of_fd(const struct crash_sim *sim, int fd)
{
    if (fd < 0 || fd >= FDS_MAX || sim->fds[fd] == NO_NODE)
        bug("a descriptor that was not opened here");
    return sim->fds[fd];
}

/* As the running process sees it: every event counts, whether durable or not. */
static size_t find_name(const struct crash_sim *sim, size_t dir, const char *name)
{
    for (size_t i = sim->event_len; i-- > 0;) {
        const struct event *event = &sim->events[i];
        if (!crash_is_of_names(event) || event->node != dir)
            continue;
        if (event->change == CHANGE_RENAME && strcmp(event->name_to, name) == 0)
            return event->target;
        if (strcmp(event->name, name) == 0)
            return event->change == CHANGE_ADD ? event->target : NO_NODE;
    }
    return NO_NODE;
}

/* The directory in which the last component of the path stands, and that component. */
static size_t resolve_parent(const struct crash_sim *sim, int dir_fd, const char *path,
                             char ret_last[NAME_BYTES])
{
    size_t dir = 0;
    if (path[0] == '/') {
        size_t len = strlen(sim->root);
        if (strncmp(path, sim->root, len) != 0 || path[len] != '/')
            bug("a path outside the scratch folder");
        path += len + 1;
    } else {
        dir = node_of_fd(sim, dir_fd);
    }
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        char name[NAME_BYTES];
        (void)snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
        dir = find_name(sim, dir, name);
        if (dir == NO_NODE)
            bug("a path through a directory that is not there");
    }
    put_name(ret_last, path);
    return dir;
}

static size_t resolve(const struct crash_sim *sim, int dir_fd, const char *path)
{
    char name[NAME_BYTES];
    if (strncmp(path, FD_LINK, sizeof FD_LINK - 1) == 0)
        return node_of_fd(sim, (int)strtol(path + sizeof FD_LINK - 1, NULL, 10));
    size_t dir = resolve_parent(sim, dir_fd, path, name);
    if (strcmp(name, "..") == 0)
        return sim->nodes[dir].parent;
    return strcmp(name, ".") == 0 ? dir : find_name(sim, dir, name);
}

/* --- writing down what succeeded --- */

static void note_open(struct crash_sim *sim, const struct io_op *op)
{
    int fd = (int)op->res;
    size_t node = NO_NODE;
    bool unnamed = (op->flags & O_TMPFILE) == O_TMPFILE;
    if (!unnamed)
        node = resolve(sim, op->dir, op->path);
    if (node == NO_NODE) {
        struct stat st;
        if (!(op->flags & (O_CREAT | O_TMPFILE)) || fstat(fd, &st) < 0)
            bug("a file appeared behind our back");
        node = add_node(sim, &(struct node){.mode = st.st_mode & 07777});
        char name[NAME_BYTES];
        if (!unnamed) {
            size_t dir = resolve_parent(sim, op->dir, op->path, name);
            note_name(sim, dir, name, node);
        }
    }
    if ((op->flags & O_TRUNC) && sim->nodes[node].size > 0)
        note_size(sim, node, 0);
    if (fd >= FDS_MAX)
        bug("too many open files");
    sim->fds[fd] = node;
}

static void note_rename(struct crash_sim *sim, const struct io_op *op)
{
    char from[NAME_BYTES], to[NAME_BYTES];
    size_t dir = resolve_parent(sim, op->dir, op->path, from);
    size_t dir_to = resolve_parent(sim, op->dir, op->path_to, to);
    size_t target = find_name(sim, dir, from);
    if (dir_to != dir) {
        note_name(sim, dir_to, to, target);
        put_name(add_event(sim, CHANGE_REMOVE, dir)->name, from);
        return;
    }
    struct event *event = add_event(sim, CHANGE_RENAME, dir);
    put_name(event->name, from);
    put_name(event->name_to, to);
    event->target = target;
}

static void note_unlink(struct crash_sim *sim, const struct io_op *op)
{
    char name[NAME_BYTES];
    size_t dir = resolve_parent(sim, op->dir, op->path, name);
    struct event *event = add_event(sim, CHANGE_REMOVE, dir);
    put_name(event->name, name);
}

static void note_added(struct crash_sim *sim, const struct io_op *op)
{
    char name[NAME_BYTES];
    if (op->kind == IO_LINK) {
        size_t target = resolve(sim, op->dir, op->path);
        note_name(sim, resolve_parent(sim, op->dir, op->path_to, name), name, target);
        return;
    }
    size_t dir = resolve_parent(sim, op->dir, op->path, name);
    size_t made = add_node(sim, &(struct node){.is_dir = true, .mode = op->mode, .parent = dir});
    note_name(sim, dir, name, made);
}

/* Permissions are changed by plain calls, which the back end does not see. */
static void note_mode(struct crash_sim *sim, size_t node, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        bug("a descriptor went away");
    mode_t mode = st.st_mode & 07777;
    if (sim->nodes[node].is_dir || sim->nodes[node].mode == mode)
        return;
    sim->nodes[node].mode = mode;
    struct event *event = add_event(sim, CHANGE_MODE, node);
    event->mode = mode;
    event->batch--; /* it was done before this sync, which therefore covers it */
}

/* Of the pending changes of a size fdatasync writes those without which written bytes could not be
 * read: up to the last growth behind whose old size something was written. Returns the event
 * behind that one. */
static size_t end_of_needed_sizes(const struct crash_sim *sim, size_t node)
{
    size_t end = 0;
    for (size_t i = 0; i < sim->event_len; i++) {
        const struct event *grown = &sim->events[i];
        if (grown->node != node || grown->size_after <= grown->size_before)
            continue;
        for (size_t j = 0; j < sim->event_len; j++) {
            const struct event *write = &sim->events[j];
            if (write->change == CHANGE_WRITE && write->node == node && write->batch < sim->batch &&
                write->off + write->data.len > grown->size_before)
                end = i + 1;
        }
    }
    return end;
}

static void note_sync(struct crash_sim *sim, const struct io_op *op, bool failed)
{
    size_t node = node_of_fd(sim, op->fd);
    bool data_only = op->kind == IO_FDATASYNC;
    note_mode(sim, node, op->fd);
    size_t needed = data_only ? end_of_needed_sizes(sim, node) : sim->event_len;
    for (size_t i = 0; i < sim->event_len; i++) {
        struct event *event = &sim->events[i];
        if (event->node != node || event->batch >= sim->batch || event->durable_at != NEVER ||
            event->lost)
            continue;
        if (failed)
            event->lost = event->change == CHANGE_WRITE;
        else if (!data_only || event->change == CHANGE_WRITE ||
                 (event->change == CHANGE_SIZE && i < needed))
            event->durable_at = sim->batch;
    }
}

/* One block as it is on the disk: what is left of it without the writes that were taken back. */
static void read_anew(struct crash_sim *sim, size_t node, int fd, uint64_t from, size_t len)
{
    uint8_t block[BLOCK_BYTES] = {0};
    for (size_t i = 0; i < sim->event_len; i++) {
        const struct event *event = &sim->events[i];
        if (event->node != node)
            continue;
        if (event->change == CHANGE_SIZE && event->size_after < from + len)
            memset(block, 0, sizeof block); /* a segment is cut at blocks */
        if (event->change == CHANGE_WRITE && event->data.len > 0 &&
            event->off / BLOCK_BYTES == from / BLOCK_BYTES)
            memcpy(block + event->off % BLOCK_BYTES, event->data.data, event->data.len);
    }
    if (from < sim->nodes[node].size &&
        pwrite(fd, block + from % BLOCK_BYTES, len, (off_t)from) != (ssize_t)len)
        bug("a block cannot be taken back");
}

/* The cache lets go of what it takes for clean: from now on the process reads what is on the disk.
 * Of the blocks that a failed sync lost, every other one had got there. */
static void forget(struct crash_sim *sim, size_t node, int fd)
{
    bool arrived = sim->batch % 2;
    for (size_t i = 0; i < sim->event_len; i++) {
        struct event *event = &sim->events[i];
        if (event->node != node || !event->lost)
            continue;
        size_t len = event->data.len;
        event->lost = false;
        event->durable_at = sim->batch;
        arrived = !arrived;
        if (!arrived) {
            event->data.len = 0;
            read_anew(sim, node, fd, event->off, len);
        }
    }
}

static void note(struct crash_sim *sim, const struct io_op *op)
{
    switch (op->kind) {
    case IO_OPEN:
        note_open(sim, op);
        break;
    case IO_WRITE:
        note_write(sim, node_of_fd(sim, op->fd), op->off, span_of(op->buf, (size_t)op->res));
        break;
    case IO_FALLOCATE: {
        size_t node = node_of_fd(sim, op->fd);
        if (op->off + op->len > sim->nodes[node].size)
            note_size(sim, node, op->off + op->len);
        break;
    }
    case IO_TRUNCATE:
        note_size(sim, node_of_fd(sim, op->fd), op->off);
        break;
    case IO_RENAME:
        note_rename(sim, op);
        break;
    case IO_UNLINK:
        note_unlink(sim, op);
        break;
    case IO_LINK:
    case IO_MKDIR:
        note_added(sim, op);
        break;
    case IO_FDATASYNC:
    case IO_FSYNC:
        note_sync(sim, op, false);
        break;
    case IO_FORGET:
        forget(sim, node_of_fd(sim, op->fd), op->fd);
        break;
    case IO_STATX:
    case IO_READ:
    case IO_CLOSE:
        break;
    }
}

/* --- running --- */

static bool is_sync(const struct io_op *op)
{
    return op->kind == IO_FSYNC || op->kind == IO_FDATASYNC;
}

static bool changes_something(const struct io_op *op)
{
    if (op->kind == IO_OPEN)
        return (op->flags & (O_CREAT | O_TRUNC)) != 0;
    return op->kind != IO_STATX && op->kind != IO_READ && op->kind != IO_CLOSE &&
           op->kind != IO_FORGET;
}

/* Returns whether the operation is still to be done. */
static bool meets_trouble(struct crash_sim *sim, struct io_op *op)
{
    if (sim->dead)
        op->res = -EIO;
    if (sim->dead || sim->trouble == CRASH_NO_TROUBLE || !changes_something(op) ||
        sim->count++ != sim->nth)
        return !sim->dead || op->kind == IO_CLOSE;
    sim->troubled = true;
    sim->trouble_point = sim->point_len;
    if (sim->trouble == CRASH_FAIL) {
        if (is_sync(op))
            note_sync(sim, op, true);
        op->res = -sim->sys;
        return false;
    }
    if (sim->trouble == CRASH_KILL_HALF && op->kind == IO_WRITE) {
        op->len /= 2;
        io_run(sim->inner, op, 1);
        note(sim, op);
    }
    sim->dead = true;
    op->res = -EIO;
    return false;
}

static void crash_run(struct io *io, struct io_op ops[], size_t n)
{
    struct crash_sim *sim = (struct crash_sim *)io;
    bool point = false;
    sim->batch++;
    for (size_t i = 0; i < n; i++) {
        struct io_op *op = &ops[i];
        if (!meets_trouble(sim, op))
            continue;
        if (is_sync(op)) /* the scratch folder itself need not survive a power cut */
            op->res = 0;
        else
            io_run(sim->inner, op, 1);
        point |= changes_something(op);
        if (op->res >= 0)
            note(sim, op);
    }
    if (!point)
        return;
    sim->points = crash_grow(sim->points, sim->point_len + 1, &sim->point_cap, sizeof *sim->points);
    sim->points[sim->point_len++] = sim->batch;
}

static void crash_close(struct io *io)
{
    (void)io; /* crash_sim_close() does it */
}

static const struct io_backend crash_backend = {"crash", crash_run, crash_close};

void crash_sim_trouble(struct crash_sim *sim, enum crash_trouble trouble, unsigned nth, int sys)
{
    sim->trouble = trouble;
    sim->nth = nth;
    sim->sys = sys;
    sim->count = 0;
    sim->troubled = sim->dead = false;
}

bool crash_sim_troubled(const struct crash_sim *sim)
{
    return sim->troubled;
}

size_t crash_sim_trouble_point(const struct crash_sim *sim)
{
    return sim->trouble_point;
}

void crash_sim_acknowledge(struct crash_sim *sim, unsigned steps)
{
    sim->acks = crash_grow(sim->acks, sim->ack_len + 1, &sim->ack_cap, sizeof *sim->acks);
    sim->acks[sim->ack_len++] = (struct acknowledgement){sim->batch, steps};
}

size_t crash_sim_points(const struct crash_sim *sim)
{
    return sim->point_len;
}

/* --- what is there at the start --- */

static void load_dir(struct crash_sim *sim, size_t dir, const char *path);

static void load_file(struct crash_sim *sim, size_t node, const char *path)
{
    static const size_t piece = 64 * KIB;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *buf = malloc(piece);
    ssize_t got = 0;
    if (fd < 0 || !buf)
        bug("a file that is there cannot be read");
    while ((got = pread(fd, buf, piece, (off_t)sim->nodes[node].size)) > 0)
        note_write(sim, node, sim->nodes[node].size, span_of(buf, (size_t)got));
    free(buf);
    (void)close(fd);
}

static void load_entry(struct crash_sim *sim, size_t dir, const char *path, const char *name)
{
    char *below = NULL;
    struct stat st;
    if (asprintf(&below, "%s/%s", path, name) < 0 || lstat(below, &st) < 0)
        bug("a directory changed while it was listed");
    size_t node = add_node(
        sim,
        &(struct node){.is_dir = S_ISDIR(st.st_mode), .mode = st.st_mode & 07777, .parent = dir});
    note_name(sim, dir, name, node);
    if (S_ISDIR(st.st_mode))
        load_dir(sim, node, below);
    else
        load_file(sim, node, below);
    free(below);
}

static void load_dir(struct crash_sim *sim, size_t dir, const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        bug("a directory that is there cannot be listed");
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            load_entry(sim, dir, path, name);
        free(names[i]);
    }
    free(names);
}

struct crash_sim *crash_sim_open(const char *root)
{
    struct err err = {0};
    struct crash_sim *sim = calloc(1, sizeof *sim);
    if (!sim)
        bug("no memory");
    sim->io.backend = &crash_backend;
    sim->inner = io_open(IO_PLAIN, NULL, &err);
    sim->root = strdup(root);
    if (!sim->inner || !sim->root)
        bug("no memory");
    for (size_t i = 0; i < FDS_MAX; i++)
        sim->fds[i] = NO_NODE;
    load_dir(sim, add_node(sim, &(struct node){.is_dir = true, .mode = 0755}), root);
    return sim;
}

void crash_sim_close(struct crash_sim *sim)
{
    if (!sim)
        return;
    for (size_t i = 0; i < sim->event_len; i++)
        bytes_done(&sim->events[i].data);
    io_close(sim->inner);
    free(sim->events);
    free(sim->nodes);
    free(sim->acks);
    free(sim->points);
    free(sim->root);
    free(sim);
}

struct io *crash_sim_io(struct crash_sim *sim)
{
    return &sim->io;
}
