/* tests/unit/test_cell.c - cells that work, and cells that crash, hang, lie: each costs its page.
 *
 * The cells are this very program, started again as `--cell`. What page i makes of its cell stands
 * in letter i of $CELL_SCRIPT; a capital: of Tesseract's cell, as for a second opinion. */
#include "pipeline/cell_child.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <leptonica/allheaders.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ocr/selftest.h"
#include "pipeline/cell_link.h"
#include "pipeline/cell_wire.h"
#include "pipeline/child_process.h"
#include "tests/unit/small_pages.h"

#define PAGES 3

/* --- inside the cell --- */

static void lie(struct cell_reply reply)
{
    struct err err = {0};
    reply.magic = CELL_MAGIC;
    _exit(cell_wire_send(CELL_SOCK_FD, &reply, sizeof reply, -1, &err) < 0);
}

void cell_test_hook(unsigned index, bool second)
{
    const char *script = getenv("CELL_SCRIPT");
    if (!script || index >= strlen(script) ||
        (isupper((unsigned char)script[index]) != 0) != second)
        return;
    struct cell_reply error = {.rc = -1, .err = {.kind = ERR_CORRUPT, .reason = 9999}};
    switch (tolower((unsigned char)script[index])) {
    case 'c':
        (void)signal(SIGABRT, SIG_DFL);
        abort();
    case 'h':
        for (volatile bool forever = true; forever;)
            ;
        break;
    case 'm':
        _exit(CELL_EXIT_MEMORY);
    case 'n':
        lie((struct cell_reply){.text_bytes = RESULT_TEXT_MAX + 1});
        break;
    case 'p':
        lie((struct cell_reply){.access_bytes = UINT64_MAX});
        break;
    case 'e':
        memset(error.err.text, 0xFF, sizeof error.err.text); /* without an end */
        lie(error);
        break;
    case 's': {
        char shorter[5] = {0};
        (void)send(CELL_SOCK_FD, shorter, sizeof shorter, 0);
        _exit(0);
    }
    default:
        break;
    }
}

/* --- the link --- */

struct bench {
    char *dir;
    struct cell_file file;
    struct cell_link_options options;
};

static void load_file(struct bench *bench, const char *name)
{
    char path[300];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", bench->dir, name);
    bench->file.fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(bench->file.fd >= 0 && fstat(bench->file.fd, &st) == 0);
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, bench->file.fd, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    bench->file.data = span_of(map, (size_t)st.st_size);
}

static int set_up(void **state)
{
    char path[300];
    struct bench *bench = calloc(1, sizeof *bench);
    bench->dir = test_dir_make();
    bench->options = (struct cell_link_options){
        .isolation = ISOLATION_PROCESS, .limits = LIMITS_DEFAULT, .language = "vie"};
    (void)snprintf(path, sizeof path, "%s/a.tif", bench->dir);
    small_tiff(path, 1, PAGES, 2);
    load_file(bench, "a.tif");
    *state = bench;
    return unsetenv("CELL_SCRIPT");
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    (void)munmap((void *)(uintptr_t)bench->file.data.data, bench->file.data.len);
    close(bench->file.fd);
    test_dir_remove(bench->dir);
    free(bench);
    return unsetenv("CELL_SCRIPT");
}

static struct cell_link *start(const struct bench *bench, const char *script)
{
    struct err err = {0};
    if (script)
        assert_int_equal(setenv("CELL_SCRIPT", script, 1), 0);
    struct cell_link *link = cell_link_new(&bench->options, &err);
    assert_ok_ptr(link, err);
    return link;
}

static void open_file(struct cell_link *link, const struct bench *bench)
{
    char format[CELL_FORMAT_MAX] = "";
    uint32_t pages = 0;
    struct err err = {0};
    assert_ok(cell_link_open(link, &bench->file, format, &pages, &err), err);
    assert_string_equal(format, "tiff");
    assert_int_equal(pages, PAGES);
    assert_true(cell_link_is_open(link));
}

static int read_page(struct cell_link *link, uint32_t index, struct cell_output *out,
                     struct err *err)
{
    bool rasterised = true;
    *out = (struct cell_output){.found = {0}};
    int rc = cell_link_read(link, index, out, &rasterised, err);
    if (rc == 0)
        assert_false(rasterised);
    return rc;
}

static void output_done(struct cell_output *out)
{
    bytes_done(&out->text);
    bytes_done(&out->access);
}

static void reads_well(struct cell_link *link, uint32_t index)
{
    struct cell_output out;
    struct err err = {0};
    assert_ok(read_page(link, index, &out, &err), err);
    assert_int_equal(out.found.width_px, SMALL_W);
    assert_int_equal(out.found.status, index == 2 ? PAGE_BLANK : PAGE_OK);
    output_done(&out);
}

static void process_and_thread_give_the_same(void **state)
{
    struct bench *bench = *state;
    struct cell_link *process = start(bench, NULL);
    bench->options.isolation = ISOLATION_THREAD;
    struct cell_link *thread = start(bench, NULL);
    assert_int_equal(strncmp(cell_link_engine(process, false), "sohoa ", 6), 0);
    assert_string_equal(cell_link_engine(process, false), cell_link_engine(thread, false));
    assert_string_equal(cell_link_engine(process, true), "");
    open_file(process, bench);
    open_file(thread, bench);
    for (uint32_t i = 0; i < PAGES; i++) {
        struct cell_output a, b;
        struct err err = {0};
        assert_ok(read_page(process, i, &a, &err), err);
        assert_ok(read_page(thread, i, &b, &err), err);
        assert_memory_equal(&a.found, &b.found, sizeof a.found);
        assert_int_equal(a.text.len, b.text.len);
        if (a.text.len > 0)
            assert_memory_equal(a.text.data, b.text.data, a.text.len);
        assert_int_equal(a.text.len > 0, i != 2); /* nothing of a blank page */
        output_done(&a);
        output_done(&b);
    }
    assert_true(cell_link_peak_rss(process) > 0);
    cell_link_free(process);
    cell_link_free(thread);
}

static void a_picture_can_be_had_without_a_reader(void **state)
{
    struct bench *bench = *state;
    struct bytes picture = {0};
    struct err err = {0};
    bench->options.language = NULL;
    struct cell_link *link = start(bench, NULL);
    open_file(link, bench);
    assert_ok(cell_link_picture(link, 0, &picture, &err), err);
    assert_memory_equal(picture.data, "\x89PNG", 4);
    bytes_done(&picture);
    cell_link_close(link);
    assert_false(cell_link_is_open(link));
    cell_link_free(link);
}

static const struct loss_case {
    const char *why, *script;
    enum reason reason;
    const char *text;
    bool lost; /* the cell has to be started again */
} losses[] = {
    {"a crash costs its page", ".c", REASON_CRASHED, "signal 6", true},
    {"no memory costs its page", ".m", REASON_MEMORY_LIMIT, "MiB", true},
    {"more text than there can be costs its page", ".n", REASON_CRASHED, "nonsense", true},
    {"a larger picture than there can be costs its page", ".p", REASON_CRASHED, "nonsense", true},
    {"a reason nobody knows costs its page", ".e", REASON_CRASHED, "???", false},
    {"a message cut short costs its page", ".s", REASON_CRASHED, "", true},
};

static void costs_its_page(void **state)
{
    const struct loss_case *c = *state;
    void *bench_state = NULL;
    assert_int_equal(set_up(&bench_state), 0);
    const struct bench *bench = bench_state;
    struct cell_link *link = start(bench, c->script);
    struct cell_output out;
    struct err err = {0};
    open_file(link, bench);
    reads_well(link, 0);
    assert_int_equal(read_page(link, 1, &out, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(err.reason, c->reason);
    assert_non_null(strstr(err.text, c->text));
    assert_true(memchr(err.text, '\0', sizeof err.text) != NULL);
    output_done(&out);
    assert_int_equal(cell_link_is_open(link), !c->lost);
    open_file(link, bench); /* a new cell */
    reads_well(link, 0);
    reads_well(link, 2);
    cell_link_free(link);
    assert_int_equal(tear_down(&bench_state), 0);
}

static void a_page_without_end_costs_its_page(void **state)
{
    struct bench *bench = *state;
    struct cell_output out;
    struct err err = {0};
    bench->options.limits.page_ms_max = 5000;
    struct cell_link *link = start(bench, ".h");
    open_file(link, bench);
    assert_int_equal(read_page(link, 1, &out, &err), -1);
    assert_int_equal(err.reason, REASON_TIME_LIMIT);
    assert_non_null(strstr(err.text, "5 s"));
    assert_false(cell_link_is_open(link));
    open_file(link, bench);
    reads_well(link, 0);
    cell_link_free(link);
}

static void what_is_no_picture_is_refused_and_the_cell_lives(void **state)
{
    struct bench *bench = *state;
    struct cell_link *link = start(bench, NULL);
    struct cell_file good = bench->file, bad = {.fd = memfd_create("bad", MFD_CLOEXEC)};
    char format[CELL_FORMAT_MAX];
    uint32_t pages = 0;
    assert_int_equal(write(bad.fd, "no picture", 10), 10);
    bad.data = span_of(mmap(NULL, 10, PROT_READ, MAP_SHARED, bad.fd, 0), 10);
    struct err err = {0};
    assert_int_equal(cell_link_open(link, &bad, format, &pages, &err), -1);
    assert_int_equal(err.kind, ERR_INPUT);
    assert_int_equal(err.reason, REASON_UNKNOWN_FORMAT);
    assert_false(cell_link_is_open(link));
    bench->file = good;
    open_file(link, bench);
    reads_well(link, 0);
    cell_link_free(link);
    (void)munmap((void *)(uintptr_t)bad.data.data, 10);
    close(bad.fd);
}

static void a_model_that_is_not_there_is_told_at_the_start(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    bench->options.language = "qqq";
    assert_null(cell_link_new(&bench->options, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
    assert_non_null(strstr(err.text, "qqq"));
    bench->options.isolation = ISOLATION_THREAD;
    err = (struct err){0};
    assert_null(cell_link_new(&bench->options, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
}

/* --- second opinions --- */

/* One page: the built-in lines as `change` makes them. */
static void load_lines(struct bench *bench, PIX *change(PIX *lines))
{
    struct err err = {0};
    const char *text;
    char path[300];
    CLEANUP(image_freep) struct image *page = selftest_page("vie", &text, &err);
    assert_ok_ptr(page, err);
    PIX *changed = change(image_pix(page));
    (void)snprintf(path, sizeof path, "%s/lines.tif", bench->dir);
    assert_int_equal(pixWrite(path, changed, IFF_TIFF_ZIP), 0);
    pixDestroy(&changed);
    (void)munmap((void *)(uintptr_t)bench->file.data.data, bench->file.data.len);
    close(bench->file.fd);
    load_file(bench, "lines.tif");
}

/* White on black: our layout makes nothing of it, Tesseract's does. */
static PIX *dark(PIX *lines)
{
    return pixInvert(NULL, lines);
}

/* So much out of the straight that neither finds the lines. */
static PIX *askew(PIX *lines)
{
    return pixRotate(lines, 0.21F, L_ROTATE_SAMPLING, L_BRING_IN_BLACK, 0, 0);
}

/* Read by both, without being sure. */
static PIX *struck_through(PIX *lines)
{
    PIX *struck = pixCopy(NULL, lines);
    for (int y = 0; y < pixGetHeight(struck); y += 70)
        (void)pixRasterop(struck, 0, y, pixGetWidth(struck), 2, PIX_SET, NULL, 0, 0);
    return struck;
}

static PIX *upside_down(PIX *lines)
{
    return pixRotate180(NULL, lines);
}

static void open_doubtful(struct cell_link *link, const struct bench *bench)
{
    char format[CELL_FORMAT_MAX] = "";
    uint32_t pages = 0;
    struct err err = {0};
    assert_ok(cell_link_open(link, &bench->file, format, &pages, &err), err);
}

/* How well the text agrees with what stands on the built-in page, in percent. */
static double agreement(const struct cell_output *out)
{
    struct err err = {0};
    const char *want;
    double pct = 0;
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes plain = {0};
    CLEANUP(image_freep) struct image *page = selftest_page("vie", &want, &err);
    assert_ok_ptr(page, err);
    assert_ok(page_text_unpack(bytes_span(&out->text), &text, &err), err);
    assert_ok(page_text_plain(&text, &plain, &err), err);
    assert_ok(selftest_agreement(span_of_text(want), bytes_span(&plain), &pct, &err), err);
    return pct;
}

static const struct opinion_case {
    const char *why;
    PIX *(*page)(PIX *lines);
    const char *script;
    enum isolation isolation;
    enum reader_choice engine;
    bool doubt, second, well;
} opinions[] = {
    {"a page in doubt is read by Tesseract, which is better", dark, "", ISOLATION_PROCESS,
     READER_AUTO, true, true, true},
    {"so it is in a thread", dark, "", ISOLATION_THREAD, READER_AUTO, true, true, true},
    {"what Tesseract reads no better stays ours", askew, "", ISOLATION_PROCESS, READER_AUTO, true,
     false, false},
    {"ours alone has its doubts and keeps them", dark, "", ISOLATION_PROCESS, READER_FAST, true,
     false, false},
    {"Tesseract alone has none, however unsure", struck_through, "", ISOLATION_PROCESS,
     READER_TESSERACT, false, false, false},
    {"a second opinion that crashes costs itself", dark, "C", ISOLATION_PROCESS, READER_AUTO, true,
     false, false},
    {"a second opinion without end costs itself", dark, "H", ISOLATION_PROCESS, READER_AUTO, true,
     false, false},
    {"a second opinion that takes all memory costs itself", dark, "M", ISOLATION_PROCESS,
     READER_AUTO, true, false, false},
    {"a second opinion that is refused costs itself", dark, "E", ISOLATION_PROCESS, READER_AUTO,
     true, false, false},
};

static void opinion_is_heard(void **state)
{
    const struct opinion_case *c = *state;
    void *bench_state = NULL;
    assert_int_equal(set_up(&bench_state), 0);
    struct bench *bench = bench_state;
    struct cell_output out, again;
    struct err err = {0};
    load_lines(bench, c->page);
    bench->options.isolation = c->isolation;
    bench->options.engine = c->engine;
    bench->options.limits.page_ms_max = 5000;
    struct cell_link *link = start(bench, c->script);
    open_doubtful(link, bench);
    assert_ok(read_page(link, 0, &out, &err), err);
    assert_int_equal(out.found.doubt != DOUBT_NONE, c->doubt);
    assert_int_equal(out.second, c->second);
    if (c->second)
        assert_int_equal(strncmp(cell_link_engine(link, true), "tesseract ", 10), 0);
    assert_int_equal(agreement(&out) > 95, c->well);
    assert_true(cell_link_is_open(link));
    assert_ok(read_page(link, 0, &again, &err), err); /* the same, whatever was before */
    assert_memory_equal(&out.found, &again.found, sizeof out.found);
    assert_int_equal(out.text.len, again.text.len);
    if (out.text.len > 0)
        assert_memory_equal(out.text.data, again.text.data, out.text.len);
    output_done(&out);
    output_done(&again);
    cell_link_free(link);
    assert_int_equal(tear_down(&bench_state), 0);
}

/* The same without the last lines. */
static PIX *dark_top(PIX *lines)
{
    PIX *top = pixCopy(NULL, lines);
    const int high = pixGetHeight(top), wide = pixGetWidth(top);
    (void)pixRasterop(top, 0, high * 3 / 4, wide, high - high * 3 / 4, PIX_CLR, NULL, 0, 0);
    PIX *page = dark(top);
    pixDestroy(&top);
    return page;
}

static void a_second_opinion_is_of_the_file_that_is_open(void **state)
{
    struct bench *bench = *state;
    struct cell_output whole, top;
    struct err err = {0};
    load_lines(bench, dark);
    struct cell_link *link = start(bench, "");
    open_doubtful(link, bench);
    assert_ok(read_page(link, 0, &whole, &err), err);
    load_lines(bench, dark_top);
    open_doubtful(link, bench);
    assert_ok(read_page(link, 0, &top, &err), err);
    assert_true(whole.second && top.second);
    assert_true(top.text.len > 0 && top.text.len < whole.text.len);
    output_done(&whole);
    output_done(&top);
    cell_link_free(link);
}

/* Also shows that nothing else loads Tesseract: here it cannot be. */
static void where_tesseract_cannot_start_the_first_text_stays(void **state)
{
    struct bench *bench = *state;
    struct cell_output out;
    struct err err = {0};
    char path[300];
    (void)snprintf(path, sizeof path, "%s/libtesseract.so.5", bench->dir);
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(setenv("LD_LIBRARY_PATH", bench->dir, 1), 0);
    load_lines(bench, struck_through);
    struct cell_link *link = start(bench, "");
    open_doubtful(link, bench);
    assert_ok(read_page(link, 0, &out, &err), err);
    assert_int_not_equal(out.found.doubt, DOUBT_NONE);
    assert_true(out.text.len > 0 && !out.second && cell_link_is_open(link));
    cell_link_free(link);
    output_done(&out);
    bench->options.engine = READER_TESSERACT;
    assert_null(cell_link_new(&bench->options, &err));
    assert_non_null(strstr(err.text, "install the package tesseract-ocr"));
    assert_int_equal(unsetenv("LD_LIBRARY_PATH"), 0);
}

static void a_second_opinion_is_of_the_page_as_it_lies(void **state)
{
    struct bench *bench = *state;
    char format[CELL_FORMAT_MAX] = "";
    uint32_t pages = 0;
    struct err err = {0};
    struct cell_output out = {.found = {0}};
    const struct cell_page what = {.turned_deg = 180};
    load_lines(bench, upside_down);
    CLEANUP(cell_freep)
    struct cell *cell = cell_new(&bench->options.limits, "vie", READER_TESSERACT, &err);
    assert_ok_ptr(cell, err);
    assert_ok(cell_open(cell, bench->file.data, format, &pages, &err), err);
    assert_ok(cell_read(cell, &what, &out, &err), err);
    assert_true(agreement(&out) > 95);
    /* Boxes are those of the page: it begins at the lower right. */
    CLEANUP(page_text_done) struct page_text text = {0};
    assert_ok(page_text_unpack(bytes_span(&out.text), &text, &err), err);
    const struct text_box *first = &text.words[0].box;
    assert_true(first->x > (int32_t)out.found.width_px / 2);
    assert_true(first->y > (int32_t)out.found.height_px / 2);
    assert_true(first->x + first->w <= (int32_t)out.found.width_px);
    assert_true(first->y + first->h <= (int32_t)out.found.height_px);
    output_done(&out);
}

/* --- the wire --- */

static int count_fds(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

struct message {
    uint32_t magic;
    char text[12];
};

static void make_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static void a_message_and_its_descriptor_arrive(void **state)
{
    (void)state;
    int pair[2], fd = -1, before = count_fds();
    struct message sent = {CELL_MAGIC, "xin chào"}, got;
    struct err err = {0};
    make_pair(pair);
    assert_ok(cell_wire_send(pair[0], &sent, sizeof sent, pair[1], &err), err);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), 1);
    assert_memory_equal(&sent, &got, sizeof got);
    assert_true(fd >= 0 && fd != pair[1]);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(fd);
    fd = 77;
    assert_ok(cell_wire_send(pair[0], &sent, sizeof sent, -1, &err), err);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), 1);
    assert_int_equal(fd, -1);
    close(pair[0]);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), 0);
    assert_int_equal(cell_wire_send(pair[1], &got, sizeof got, -1, &err), -1); /* and no SIGPIPE */
    close(pair[1]);
    assert_int_equal(count_fds(), before);
}

/* n descriptors with one message, as only a broken cell would send. */
static void send_fds(int sock, const struct message *message, size_t len, int n)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(8 * sizeof(int))];
    } control = {.room = {0}};
    struct iovec iov = {(void *)(uintptr_t)message, len};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
    for (int i = 0; i < n; i++)
        memcpy(CMSG_DATA(head) + (size_t)i * sizeof(int), &sock, sizeof sock);
    assert_int_equal(sendmsg(sock, &msg, 0), (ssize_t)len);
}

static void messages_of_the_wrong_shape_leave_no_descriptors(void **state)
{
    (void)state;
    int pair[2], fd = -1;
    struct message sent = {CELL_MAGIC, "x"}, got;
    make_pair(pair);
    int before = count_fds();
    for (int n = 1; n <= 8; n++) {
        struct err err = {0};
        send_fds(pair[0], &sent, sizeof sent, n);
        int rc = cell_wire_receive(pair[1], &got, sizeof got, &fd, &err);
        assert_int_equal(rc, n > 1 ? -1 : 1); /* more than there is room for is cut, and told */
        if (n == 1)
            close(fd);
        assert_int_equal(count_fds(), before);
        send_fds(pair[0], &sent, sizeof sent - 1, n);
        assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
        assert_int_equal(count_fds(), before);
    }
    struct err err = {0};
    struct message strange = {CELL_MAGIC + 1, "x"};
    assert_ok(cell_wire_send(pair[0], &strange, sizeof strange, pair[0], &err), err);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
    char longer[sizeof sent + 1] = {0};
    memcpy(longer, &sent, sizeof sent);
    assert_ok(cell_wire_send(pair[0], longer, sizeof longer, pair[0], &err), err);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
    assert_int_equal(count_fds(), before);
    close_pair(pair);
}

/* --- children --- */

static pid_t start_child(const char *role, int fd)
{
    struct err err = {0};
    char *const argv[] = {(char *)(uintptr_t) "child", (char *)(uintptr_t)role, NULL};
    const int fds[] = {-1, fd, STDERR_FILENO};
    pid_t pid = child_start(argv, fds, ARRAY_LEN(fds), &err);
    assert_ok(pid, err);
    return pid;
}

static void the_end_of_a_child_is_told(void **state)
{
    (void)state;
    struct child_end end;
    char text[48];
    child_end(start_child("--exit", -1), -1, &end);
    assert_false(end.timed_out);
    assert_string_equal(child_status_text(end.status, text), "exit status 3");
    assert_true(end.peak_rss_bytes > 0);
    child_end(start_child("--signal", -1), 60000, &end);
    assert_false(end.timed_out);
    assert_string_equal(child_status_text(end.status, text), "killed by signal 10");
    child_end(start_child("--hang", -1), 0, &end);
    assert_true(end.timed_out);
    assert_string_equal(child_status_text(end.status, text), "killed by signal 9");
}

static void a_child_has_the_descriptors_it_was_given_and_no_others(void **state)
{
    (void)state;
    struct child_end end;
    int ends[2];
    char got[64] = "";
    assert_int_equal(pipe2(ends, 0), 0); /* not close-on-exec: as a library might leave it */
    pid_t pid = start_child("--fds", ends[1]);
    close(ends[1]);
    size_t len = 0;
    for (ssize_t n; (n = read(ends[0], got + len, sizeof got - 1 - len)) > 0;)
        len += (size_t)n;
    close(ends[0]);
    child_end(pid, -1, &end);
    assert_string_equal(got, "0 1 2 OMP_THREAD_LIMIT=1");
}

static int child_fds(void)
{
    for (int fd = 0; fd < 200; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d ", fd);
    printf("OMP_THREAD_LIMIT=%s", getenv("OMP_THREAD_LIMIT"));
    return fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--cell") == 0)
        return cell_child_main();
    if (argc == 2 && strcmp(argv[1], "--exit") == 0)
        return 3;
    if (argc == 2 && strcmp(argv[1], "--signal") == 0)
        return raise(SIGUSR1);
    if (argc == 2 && strcmp(argv[1], "--hang") == 0)
        for (;;)
            (void)pause();
    if (argc == 2 && strcmp(argv[1], "--fds") == 0)
        return child_fds();

    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test_setup_teardown(process_and_thread_give_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_picture_can_be_had_without_a_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_without_end_costs_its_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_picture_is_refused_and_the_cell_lives, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_model_that_is_not_there_is_told_at_the_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_second_opinion_is_of_the_page_as_it_lies, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_second_opinion_is_of_the_file_that_is_open, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(where_tesseract_cannot_start_the_first_text_stays, set_up,
                                        tear_down),
        cmocka_unit_test(a_message_and_its_descriptor_arrive),
        cmocka_unit_test(messages_of_the_wrong_shape_leave_no_descriptors),
        cmocka_unit_test(the_end_of_a_child_is_told),
        cmocka_unit_test(a_child_has_the_descriptors_it_was_given_and_no_others),
    };
    struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(losses) + ARRAY_LEN(opinions)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        tests[n++] = fixed[i];
    for (size_t i = 0; i < ARRAY_LEN(losses); i++)
        tests[n++] =
            (struct CMUnitTest){losses[i].why, costs_its_page, NULL, NULL, (void *)&losses[i]};
    for (size_t i = 0; i < ARRAY_LEN(opinions); i++)
        tests[n++] = (struct CMUnitTest){opinions[i].why, opinion_is_heard, NULL, NULL,
                                         (void *)(uintptr_t)&opinions[i]};
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
