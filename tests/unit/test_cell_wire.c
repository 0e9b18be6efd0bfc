/* tests/unit/test_cell_wire.c - messages between keeper and cell, when the other end is hostile. */
#include "pipeline/cell_wire.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define FDS_MAX 4

static int set_up(void **state)
{
    int *pair = calloc(2, sizeof *pair);
    *state = pair;
    return pair && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    int *pair = *state;
    (void)close(pair[0]);
    (void)close(pair[1]);
    free(pair);
    return 0;
}

static int open_descriptors(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    (void)closedir(dir);
    return n;
}

/* What no honest end does: n descriptors with one message. */
static void send_with(int sock, struct cell_request *request, const int fds[], size_t n)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control = {.room = {0}};
    struct iovec iov = {request, sizeof *request};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         .msg_controllen = CMSG_SPACE(n * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(head), fds, n * sizeof(int));
    assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), sizeof *request);
}

static void a_message_brings_its_descriptor(void **state)
{
    const int *pair = *state;
    struct err err = {0};
    struct cell_request sent = {.magic = CELL_MAGIC, .what = CELL_DO_OPEN, .fd_bytes = 7}, got;
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = -1;
    assert_ok(cell_wire_send(pair[0], &sent, sizeof sent, file, &err), err);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), 1);
    assert_memory_equal(&sent, &got, sizeof sent);
    assert_true(fd >= 0 && fd != file);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    (void)close(fd);
    (void)close(file);
}

static void descriptors_nobody_asked_for_are_not_kept(void **state)
{
    const int *pair = *state;
    struct cell_request sent = {.magic = CELL_MAGIC}, got;
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int fds[FDS_MAX] = {file, file, file, file};
    int before = open_descriptors();
    for (size_t n = 2; n <= FDS_MAX; n++) {
        struct err err = {0};
        int fd = -1;
        send_with(pair[0], &sent, fds, n);
        assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
        assert_int_equal(fd, -1);
        assert_int_equal(open_descriptors(), before);
    }
    (void)close(file);
}

/* A cell that answers and never reads must not stop the worker that asks it. */
static void sending_to_one_who_does_not_read_fails(void **state)
{
    const int *pair = *state;
    struct err err = {0};
    const struct cell_request sent = {.magic = CELL_MAGIC};
    int rc = 0;
    for (int i = 0; i < 1000000 && rc == 0; i++)
        rc = cell_wire_send(pair[0], &sent, sizeof sent, -1, &err);
    assert_int_equal(rc, -1);
}

static void messages_of_the_wrong_shape_are_refused(void **state)
{
    const int *pair = *state;
    struct cell_request sent = {.magic = CELL_MAGIC}, got;
    struct err err = {0};
    char longer[sizeof sent + 1] = {0};
    int fd = -1;
    memcpy(longer, &sent, sizeof sent);
    assert_int_equal(send(pair[0], longer, sizeof longer, 0), sizeof longer);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
    assert_int_equal(send(pair[0], &sent, sizeof sent - 1, 0), sizeof sent - 1);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
    sent.magic = 0;
    assert_int_equal(send(pair[0], &sent, sizeof sent, 0), sizeof sent);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), -1);
    (void)shutdown(pair[0], SHUT_RDWR);
    assert_int_equal(cell_wire_receive(pair[1], &got, sizeof got, &fd, &err), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_message_brings_its_descriptor),
        TEST(descriptors_nobody_asked_for_are_not_kept),
        TEST(sending_to_one_who_does_not_read_fails),
        TEST(messages_of_the_wrong_shape_are_refused),
    };
    return cmocka_run_group_tests_name("cell_wire", tests, NULL, NULL);
}
