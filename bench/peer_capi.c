/* bench/peer_capi.c - sohoa-peer-capi: Tesseract's C API, a handle a thread; page text to a file.
 *
 * What a competent engineer writes in an afternoon when the command line is too slow: no sandbox,
 * no archive, no skew. The measure of what there is to win by calling the library alone. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leptonica/allheaders.h>
#include <tesseract/capi.h>

#include "base/def.h"

#define THREADS_MAX 256
#define EXIT_USAGE  2

struct job {
    char *const *files;
    int file_len;
    const char *out;
    atomic_int next, failed;
};

static int write_text(const struct job *job, const char *image, const char *text)
{
    char path[4096];
    const char *name = strrchr(image, '/');
    name = name ? name + 1 : image;
    (void)snprintf(path, sizeof path, "%s/%.*s.txt", job->out, (int)strcspn(name, "."), name);
    FILE *file = fopen(path, "we");
    if (!file)
        return -1;
    int put = fputs(text, file);
    return fclose(file) == 0 && put >= 0 ? 0 : -1;
}

static int read_page(const struct job *job, TessBaseAPI *api, const char *path)
{
    PIX *pix = pixRead(path);
    if (!pix)
        return -1;
    TessBaseAPISetImage2(api, pix);
    char *text = TessBaseAPIGetUTF8Text(api);
    int rc = text ? write_text(job, path, text) : -1;
    TessDeleteText(text);
    TessBaseAPIClear(api);
    pixDestroy(&pix);
    return rc;
}

static void *work(void *arg)
{
    struct job *job = arg;
    TessBaseAPI *api = TessBaseAPICreate();
    if (TessBaseAPIInit3(api, NULL, "vie") != 0) {
        job->failed++;
        TessBaseAPIDelete(api);
        return NULL;
    }
    TessBaseAPISetPageSegMode(api,
                              PSM_AUTO); /* as the command line; the API's own default is not */
    for (int i; (i = job->next++) < job->file_len;)
        if (read_page(job, api, job->files[i]) < 0) {
            (void)fprintf(stderr, "sohoa-peer-capi: cannot read '%s'\n", job->files[i]);
            job->failed++;
        }
    TessBaseAPIEnd(api);
    TessBaseAPIDelete(api);
    return NULL;
}

int main(int argc, char **argv)
{
    long threads = argc >= 4 ? strtol(argv[1], NULL, 10) : 0;
    pthread_t ids[THREADS_MAX];
    if (threads < 1 || threads > THREADS_MAX) {
        (void)fputs("usage: sohoa-peer-capi THREADS OUT-DIR IMAGE...\n", stderr);
        return EXIT_USAGE;
    }
    struct job job = {.files = argv + 3, .file_len = argc - 3, .out = argv[2]};
    for (long i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, &job) != 0)
            return EXIT_FAILURE;
    for (long i = 0; i < threads; i++)
        (void)pthread_join(ids[i], NULL);
    return job.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
