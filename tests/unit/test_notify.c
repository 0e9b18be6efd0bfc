/* tests/unit/test_notify.c - what systemd is told of the service. */
#include "app/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/test.h"

static int listener(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void)snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)address, sizeof *address), 0);
    return fd;
}

static const char *heard(int fd)
{
    static char text[1024];
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    text[got < 0 ? 0 : got] = '\0';
    return text;
}

static void ready_once_and_alive_while_it_goes_on(void **state)
{
    (void)state;
    char *dir = test_dir_make(), path[100];
    struct sockaddr_un address;
    struct notify notify;
    struct watch_status status = {.archived = 3, .trouble = ""};
    (void)snprintf(path, sizeof path, "%s/socket", dir);
    int fd = listener(path, &address);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    notify_open(&notify);
    notify_status(&notify, &status, 60);
    const char *text = heard(fd);
    assert_non_null(strstr(text, "READY=1\n"));
    assert_non_null(strstr(text, "WATCHDOG=1\n"));
    assert_non_null(strstr(text, "STATUS=running: 0 waiting, 0 under way, 3 archived"));
    status.quiet_s = 61;
    notify_status(&notify, &status, 60);
    text = heard(fd);
    assert_null(strstr(text, "READY"));
    assert_null(strstr(text, "WATCHDOG")); /* nothing goes on: systemd may restart it */
    notify_stopping(&notify);
    assert_string_equal(heard(fd), "STOPPING=1\n");
    notify_close(&notify);
    assert_int_equal(close(fd), 0);
    test_dir_remove(dir);
}

static void nobody_listens(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "x", "relative/path", "/nowhere/at/all"};
    struct notify notify;
    const struct watch_status status = {.trouble = ""};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", odd[i], 1), 0);
        notify_open(&notify);
        assert_int_equal(notify.fd, -1);
        notify_status(&notify, &status, 60);
        notify_stopping(&notify);
        notify_close(&notify);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_once_and_alive_while_it_goes_on),
        cmocka_unit_test(nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
