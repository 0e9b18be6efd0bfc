/* bench/tool.c - sohoa-bench-tool: one job of the bench, see bench/tool.h. */
#include "bench/tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define EXIT_USAGE     2
#define NUMBER_MAX     100000000ull
#define THREADS_MAX    256
#define NOISE_FILE_MAX GIB

double clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t noise_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void noise_fill(uint64_t number, uint8_t *out, size_t len)
{
    uint64_t state = number * 0xd1342543de82ef95u + 1;
    for (size_t at = 0; at < len; at += 8) {
        uint8_t word[8];
        put_le64(word, noise_next(&state));
        memcpy(out + at, word, len - at < 8 ? len - at : 8);
    }
}

int file_write(const char *path, struct span data, struct err *err)
{
    CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_sys(err, "create '%s'", path);
    while (data.len > 0) {
        ssize_t put = write(fd, data.data, data.len);
        if (put < 0)
            return err_sys(err, "write '%s'", path);
        data.data += put;
        data.len -= (size_t)put;
    }
    return 0;
}

int make_noise_files(const char *dir, uint64_t n, size_t bytes, struct err *err)
{
    CLEANUP(bytes_done) struct bytes noise = {0};
    if (bytes_reserve(&noise, bytes, err) < 0)
        return -1;
    for (uint64_t i = 0; i < n; i++) {
        char path[4096];
        noise_fill(i, noise.data, bytes);
        (void)snprintf(path, sizeof path, "%.4000s/%08llu.bin", dir, (unsigned long long)i);
        if (file_write(path, span_of(noise.data, bytes), err) < 0)
            return -1;
    }
    return 0;
}

int opened_open(struct opened *opened, const char *path, enum archive_mode mode, struct err *err)
{
    opened->io = io_open(IO_AUTO, NULL, err);
    opened->archive = opened->io ? archive_open(opened->io, path, mode, err) : NULL;
    opened->catalogue = opened->archive ? catalogue_open(path, mode, err) : NULL;
    return opened->catalogue ? 0 : -1;
}

/* The catalogue goes first: on closing it may still want to know how far the archive is. */
void opened_done(struct opened *opened)
{
    catalogue_close(opened->catalogue);
    archive_close(opened->archive);
    io_close(opened->io);
    *opened = (struct opened){0};
}

/* --- the command line ------------------------------------------------------------------------- */

static int do_noise(char **argv, const uint64_t numbers[], struct err *err)
{
    if (numbers[1] > NOISE_FILE_MAX)
        return err_set(err, ERR_INPUT, "files of more than 1 GiB");
    return make_noise_files(argv[0], numbers[0], (size_t)numbers[1], err);
}

static int do_cheap_files(char **argv, const uint64_t numbers[], struct err *err)
{
    return make_cheap_files(argv[0], numbers[0], numbers[1], err);
}

static int do_cheap_book(char **argv, const uint64_t numbers[], struct err *err)
{
    return make_cheap_book(argv[0], numbers[0], numbers[1], err);
}

static int store(const char *archive, const char *dir, const uint64_t numbers[], struct err *err)
{
    if (numbers[0] < 1 || numbers[0] > THREADS_MAX || numbers[2] > NOISE_FILE_MAX)
        return err_set(err, ERR_INPUT, "1 to %d threads", THREADS_MAX);
    return store_objects(&(struct producers){.archive = archive,
                                             .dir = dir,
                                             .threads = (unsigned)numbers[0],
                                             .n = numbers[1],
                                             .bytes = (size_t)numbers[2]},
                         err);
}

static int do_store(char **argv, const uint64_t numbers[], struct err *err)
{
    return store(argv[0], NULL, numbers, err);
}

static int do_store_files(char **argv, const uint64_t numbers[], struct err *err)
{
    return store(argv[0], argv[1], numbers, err);
}

static int do_restore(char **argv, const uint64_t numbers[], struct err *err)
{
    (void)numbers;
    return restore_objects(argv[0], argv[1], err);
}

static int do_records(char **argv, const uint64_t numbers[], struct err *err)
{
    return make_records(argv[0], numbers[0], numbers[1], err);
}

static int do_search(char **argv, const uint64_t numbers[], struct err *err)
{
    return search_pages(argv[0], numbers[0], (unsigned)numbers[1], err);
}

static int do_search_papers(char **argv, const uint64_t numbers[], struct err *err)
{
    return search_papers(argv[0], numbers[0], (unsigned)numbers[1], err);
}

static int do_kernels(char **argv, const uint64_t numbers[], struct err *err)
{
    (void)numbers;
    return measure_kernels(argv[0], err);
}

static int do_lines(char **argv, const uint64_t numbers[], struct err *err)
{
    return compare_lines(argv[0], numbers[0], err);
}

/* Paths come first, then numbers. */
static const struct job {
    const char *name, *usage;
    int paths, numbers;
    int (*run)(char **argv, const uint64_t numbers[], struct err *err);
} jobs[] = {
    {"noise", "DIR N BYTES", 1, 2, do_noise},
    {"cheap-files", "DIR FIRST N", 1, 2, do_cheap_files},
    {"cheap-book", "FILE FIRST N", 1, 2, do_cheap_book},
    {"store", "ARCHIVE THREADS N BYTES", 1, 3, do_store},
    {"store-files", "ARCHIVE DIR THREADS", 2, 1, do_store_files},
    {"restore", "ARCHIVE DIR", 2, 0, do_restore},
    {"records", "ARCHIVE FIRST N", 1, 2, do_records},
    {"search", "ARCHIVE PAGES QUERIES", 1, 2, do_search},
    {"search-papers", "ARCHIVE PAGES QUERIES", 1, 2, do_search_papers},
    {"kernels", "MODEL", 1, 0, do_kernels},
    {"lines", "DIR PAGES", 1, 1, do_lines},
};

static int usage(void)
{
    (void)fputs("sohoa-bench-tool: a job of the bench\n\n", stderr);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        (void)fprintf(stderr, "  sohoa-bench-tool %s %s\n", jobs[i].name, jobs[i].usage);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const struct job *job = NULL;
    uint64_t numbers[3] = {0};
    struct err err = {0};
    for (size_t i = 0; i < ARRAY_LEN(jobs) && argc > 1; i++)
        if (strcmp(argv[1], jobs[i].name) == 0)
            job = &jobs[i];
    if (!job || argc != 2 + job->paths + job->numbers)
        return usage();
    for (int i = 0; i < job->numbers; i++) {
        char *end, *text = argv[2 + job->paths + i];
        numbers[i] = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || *end != '\0' || numbers[i] > NUMBER_MAX)
            return usage();
    }
    if (job->run(argv + 2, numbers, &err) < 0) {
        (void)fprintf(stderr, "sohoa-bench-tool: %s\n", err.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
