/* tests/fuzz/fuzz_sidecar.c - what may stand in a hot folder and is called a sidecar. It is taken
 * with everything within its limits, or refused with a line there is. */
#include <string.h>

#include "base/text.h"
#include "records/document_record.h"
#include "records/dossier_code.h"
#include "records/sidecar.h"
#include "tests/fuzz/fuzz.h"

#define NAME "b.json"

static void check_complaint(const struct err *err, size_t lines)
{
    char *end = NULL;
    must(err->kind == ERR_INPUT);
    must(strncmp(err->text, NAME ":", sizeof NAME) == 0);
    const unsigned long line = strtoul(err->text + sizeof NAME, &end, 10);
    must(line >= 1 && line <= lines && end[0] == ':' && end[1] == ' ' && end[2] != '\0');
}

static void check_text(const char *text, size_t chars_min, size_t chars_max)
{
    const struct span span = span_of_text(text);
    must(text_plain(span) && text_count(span) >= chars_min && text_count(span) <= chars_max);
}

static void check_name(const char *name)
{
    check_text(name, 1, SIDECAR_PATH_BYTES_MAX);
    must(name[0] != '/' && name[strlen(name) - 1] != '/');
    must(strcmp(name, "..") != 0 && strncmp(name, "../", 3) != 0 && !strstr(name, "/../"));
    must(strlen(name) < 3 || strcmp(name + strlen(name) - 3, "/..") != 0);
}

static void check_document(const struct sidecar_document *document, size_t lines)
{
    check_text(document->title, 0, DOCUMENT_TITLE_CHARS);
    must(!document->dossier[0] || dossier_code_formal(document->dossier));
    must(!document->dossier[0] || dossier_code_plain(document->dossier));
    must(document->file_len >= 1 && document->sheets <= DOCUMENT_SHEETS_MAX);
    must(document->collate == SIDECAR_COLLATE_NONE || document->file_len == 2);
    must(document->line >= 1 && document->line <= lines);
    for (uint32_t i = 0; i < document->file_len; i++)
        check_name(document->files[i]);
}

static void check_sidecar(const struct sidecar *sidecar, size_t lines)
{
    size_t files = 0;
    check_text(sidecar->batch, 1, DOCUMENT_BATCH_CHARS);
    check_text(sidecar->station, 1, SIDECAR_STATION_CHARS);
    check_text(sidecar->operator_id, 0, SIDECAR_OPERATOR_CHARS);
    must(sidecar->document_len >= 1 && sidecar->document_len <= SIDECAR_DOCUMENTS_MAX);
    for (uint32_t i = 0; i < sidecar->document_len; i++) {
        check_document(&sidecar->documents[i], lines);
        files += sidecar->documents[i].file_len;
    }
    must(files <= SIDECAR_FILES_MAX);
    for (size_t i = 0; i < files; i++)
        for (size_t k = 0; k < i; k++)
            must(strcmp(sidecar->files[i], sidecar->files[k]) != 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEANUP(sidecar_done) struct sidecar sidecar = {.json = NULL};
    struct err err = {0};
    size_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += data[i] == '\n';
    if (sidecar_parse(span_of(data, len), NAME, &sidecar, &err) == 0)
        check_sidecar(&sidecar, lines);
    else
        check_complaint(&err, lines);
    return 0;
}
