/* app/output.c - what a command was asked for, put where it was asked to go. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "base/fd.h"
#include "io/files.h"

static int write_fd(int fd, struct span data, struct err *err)
{
    while (data.len > 0) {
        ssize_t put = write(fd, data.data, data.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_sys(err, "write");
        data = span_of(data.data + put, data.len - (size_t)put);
    }
    return 0;
}

/* Opens what is there and no file, or starts one beside what will have its name. */
static int open_path(struct output *output, struct err *err)
{
    struct stat st;
    if (stat(output->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
        return output->fd < 0 ? err_sys(err, "open '%s'", output->path) : 0;
    }
    char *for_dir = strdup(output->path), *for_base = strdup(output->path);
    int rc = -1;
    if (for_dir && for_base) {
        output->is_draft = true;
        output->dir_fd =
            io_open_at(output->io, IO_CWD, dirname(for_dir), O_RDONLY | O_DIRECTORY, 0, err);
        if (output->dir_fd >= 0)
            rc = io_draft_open(&output->draft, output->io, output->dir_fd, basename(for_base), 0644,
                               err);
    } else
        err_sys(err, "write '%s'", output->path); /* UNTESTED: no memory */
    free(for_dir);
    free(for_base);
    return rc;
}

int output_open(struct output *output, struct io *io, const char *path, struct err *err)
{
    *output = (struct output){.io = io, .path = path, .fd = -1, .dir_fd = -1, .open = true};
    output->draft.fd = -1;
    if (!path || strcmp(path, "-") == 0) {
        output->fd = STDOUT_FILENO;
        return 0;
    }
    return open_path(output, err);
}

int output_put(void *self, struct span data, struct err *err)
{
    struct output *output = self;
    return output->is_draft ? io_draft_add(&output->draft, data, err)
                            : write_fd(output->fd, data, err);
}

int output_finish(struct output *output, struct err *err)
{
    return output->is_draft ? io_draft_publish(&output->draft, err) : 0;
}

void output_done(struct output *output)
{
    if (!output->open)
        return;
    if (output->is_draft)
        io_draft_done(&output->draft);
    if (output->fd != STDOUT_FILENO)
        fd_close(&output->fd);
    fd_close(&output->dir_fd);
    output->open = false;
}

int write_output(struct io *io, const char *path, struct span data, struct err *err)
{
    CLEANUP(output_done) struct output output = {.io = NULL};
    if (output_open(&output, io, path, err) < 0 || output_put(&output, data, err) < 0)
        return -1;
    return output_finish(&output, err);
}
