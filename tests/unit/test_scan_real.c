/* tests/unit/test_scan_real.c - real scans, known skews, and files that break things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/scan.h"

#define NASTY_PAGES_MAX 8
#define NASTY_TIME_S    20

static const struct scan_limits limits = {40000000, 32000, 1000};

static void need_data(const char *path)
{
    if (access(path, R_OK) != 0) {
        print_message("skipped: no %s\n", path);
        skip();
    }
}

static bool read_file(const char *path, struct bytes *out)
{
    struct err err = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    uint8_t block[65536];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
        if (bytes_append(out, span_of(block, got), &err) < 0)
            break;
    fclose(file);
    return true;
}

static struct image *decode_file(const char *path, uint32_t index, enum scan_mode mode)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes data = {0};
    assert_true(read_file(path, &data));
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&data), &limits, &err);
    if (!scan)
        fail_msg("%s: %s", path, err.text);
    struct image *image = scan_decode(scan, index, mode, &err);
    if (!image)
        fail_msg("%s: %s", path, err.text);
    return image;
}

static void assert_same_picture(const char *path, struct image *image)
{
    CLEANUP(image_freep) struct image *truth = decode_file(path, 0, SCAN_GREY);
    l_int32 same = 0;
    pixEqual(image_pix(truth), image_pix(image), &same);
    if (!same)
        fail_msg("differs from %s", path);
}

/* The scanners' own PDFs: every page is one image, and those given apart are the same pixels. */
static void scanned_pdfs_give_their_page_images(void **state)
{
    (void)state;
    static const struct {
        const char *name, *pages; /* the TIFFs made from it */
        uint32_t count;
    } files[] = {{"nomvn_cv_3722_metro", "nomvn_cv_3722_metro", 1},
                 {"nomvn_nq_115_ba_vi", "nomvn_nq_115_ba_vi", 2},
                 {"nomvn_qd_707_ttg", "nomvn_qd_707_ttg", 21},
                 {"nomvn_qd_729_ttg", "nomvn_qd_729_ttg", 1},
                 {"nomvn_tt_21_bct_fuel", "nomvn_tt_21_bct", 2}};
    need_data(SOHOA_DATA_DIR "/vie_real_pdf");
    uint32_t compared = 0;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct err err = {0};
        char path[512];
        CLEANUP(bytes_done) struct bytes data = {0};
        snprintf(path, sizeof path, SOHOA_DATA_DIR "/vie_real_pdf/%s.pdf", files[i].name);
        assert_true(read_file(path, &data));
        CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&data), &limits, &err);
        assert_non_null(scan);
        assert_string_equal(scan_format(scan), "pdf");
        assert_int_equal(scan_pages(scan), files[i].count);
        for (uint32_t page = 0; page < files[i].count; page++) {
            enum scan_way way = SCAN_RASTERISE;
            uint32_t dpi = 9;
            assert_int_equal(scan_page_way(scan, page, &way, &dpi, &err), 0);
            assert_int_equal(way, SCAN_DECODE);
            CLEANUP(image_freep) struct image *image = scan_decode(scan, page, SCAN_GREY, &err);
            assert_non_null(image);
            assert_int_equal(image_depth(image), 1);
            assert_in_range(image_dpi(image), 198, 202);
            snprintf(path, sizeof path, SOHOA_DATA_DIR "/vie_real/%s_p%02u.tif", files[i].pages,
                     page + 1);
            if (access(path, R_OK) == 0) {
                assert_same_picture(path, image);
                compared++;
            }
        }
    }
    assert_int_equal(compared, 11);
}

static void assert_skew(const char *path, double truth, double tolerance)
{
    struct err err = {0};
    struct skew skew = {0};
    CLEANUP(image_freep) struct image *image = decode_file(path, 0, SCAN_GREY);
    CLEANUP(image_freep) struct image *bilevel = image_binarise(image, &err);
    assert_non_null(bilevel);
    assert_int_equal(image_find_skew(bilevel, &skew, &err), 0);
    if (fabs((double)skew.angle_deg - truth) > tolerance)
        fail_msg("%s: %.3f, truth %.3f", path, (double)skew.angle_deg, truth);
    CLEANUP(image_freep) struct image *upright = image_rotate(bilevel, -skew.angle_deg, &err);
    assert_int_equal(image_find_skew(upright, &skew, &err), 0);
    if (fabs((double)skew.angle_deg) > 0.2)
        fail_msg("%s: %.3f left after turning it upright", path, (double)skew.angle_deg);
}

static void the_skew_of_degraded_pages_is_found(void **state)
{
    (void)state;
    char path[512], name[64];
    double angle;
    int checked = 0;
    need_data(SOHOA_DATA_DIR "/made/skew.txt");
    FILE *file = fopen(SOHOA_DATA_DIR "/made/skew.txt", "r");
    assert_non_null(file);
    while (fscanf(file, "%63s %lf", name, &angle) == 2) {
        snprintf(path, sizeof path, SOHOA_DATA_DIR "/made/deg/%s.jpg", name);
        if (access(path, R_OK) != 0)
            continue;
        assert_skew(path, angle, 0.1);
        checked++;
    }
    fclose(file);
    assert_int_equal(checked, 12);
}

static void the_skew_of_turned_scans_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double angle;
    } files[] = {{"nomvn_nq_115_ba_vi_p01_rot-02.40.tif", -2.022},
                 {"nomvn_nq_115_ba_vi_p02_rot+03.70.tif", 3.478},
                 {"nomvn_qd_707_ttg_p03_rot-06.25.tif", -6.853},
                 {"sbrunner_2.png", 2.17},
                 {"sbrunner_5.png", -3.41}};
    need_data(SOHOA_DATA_DIR "/deskew");
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[512];
        snprintf(path, sizeof path, SOHOA_DATA_DIR "/deskew/%s", files[i].name);
        assert_skew(path, files[i].angle, 0.2); /* scans have a slope of their own */
    }
}

/* ---- everything that is broken, odd or hostile: in a child, because a crash is what we look for
 */

struct tally {
    uint32_t decoded, rasterise;
    uint32_t refused[REASON_COUNT];
    uint32_t unreasoned;
};

static void refuse(struct tally *tally, const struct err *err)
{
    if (err->kind == ERR_INPUT && err->reason != REASON_NONE && err->text[0])
        tally->refused[err->reason]++;
    else
        tally->unreasoned++;
}

static void read_all_pages(const char *path, struct tally *tally)
{
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes data = {0};
    if (!read_file(path, &data))
        _exit(3);
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&data), &limits, &err);
    if (!scan) {
        refuse(tally, &err);
        return;
    }
    for (uint32_t page = 0; page < scan_pages(scan) && page < NASTY_PAGES_MAX; page++) {
        enum scan_way way = SCAN_DECODE;
        uint32_t dpi = 0;
        memset(&err, 0, sizeof err);
        if (scan_page_way(scan, page, &way, &dpi, &err) < 0) {
            refuse(tally, &err);
            continue;
        }
        if (way == SCAN_RASTERISE) {
            tally->rasterise += dpi >= 50 && dpi <= 300 ? 1 : 1000000;
            continue;
        }
        CLEANUP(image_freep) struct image *image = scan_decode(scan, page, page % 2, &err);
        if (image)
            tally->decoded++;
        else
            refuse(tally, &err);
    }
}

static int try_file(const char *path, struct tally *tally)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(NASTY_TIME_S);
        read_all_pages(path, tally);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return status;
}

static void no_file_breaks_the_reader(void **state)
{
    (void)state;
    static const char *const folders[] = {"bombs", "jp2",         "jpeg", "misc",
                                          "pdf",   "png_gif_bmp", "tiff"};
    uint32_t files = 0, broken = 0;
    need_data(SOHOA_DATA_DIR "/nasty");
    struct tally *tally =
        mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(tally != MAP_FAILED);
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        char folder[512];
        snprintf(folder, sizeof folder, SOHOA_DATA_DIR "/nasty/%s", folders[i]);
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        for (struct dirent *entry; (entry = readdir(dir));) {
            char path[1024];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            int status = try_file(path, tally);
            files++;
            if (status != 0) {
                print_error("%s: status %#x\n", path, (unsigned)status);
                broken++;
            }
        }
        closedir(dir);
    }
    print_message("%u files: %u pages decoded, %u to rasterise", files, tally->decoded,
                  tally->rasterise);
    for (int reason = 1; reason < REASON_COUNT; reason++)
        if (tally->refused[reason])
            print_message(", %u %s", tally->refused[reason], reason_code((enum reason)reason));
    print_message("\n");
    assert_int_equal(broken, 0);
    assert_int_equal(tally->unreasoned, 0);
    assert_true(tally->rasterise < 1000000);
    assert_true(tally->decoded >= 200);
    munmap(tally, sizeof *tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scanned_pdfs_give_their_page_images),
        cmocka_unit_test(the_skew_of_degraded_pages_is_found),
        cmocka_unit_test(the_skew_of_turned_scans_is_found),
        cmocka_unit_test(no_file_breaks_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
