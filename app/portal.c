/* app/portal.c - a dossier in the JSON of the national public service systems. */
#include "app/portal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/mask.h"
#include "app/package.h"
#include "records/package_xml.h"

#define NAME_BYTES      512
#define WAITS_FOR_CHECK 1 /* TrangThaiSoHoa: nobody there has looked at it */

/* TrangThaiHoSo, by the last step of the dossier. */
static const struct {
    const char *step;
    int status;
} statuses[] = {
    {"arrived", 1},     {"started", 1},      {"received", 2},   {"refused", 3},
    {"transferred", 4}, {"acknowledged", 4}, {"supplement", 5}, {"withdrawn", 7},
    {"stopped", 8},     {"decided", 9},      {"returned", 10},
};

/* A text, cut to the length the field has there; nothing for "". */
static bool put_text(json_t *json, const char *name, const char *text, size_t chars_max)
{
    if (!*text)
        return true;
    char *cut = cut_copy(text, chars_max);
    bool put = cut && json_object_set_new(json, name, json_string(cut)) == 0;
    free(cut);
    return put;
}

static bool put_time(json_t *json, const char *name, const struct happening *item)
{
    char text[PACKAGE_TIME_MAX];
    return !item ||
           json_object_set_new(json, name, json_string(package_time(item->at_ns, text))) == 0;
}

struct giving {
    const struct papers *papers;
    const struct happenings *happenings;
    const struct portal_wish *wish;
    json_t *submitted, *results, *digitised;
};

static void giving_done(struct giving *giving)
{
    json_decref(giving->submitted);
    json_decref(giving->results);
    json_decref(giving->digitised);
}

static const struct component *component_of(const struct giving *giving, const struct paper *paper)
{
    const struct happenings *happenings = giving->happenings;
    for (size_t i = 0; i < happenings->component_len; i++)
        if (digest_equal(&happenings->components[i].document, &paper->id))
            return &happenings->components[i];
    return NULL;
}

/* A paper that was made into a file. */
struct given {
    const struct paper *paper;
    const struct component *component; /* NULL: nobody has said which one it is */
    const char *name, *code, *path;    /* what it is called; its code; of its file, from the JSON */
    struct digest digest;              /* of the file */
    uint64_t bytes;
};

static bool put_file(const struct giving *giving, const struct given *given)
{
    char hex[DIGEST_HEX_LEN + 1];
    const bool result = given->component && given->component->result;
    CLEANUP(json_freep) json_t *json = json_object();
    bool whole = json != NULL;
    digest_hex(&given->digest, hex);
    if (whole && result)
        whole = put_text(json, "TenGiayTo", given->name, 2000) &&
                json_object_set_new(json, "GiayToId", json_string(hex)) == 0 &&
                json_object_set_new(json, "DuongDanTepTinKetQua", json_string(given->path)) == 0;
    else if (whole)
        whole = json_object_set_new(json, "TepDinhKemId", json_string(hex)) == 0 &&
                json_object_set_new(json, "TenTepDinhKem",
                                    json_string(strrchr(given->path, '/') + 1)) == 0 &&
                json_object_set_new(json, "IsDeleted", json_false()) == 0 &&
                json_object_set_new(json, "DuongDanTaiTepTin", json_string(given->path)) == 0;
    return whole &&
           (!given->component || put_text(json, "MaThanhPhanHoSo", given->component->code, 200)) &&
           json_array_append(result ? giving->results : giving->submitted, json) == 0;
}

static bool put_digitised(const struct giving *giving, const struct given *given)
{
    const struct paper *paper = given->paper;
    const struct happening *scanned = happenings_last(giving->happenings, "scanned");
    const char *date = paper_field(paper, "date");
    char time[PACKAGE_TIME_MAX];
    CLEANUP(json_freep)
    json_t *json =
        json_pack("{s:s s:s s:s s:i s:s s:I s:i}", "Ma", given->code, "MaHoSo", giving->wish->code,
                  "ThoiGianSoHoa", package_time(paper->archived_ns, time), "LoaiSoHoa",
                  given->component && given->component->result ? 1 : 0, "DinhKem", given->path,
                  "DungLuong", (json_int_t)given->bytes, "TrangThaiSoHoa", WAITS_FOR_CHECK);
    return json && put_text(json, "Ten", given->name, 2000) &&
           put_text(json, "SoKyHieu", paper_field(paper, "number"), 60) &&
           put_text(json, "MaGiayTo", given->component ? given->component->code : "", 200) &&
           put_text(json, "NguoiSoHoa", scanned ? scanned->by : "", 100) &&
           /* a date of which a part is not known is none there */
           put_text(json, "NgayBanHanh", strstr(date, "-00") ? "" : date, 10) &&
           put_text(json, "TrichYeuNoiDung", paper_field(paper, "abstract"), 1000) &&
           put_text(json, "CoQuanBanHanh", paper_field(paper, "issuer"), 200) &&
           put_text(json, "NguoiKy", paper_field(paper, "signer"), 50) &&
           put_text(json, "MaTTHC", happenings_fact(giving->happenings, FACT_PROCEDURE), 60) &&
           put_text(json, "MaLinhVuc", happenings_fact(giving->happenings, FACT_FIELD), 60) &&
           json_array_append(giving->digitised, json) == 0;
}

static int give_papers(const struct giving *giving, struct bag *bag, struct reading *reading,
                       struct err *err)
{
    const struct papers *papers = giving->papers;
    if (bag_folder(bag, "data/tep", err) < 0)
        return -1;
    for (size_t i = 0; i < papers->len; i++) {
        CLEANUP(bytes_done) struct bytes name = {0};
        char file[NAME_BYTES], code[NAME_BYTES];
        struct given given = {.paper = &papers->items[i],
                              .component = component_of(giving, &papers->items[i]),
                              .code = code,
                              .path = file + strlen("data/")};
        if (papers->items[i].failed == papers->items[i].len)
            continue;
        (void)snprintf(code, sizeof code, "%s.%07zu", giving->wish->file_code, i + 1);
        (void)snprintf(file, sizeof file, "data/tep/%s.%07zu.pdf", giving->wish->file_code, i + 1);
        const struct paper_pdf pdf = {papers, i, file};
        if (package_pdf(bag, reading, &pdf, err) < 0 ||
            bag_measure(bag, file, &given.digest, &given.bytes, err) < 0 ||
            paper_name(given.paper, i + 1, &name, err) < 0)
            return err_wrap(err, "paper %zu", i + 1);
        given.name = (const char *)name.data;
        if (!put_file(giving, &given) || !put_digitised(giving, &given))
            return err_sys(err, "make JSON"); /* UNTESTED: no memory */
    }
    return json_array_size(giving->digitised) > 0
               ? 0
               : err_input(err, REASON_NONE, "none of the pages could be read");
}

static bool put_status(json_t *json, const struct happenings *happenings)
{
    for (size_t i = 0; happenings->status && i < ARRAY_LEN(statuses); i++)
        if (strcmp(statuses[i].step, happenings->status) == 0)
            return json_object_set_new(json, "TrangThaiHoSo", json_integer(statuses[i].status)) ==
                   0;
    return true;
}

int portal_fill(struct bag *bag, struct reading *reading, const struct papers *papers,
                const struct happenings *happenings, const struct portal_wish *wish,
                struct err *err)
{
    CLEANUP(giving_done)
    struct giving giving = {.papers = papers,
                            .happenings = happenings,
                            .wish = wish,
                            .submitted = json_array(),
                            .results = json_array(),
                            .digitised = json_array()};
    CLEANUP(json_freep) json_t *json = json_object();
    CLEANUP(bytes_done) struct bytes out = {0};
    if (!json || !giving.submitted || !giving.results || !giving.digitised)
        return err_sys(err, "make JSON"); /* UNTESTED: no memory */
    if (give_papers(&giving, bag, reading, err) < 0)
        return -1;
    if (!put_text(json, "MaHoSo", wish->code, 50) ||
        !put_text(json, "MaTTHC", happenings_fact(happenings, FACT_PROCEDURE), 60) ||
        !put_text(json, "TenTTHC", happenings_fact(happenings, FACT_PROCEDURE_NAME), 500) ||
        !put_text(json, "MaLinhVuc", happenings_fact(happenings, FACT_FIELD), 60) ||
        !put_text(json, "TenLinhVuc", happenings_fact(happenings, FACT_FIELD_NAME), 500) ||
        !put_text(json, "DonViXuLy", happenings_fact(happenings, FACT_DECIDES), 500) ||
        !put_text(json, "NgayHenTra", happenings_fact(happenings, FACT_DUE), 10) ||
        !put_time(json, "NgayTiepNhan", happenings_last(happenings, "received")) ||
        !put_time(json, "NgayKetThucXuLy", happenings_last(happenings, "decided")) ||
        !put_time(json, "NgayTra", happenings_last(happenings, "returned")) ||
        !put_status(json, happenings) ||
        json_object_set(json, "TaiLieuNop", giving.submitted) != 0 ||
        json_object_set(json, "DanhSachGiayToKetQua", giving.results) != 0 ||
        json_object_set(json, "GiayToSoHoa", giving.digitised) != 0)
        return err_sys(err, "make JSON"); /* UNTESTED: no memory */
    if (json_canonical(json, &out, err) < 0)
        return -1;
    return bag_add(bag, "data/ho-so.json", bytes_span(&out), err);
}
