/* tests/pages/letter.c - what an administrative paper says, in the parts Decree 30 gives it. */
#include "tests/pages/letter.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/pages/words.h"

#define KEPT_MAX    256
#define FACTS_MAX   16
#define REDRAWS_MAX 6 /* tries to draw another entry than the last one */

enum stream { STREAM_HEAD, STREAM_BODY, STREAM_CLOSING };

/* A letter and the texts it owns; the letter is first, so that a pointer to it frees both. */
struct letter_box {
    struct letter letter;
    char *kept[KEPT_MAX];
    size_t kept_len;
};

struct office {
    const char *left[LETTER_LEFT_MAX];
    size_t left_bold;
    const char *code;
    const char *name;
    const char *head; /* who decides, in capitals */
    const char *authority[LETTER_AUTHORITY_MAX];
};

static const struct office offices[] = {
    {{"ỦY BAN NHÂN DÂN", "{PLACE}"},
     0,
     "UBND",
     "Ủy ban nhân dân {place}",
     "CHỦ TỊCH ỦY BAN NHÂN DÂN {PLACE}",
     {"TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"}},
    {{"ỦY BAN NHÂN DÂN", "TỈNH {PROVINCE}", "SỞ NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"},
     2,
     "SNNMT",
     "Sở Nông nghiệp và Môi trường",
     "GIÁM ĐỐC SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG",
     {"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"}},
    {{"ỦY BAN NHÂN DÂN", "{PLACE}", "TRUNG TÂM PHỤC VỤ", "HÀNH CHÍNH CÔNG"},
     2,
     "TTPVHCC",
     "Trung tâm Phục vụ hành chính công {place}",
     "GIÁM ĐỐC TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
     {"GIÁM ĐỐC"}},
};

static const struct column work_columns[] = {
    {0.09, false}, {0.37, true}, {0.18, false}, {0.18, false}, {0.18, false}};
static const struct column paper_columns[] = {
    {0.09, false}, {0.55, true}, {0.18, false}, {0.18, false}};

/* The first error sticks; everything said after it is empty, so that callers need not look. */
struct maker {
    struct letter_box *box;
    struct letter *letter;
    struct prng prng;
    struct fact facts[FACTS_MAX];
    size_t facts_len;
    const char *last; /* what was said last */
    struct err *err;
    bool failed;
};

static const char *keep(struct maker *maker, struct bytes *text)
{
    struct letter_box *box = maker->box;
    CLEANUP(bytes_done) struct bytes nfc = {0};
    if (maker->failed || text_nfc(bytes_span(text), &nfc, maker->err) < 0 ||
        bytes_append(&nfc, span_of("", 1), maker->err) < 0) {
        maker->failed = true;
        return "";
    }
    if (box->kept_len == KEPT_MAX) {
        /* UNTESTED: the longest letter keeps half as many texts */
        err_set(maker->err, ERR_INPUT, "a letter has more than %d texts", KEPT_MAX);
        maker->failed = true;
        return "";
    }
    char *kept = (char *)nfc.data;
    nfc = (struct bytes){0};
    box->kept[box->kept_len++] = kept;
    return kept;
}

static const char *say(struct maker *maker, const char *template)
{
    const char *said = "";
    for (int i = 0; i < REDRAWS_MAX; i++) {
        CLEANUP(bytes_done) struct bytes text = {0};
        const struct facts facts = {maker->facts, maker->facts_len};
        if (words_grow(&maker->prng, &facts, template, &text, maker->err) < 0)
            maker->failed = true;
        said = keep(maker, &text);
        if (!maker->last || strcmp(said, maker->last) != 0 || !strchr(template, '{'))
            break;
    }
    maker->last = said;
    return said;
}

static void learn(struct maker *maker, const char *name, const char *template)
{
    assert(maker->facts_len < FACTS_MAX);
    const char *value = say(maker, template);
    maker->facts[maker->facts_len++] = (struct fact){name, value};
}

static void learn_capitals(struct maker *maker, const char *name, const char *template)
{
    CLEANUP(bytes_done) struct bytes capitals = {0};
    assert(maker->facts_len < FACTS_MAX);
    if (words_capitals(say(maker, template), &capitals, maker->err) < 0)
        maker->failed = true; /* UNTESTED: what was said is UTF-8 */
    maker->facts[maker->facts_len++] = (struct fact){name, keep(maker, &capitals)};
}

static void add_block(struct maker *maker, enum block_style style, const char *template)
{
    struct letter *letter = maker->letter;
    assert(letter->blocks_len < LETTER_BLOCKS_MAX);
    const char *text = say(maker, template);
    letter->blocks[letter->blocks_len++] = (struct block){.style = style, .text = text};
}

static void add_table(struct maker *maker, const struct column *columns, size_t len,
                      const char *template)
{
    add_block(maker, BLOCK_TABLE, template);
    struct block *table = &maker->letter->blocks[maker->letter->blocks_len - 1];
    table->columns = columns;
    table->columns_len = len;
}

/* The same template with the number in front, which is not drawn but counted. */
static void add_numbered(struct maker *maker, const char *before, unsigned number,
                         const char *template)
{
    CLEANUP(bytes_done) struct bytes text = {0};
    if (bytes_printf(&text, maker->err, "%s%u. %s", before, number, template) < 0 ||
        bytes_append(&text, span_of("", 1), maker->err) < 0)
        maker->failed = true; /* UNTESTED: no memory */
    else
        add_block(maker, BLOCK_BODY, (const char *)text.data);
}

static void decide(struct maker *maker, unsigned paragraphs)
{
    add_block(maker, BLOCK_CENTRE, "{head}");
    for (unsigned i = 0; i < 3; i++)
        add_block(maker, BLOCK_BODY, "<i>Căn cứ {law};</i>");
    add_block(maker, BLOCK_BODY,
              "<i>Theo đề nghị của {division} tại Tờ trình số "
              "{12-190}/TTr-{code} {date}.</i>");
    add_block(maker, BLOCK_CENTRE, "QUYẾT ĐỊNH:");
    for (unsigned i = 1; i <= paragraphs; i++)
        add_numbered(maker, "<b>Điều ", i, "</b>{sentence} {sentence}");
    add_numbered(maker, "<b>Điều ", paragraphs + 1,
                 "</b>Quyết định này có hiệu lực kể từ ngày ký. Thủ trưởng các đơn vị, {division} "
                 "và cá nhân có liên quan chịu trách nhiệm thi hành Quyết định này./.");
}

static void notify(struct maker *maker, unsigned paragraphs)
{
    add_block(maker, BLOCK_BODY, "Thực hiện {law}; {issuer} thông báo về việc {about} như sau:");
    for (unsigned i = 1; i <= paragraphs; i++)
        add_numbered(maker, "", i, "{sentence} {sentence}");
    add_block(maker, BLOCK_BODY,
              "Vậy, {issuer} thông báo để các đơn vị và {group} biết, thực hiện./.");
}

static void write_to(struct maker *maker, unsigned paragraphs)
{
    add_block(maker, BLOCK_BODY,
              "{issuer} nhận được văn bản số {12-990}/{code}-VX {date} của {division} về việc "
              "{about}. Sau khi nghiên cứu, {issuer} có ý kiến như sau:");
    for (unsigned i = 0; i < paragraphs; i++)
        add_block(maker, BLOCK_BODY, "{sentence} {sentence}");
    add_block(maker, BLOCK_BODY, "Kính đề nghị quý cơ quan quan tâm, phối hợp thực hiện./.");
}

static void add_work_table(struct maker *maker)
{
    CLEANUP(bytes_done) struct bytes rows = {0};
    static const char *const field[] = {"Đất đai",  "Hộ tịch",    "Chứng thực",
                                        "Xây dựng", "Môi trường", "Bảo trợ xã hội"};
    int rc = bytes_printf(&rows, maker->err, "STT\tLĩnh vực\tTiếp nhận\tGiải quyết\tTỷ lệ (%%)\n");
    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(field); i++)
        rc = bytes_printf(&rows, maker->err, "%02zu\t%s\t{412-980}\t{212-410}\t{51-98},{10-97}\n",
                          i + 1, field[i]);
    if (rc < 0 || bytes_append(&rows, span_of("", 1), maker->err) < 0)
        maker->failed = true; /* UNTESTED: no memory */
    else
        add_table(maker, work_columns, ARRAY_LEN(work_columns), (const char *)rows.data);
}

static void report(struct maker *maker, unsigned paragraphs)
{
    add_block(maker, BLOCK_BODY, "Thực hiện {law}, {issuer} báo cáo về việc {about} như sau:");
    add_block(maker, BLOCK_BODY, "<b>I. KẾT QUẢ THỰC HIỆN</b>");
    add_block(maker, BLOCK_BODY, "Số liệu hồ sơ trong kỳ được tổng hợp tại bảng sau:");
    add_work_table(maker);
    for (unsigned i = 1; i <= paragraphs; i++) {
        if (i == paragraphs / 2 + 1)
            add_block(maker, BLOCK_BODY, "<b>II. KHÓ KHĂN, VƯỚNG MẮC VÀ PHƯƠNG HƯỚNG</b>");
        add_numbered(maker, "", i, "{sentence} {sentence}");
    }
    add_block(maker, BLOCK_BODY, "Trên đây là báo cáo của {issuer}./.");
}

static void minute(struct maker *maker, unsigned paragraphs)
{
    add_block(
        maker, BLOCK_BODY,
        "Vào lúc {13-16} giờ {10-55} phút {today}, tại trụ sở {issuer} đã diễn ra cuộc họp về "
        "việc {about}.");
    add_block(maker, BLOCK_BODY, "<b>I. Thành phần tham dự</b>");
    add_block(maker, BLOCK_BODY, "1. Đồng chí {signer} - Chủ trì;");
    add_block(maker, BLOCK_BODY, "2. Đồng chí {clerk} - Thư ký;");
    add_block(maker, BLOCK_BODY, "3. Đại diện {division} và {division}.");
    add_block(maker, BLOCK_BODY, "<b>II. Nội dung</b>");
    for (unsigned i = 1; i <= paragraphs; i++)
        add_numbered(maker, "", i, "Ý kiến của đồng chí {person}: {sentence} {sentence}");
    add_block(maker, BLOCK_BODY,
              "Cuộc họp kết thúc vào hồi {17-18} giờ {10-55} phút cùng ngày. Biên bản được lập "
              "thành {02-04} bản có giá trị pháp lý như nhau./.");
}

static void receive(struct maker *maker, unsigned paragraphs)
{
    add_block(maker, BLOCK_PLAIN, "<b>Mã hồ sơ: H{10-63}.{11-45}-26{10-12}{10-28}-0{101-987}</b>");
    add_block(maker, BLOCK_BODY, "{issuer} tiếp nhận hồ sơ của ông (bà): {clerk}");
    add_block(maker, BLOCK_BODY, "Địa chỉ: Thôn {given} {given}, {place}, tỉnh {province}");
    add_block(maker, BLOCK_BODY, "Số điện thoại: 09{10-99}.{100-999}.{100-999}");
    add_block(maker, BLOCK_BODY, "Nội dung yêu cầu giải quyết: Thủ tục thuộc lĩnh vực {field}.");
    add_block(maker, BLOCK_BODY, "Thành phần hồ sơ nộp gồm:");
    add_table(maker, paper_columns, ARRAY_LEN(paper_columns),
              "STT\tTên giấy tờ\tBản chính\tBản sao\n01\t{item}\t01\t{02-05}\n"
              "02\t{item}\t01\t01\n03\t{item}\t01\t{02-03}\n");
    for (unsigned i = 0; i < paragraphs; i++)
        add_block(maker, BLOCK_BODY, "{sentence}");
    add_block(maker, BLOCK_BODY, "Thời gian nhận hồ sơ: {08-10} giờ {10-59} phút, {today}.");
    add_block(maker, BLOCK_BODY, "Thời gian trả kết quả: sau {03-20} ngày làm việc.");
}

struct genre {
    const char *name;   /* for file names */
    const char *number; /* template */
    const char *title;
    const char *abstract;
    void (*fill)(struct maker *maker, unsigned paragraphs);
};

static const struct genre genres[LETTER_KINDS] = {
    [LETTER_DECISION] = {"decision", "Số: {101-2980}/QĐ-{code}", "QUYẾT ĐỊNH", "Về việc {about}",
                         decide},
    [LETTER_NOTICE] = {"notice", "Số: {12-298}/TB-{code}", "THÔNG BÁO", "Về việc {about}", notify},
    [LETTER_OFFICIAL] = {"official", "Số: {101-1980}/{code}-VX", NULL, NULL, write_to},
    [LETTER_REPORT] = {"report", "Số: {12-298}/BC-{code}", "BÁO CÁO", "Về việc {about}", report},
    [LETTER_MINUTES] = {"minutes", "Số: {02-48}/BB-{code}", "BIÊN BẢN", "Họp về việc {about}",
                        minute},
    [LETTER_RECEIPT] = {"receipt", "Số: {1012-9870}/TNHS", "GIẤY TIẾP NHẬN HỒ SƠ",
                        "VÀ HẸN TRẢ KẾT QUẢ", receive},
};

static void make_head(struct maker *maker, const struct office *office)
{
    struct letter *letter = maker->letter;
    const struct genre *genre = &genres[letter->kind];

    for (size_t i = 0; i < LETTER_LEFT_MAX && office->left[i]; i++)
        letter->left[letter->left_len++] = say(maker, office->left[i]);
    letter->left_bold = office->left_bold;
    letter->number = say(maker, genre->number);
    letter->place_date = say(maker, "{place_name}, {today}");
    if (genre->title) {
        letter->title = say(maker, genre->title);
        letter->abstract = say(maker, genre->abstract);
    }
    if (letter->kind == LETTER_OFFICIAL) {
        letter->about = say(maker, "V/v {about}");
        letter->addressees_len = prng_range(&maker->prng, 1, LETTER_ADDRESSEES_MAX);
        for (size_t i = 0; i < letter->addressees_len; i++)
            letter->addressees[i] = say(maker, "{division}");
    }
}

static void make_closing(struct maker *maker, const struct office *office)
{
    struct letter *letter = maker->letter;
    bool two = letter->kind == LETTER_MINUTES || letter->kind == LETTER_RECEIPT;

    letter->signer = say(maker, "{signer}");
    letter->seal = say(maker, "{SEAL}");
    if (two) {
        bool minutes = letter->kind == LETTER_MINUTES;
        letter->recipients[letter->recipients_len++] = minutes ? "THƯ KÝ" : "NGƯỜI NỘP HỒ SƠ";
        letter->left_signer = say(maker, "{clerk}");
        letter->authority[letter->authority_len++] = minutes ? "CHỦ TRÌ" : "NGƯỜI TIẾP NHẬN";
        return;
    }
    letter->recipients[letter->recipients_len++] = "Nơi nhận:";
    letter->recipients[letter->recipients_len++] =
        letter->kind == LETTER_DECISION ? "- Như Điều 1;" : "- Như trên;";
    letter->recipients[letter->recipients_len++] = say(maker, "- {division};");
    if (prng_below(&maker->prng, 2))
        letter->recipients[letter->recipients_len++] = say(maker, "- Sở Tư pháp (để phối hợp);");
    letter->recipients[letter->recipients_len++] = say(maker, "- Lưu: VT, VX.");
    for (size_t i = 0; i < LETTER_AUTHORITY_MAX && office->authority[i]; i++)
        letter->authority[letter->authority_len++] = office->authority[i];
}

/* The letter is written after everything it quotes: quoted dates are of the year before. */
static void learn_today(struct maker *maker)
{
    char date[64];
    uint32_t day = prng_range(&maker->prng, 1, 28);
    uint32_t month = prng_range(&maker->prng, 1, 12);
    (void)snprintf(date, sizeof date, "ngày %02" PRIu32 " tháng %s%" PRIu32 " năm 2026", day,
                   month <= 2 ? "0" : "", month);
    learn(maker, "today", date);
}

static void learn_facts(struct maker *maker, const struct office *office)
{
    bool ward = prng_below(&maker->prng, 3) == 0;
    learn(maker, "place_name", "{commune_name}");
    learn(maker, "place", ward ? "phường {place_name}" : "xã {place_name}");
    learn(maker, "province", "{province_name}");
    learn_capitals(maker, "PLACE", "{place}");
    learn_capitals(maker, "PROVINCE", "{province}");
    learn(maker, "issuer", office->name);
    learn(maker, "code", office->code);
    learn(maker, "head", office->head);
}

static void make(struct maker *maker, uint64_t seed, unsigned paragraphs)
{
    const struct office *office;
    struct letter *letter = maker->letter;

    maker->prng = prng_of(seed, STREAM_HEAD);
    office = &offices[prng_below(&maker->prng, ARRAY_LEN(offices))];
    learn_facts(maker, office);
    learn_capitals(maker, "SEAL", "{issuer} * {province} *");
    learn_today(maker);
    learn(maker, "about", "{matter}");
    learn(maker, "signer", "{person}");
    learn(maker, "clerk", "{person}");
    make_head(maker, office);
    maker->prng = prng_of(seed, STREAM_BODY);
    genres[letter->kind].fill(maker, paragraphs);
    maker->prng = prng_of(seed, STREAM_CLOSING);
    make_closing(maker, office);
}

struct letter *letter_new(enum letter_kind kind, uint64_t seed, unsigned paragraphs,
                          struct err *err)
{
    assert(kind < LETTER_KINDS && paragraphs >= 1 && paragraphs <= LETTER_PARAGRAPHS_MAX);
    struct letter_box *box = calloc(1, sizeof *box);
    if (!box) {
        err_sys(err, "make a letter"); /* UNTESTED: no memory */
        return NULL;
    }
    struct maker maker = {.box = box, .letter = &box->letter, .err = err};
    box->letter.kind = kind;
    make(&maker, seed, paragraphs);
    if (maker.failed) {
        /* UNTESTED: the templates are ours and hold */
        letter_free(&box->letter);
        return NULL;
    }
    return &box->letter;
}

void letter_free(struct letter *letter)
{
    struct letter_box *box = (struct letter_box *)letter;
    if (!box)
        return;
    for (size_t i = 0; i < box->kept_len; i++)
        free(box->kept[i]);
    free(box);
}

void letter_freep(struct letter **letter)
{
    letter_free(*letter);
    *letter = NULL;
}

const char *letter_kind_name(enum letter_kind kind)
{
    assert(kind < LETTER_KINDS);
    return genres[kind].name;
}
