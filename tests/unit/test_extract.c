/* tests/unit/test_extract.c - what the rules of configs/fields find on pages set by hand, and what
 * rules and pages may not do. */
#include "records/extract.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/test.h"

#define WIDTH  2480
#define HEIGHT 3508
#define LINE   50 /* pixels high */
#define LETTER 22 /* wide */
#define RULES  SOHOA_SOURCE_DIR "/configs/fields"

/* A line set by hand: its middle in percent of the page, its text. A word between two '~' is not
 * sure, one between two '^' nearly. */
struct set_line {
    int x, y;
    const char *text;
};

static void set_word(struct page_text *text, int *x, int y, const char *word, size_t len)
{
    struct err err = {0};
    bool marked = len > 2 && (word[0] == '~' || word[0] == '^');
    float confidence = !marked ? 99 : word[0] == '~' ? 60 : 88;
    struct span chars = marked ? span_of(word + 1, len - 2) : span_of(word, len);
    int width = (int)len * LETTER;
    assert_ok(page_text_word(text, (struct text_box){*x, y, width, LINE}, confidence, chars, &err),
              err);
    *x += width + LETTER;
}

static void set_page(struct page_text *text, const struct set_line lines[], size_t n)
{
    struct err err = {0};
    for (size_t i = 0; i < n; i++) {
        int width = (int)strlen(lines[i].text) * LETTER;
        int x = lines[i].x * WIDTH / 100 - width / 2, y = lines[i].y * HEIGHT / 100;
        struct text_box box = {x, y, width, LINE};
        assert_ok(page_text_block(text, box, &err), err);
        assert_ok(page_text_line(text, box, &err), err);
        for (const char *c = lines[i].text; *c;) {
            size_t len = strcspn(c, " ");
            set_word(text, &x, y, c, len);
            c += len + (c[len] == ' ');
        }
    }
}

static struct extract_rules *load(const char *dir)
{
    struct err err = {0};
    struct extract_rules *rules = extract_rules_load(dir, &err);
    assert_ok_ptr(rules, err);
    return rules;
}

static void find(const struct set_line lines[], size_t n, struct page_fields *fields)
{
    struct err err = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(extract_rules_freep) struct extract_rules *rules = load(RULES);
    set_page(&text, lines, n);
    assert_ok(extract_page(rules, &text, WIDTH, HEIGHT, fields, &err), err);
}

static void assert_field(const struct page_fields *fields, const char *name, const char *want)
{
    const struct field *field = page_fields_get(fields, name);
    if (!want) {
        if (field)
            fail_msg("%s is '%s'", name, field->value);
        return;
    }
    if (!field)
        fail_msg("%s was not found", name);
    assert_string_equal(field->value, want);
}

#define FIND(lines, fields)                                                                        \
    CLEANUP(page_fields_done) struct page_fields fields = {.items = NULL};                         \
    find(lines, ARRAY_LEN(lines), &fields)

static void a_decision(void **state)
{
    (void)state;
    static const struct set_line lines[] = {
        {30, 8, "UBND TỈNH PHÚ THỌ"},
        {30, 10, "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"},
        {70, 8, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"},
        {70, 10, "Độc lập - Tự do - Hạnh phúc"},
        {30, 14, "Số: 0123 /QD-SNNMT"},
        {70, 14, "Phú Thọ, ngày 05 tháng 4 năm 2026"},
        {50, 20, "QUYẾT ĐỊNH"},
        {50, 22, "Về việc giao đất cho hộ gia đình"},
        {50, 24, "GIÁM ĐỐC SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"},
        {50, 28, "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;"},
        {70, 70, "KT. GIÁM ĐỐC"},
        {70, 72, "PHÓ GIÁM ĐỐC"},
        {70, 82, "Đặng Thị Thu Hà"},
        {20, 70, "Nơi nhận:"},
        {20, 72, "- Như Điều 3;"},
        {20, 74, "- Lưu: VT."},
    };
    FIND(lines, fields);
    assert_field(&fields, "type", "Quyết định");
    assert_field(&fields, "number", "0123/QĐ-SNNMT");
    assert_field(&fields, "symbol", "QĐ-SNNMT");
    assert_field(&fields, "date", "2026-04-05");
    assert_field(&fields, "place", "Phú Thọ");
    assert_field(&fields, "issuer", "Sở Nông nghiệp và Môi trường");
    assert_field(&fields, "parent", "UBND tỉnh Phú Thọ");
    assert_field(&fields, "abstract", "Về việc giao đất cho hộ gia đình");
    assert_field(&fields, "signer", "Đặng Thị Thu Hà");
    assert_field(&fields, "capacity", "KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC");
    assert_field(&fields, "recipients", "Như Điều 3; - Lưu: VT");
    assert_field(&fields, "secrecy", NULL);
    const struct field *number = page_fields_get(&fields, "number");
    assert_string_equal(number->rule, "decree30/number");
    assert_true(number->confidence == 99 && number->w > 0 && number->y == 14 * HEIGHT / 100);
}

static void an_official_letter_of_a_commune(void **state)
{
    (void)state;
    static const struct set_line lines[] = {
        {30, 8, "ỦY BAN NHÂN DÂN"}, {30, 10, "XÃ HOÀ TIẾN"},
        {30, 14, "Số: 77/UBND-VX"}, {30, 16, "V/v xác nhận nơi cư trú của"},
        {30, 18, "hộ gia đình"},    {70, 14, "Hòa Tiến, ngày ... tháng 5 năm 2026"},
        {20, 24, "HỎA TỐC"},        {50, 28, "Kính gửi: Ủy ban nhân dân thành phố Đà Nẵng."},
    };
    FIND(lines, fields);
    assert_field(&fields, "type", "Công văn");
    assert_field(&fields, "number", "77/UBND-VX");
    assert_field(&fields, "date", "2026-05-00"); /* the day is still to be written in */
    assert_field(&fields, "issuer", "Ủy ban nhân dân xã Hoà Tiến");
    assert_field(&fields, "parent", NULL);
    assert_field(&fields, "abstract", "Xác nhận nơi cư trú của hộ gia đình");
    assert_field(&fields, "urgency", "Hỏa tốc");
}

/* Numbers written in by hand are read as anything. A wrong value is worse than none. */
static void what_is_unsure_is_not_believed(void **state)
{
    (void)state;
    static const struct set_line lines[] = {
        {30, 8, "CHÍNH PHỦ"},
        {30, 14, "Số: ~445~ /NQ-CP"},
        {70, 14, "Hà Nội, ngày ~13~ tháng 4 năm 2026"},
        {50, 20, "NGHỊ QUYẾT"},
    };
    FIND(lines, fields);
    assert_field(&fields, "number", NULL);
    assert_field(&fields, "date", NULL);
    assert_field(&fields, "symbol", "NQ-CP");
    assert_field(&fields, "issuer", "Chính phủ");
}

static void what_only_looks_like_one_is_none(void **state)
{
    (void)state;
    static const struct set_line lines[] = {
        {50, 30, "Theo Quyết định số 12/QĐ-UBND, ngày 05 tháng 4 năm 2025 của tỉnh"},
        {50, 40, "người có mật khẩu không được khẩn cấp"},
        {70, 60, "Bộ trưởng Bộ Nội vụ"},
        {70, 62, "Nguyễn Văn An"}, /* under no line of capitals */
        {70, 80, "TM. ỦY BAN NHÂN DÂN"},
        {70, 84, "Chủ tịch đã ký"},   /* no name */
        {70, 86, "Xin Vui Lòng Chờ"}, /* nobody is called so */
        {50, 90, "Ngày 31 tháng 13 năm 2026"},
    };
    FIND(lines, fields);
    static const char *const none[] = {"number", "date",    "type",    "issuer",
                                       "signer", "urgency", "secrecy", "abstract"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_field(&fields, none[i], NULL);
}

static const struct one_case {
    const char *why, *text, *field, *want;
} ones[] = {
    {"secrecy", "TUYỆT MẬT", "secrecy", "Tuyệt mật"},
    {"a dossier, the older form", "Mã hồ sơ: 000.00.12.H57-250705-0001", "dossier",
     "000.00.12.H57-250705-0001"},
    {"a dossier, the newer form", "Mã: H57.12-250705-0001.", "dossier", "H57.12-250705-0001"},
    {"a procedure", "Thủ tục: Đăng ký khai sinh (1.001193.000.00.00.H57)", "procedure",
     "1.001193.000.00.00.H57"},
    {"a personal id", "Số định danh cá nhân: 046090012345", "person_id", "046090012345"},
    {"of a province there never was", "Số định danh: 047090012345", "person_id", NULL},
    {"of a century nobody lives in", "Số định danh: 046990012345", "person_id", NULL},
    {"a longer number", "Số tài khoản: 0460900123456", "person_id", NULL},
    {"a tax code", "Mã số thuế: 0100109106", "tax_code", "0100109106"},
    {"a tax code of a branch", "MST: 0100109106-001", "tax_code", "0100109106-001"},
    {"one whose check does not fit", "Mã số thuế: 0100109107", "tax_code", NULL},
    {"money", "Lệ phí: 8.000 đồng", "money", "8000"},
    {"money that is no fee", "Kinh phí thực hiện là 88.915.000 đồng", "money", NULL},
    {"validity", "Giấy này có giá trị 6 tháng kể từ ngày cấp", "validity", "6 tháng"},
};

static void is_found_by_itself(void **state)
{
    const struct one_case *c = *state;
    const struct set_line lines[] = {{50, 30, c->text}};
    FIND(lines, fields);
    assert_field(&fields, c->field, c->want);
}

#define MOTTO                                                                                      \
    {                                                                                              \
        70, 8, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"                                     \
    }

static const struct page_case {
    const char *why;
    struct set_line lines[7];
    const char *field, *want;
} pages[] = {
    /* Numbers: by hand they stand apart from their symbol, and are read as anything. */
    {"a number printed with its symbol may be less sure",
     {{30, 14, "Số: ^1452/QĐ-UBND^"}},
     "number",
     "1452/QĐ-UBND"},
    {"a speck behind it is no part of it",
     {{30, 14, "Số: ^07/BB-SNNMT.^"}},
     "number",
     "07/BB-SNNMT"},
    {"one that stands apart may not", {{30, 14, "Số: ^445^ /NQ-CP"}}, "number", NULL},
    {"letters beside what was written may be less sure",
     {{30, 14, "Số: 707 ^/QĐ-TTg^"}},
     "number",
     "707/QĐ-TTg"},
    {"but not unsure", {{30, 14, "Số: 707 ~/QĐ-TTg~"}}, "number", NULL},
    {"one that is not sure may not", {{30, 14, "Số: ~1452/QĐ-UBND~"}}, "number", NULL},
    {"a number of the Party", {{30, 14, "Số: 12-QĐ/TW"}}, "number", "12-QĐ/TW"},
    {"a letter of a symbol misread", {{30, 14, "Số: 52/TTy-NHNN"}}, "number", "52/TTr-NHNN"},
    /* Dates and places. */
    {"half a day is no day", {{70, 14, "Hà Nội, ngày ‡3 tháng 4 năm 2026"}}, "date", NULL},
    {"today is no place", {{60, 14, "Hôm nay, ngày 19 tháng 9 năm 2026"}}, "place", NULL},
    {"nor has it a date of issue", {{60, 14, "Hôm nay, ngày 19 tháng 9 năm 2026"}}, "date", NULL},
    /* Abstracts. */
    {"a paragraph ends the abstract",
     {{50, 20, "BÁO CÁO"},
      {50, 22, "Về việc giao đất cho hộ gia đình"},
      {53, 23, "Việc giao đất phải đúng luật"}},
     "abstract",
     "Về việc giao đất cho hộ gia đình"},
    {"a line centred below goes on with it",
     {{50, 20, "BÁO CÁO"}, {50, 22, "Về việc giao đất cho"}, {51, 23, "hộ gia đình"}},
     "abstract",
     "Về việc giao đất cho hộ gia đình"},
    {"a paragraph ends the abstract of a letter",
     {{28, 14, "Số: 3/UBND-VX"},
      {28, 16, "V/v giao đất cho hộ"},
      {24, 17, "gia đình"},
      {47, 18, "Nhận được văn bản số 273 của Văn phòng về việc giao đất"}},
     "abstract",
     "Giao đất cho hộ gia đình"},
    {"a page that goes on has none",
     {{50, 20, "Hướng dẫn, giải quyết, đồng thời tổng hợp báo cáo"}},
     "abstract",
     NULL},
    {"below the head there is one",
     {MOTTO, {50, 20, "Hướng dẫn giải quyết hồ sơ"}},
     "abstract",
     "Hướng dẫn giải quyết hồ sơ"},
    {"one in capitals would be cut",
     {MOTTO, {50, 20, "QUY ĐỊNH QUẢN LÝ ĐẦU TƯ"}, {50, 21, "NGUỒN VỐN"}},
     "abstract",
     NULL},
    {"what it names keeps its quotes",
     {{50, 20, "KẾ HOẠCH"}, {50, 22, "Tổ chức “Festival 2026”"}},
     "abstract",
     "Tổ chức “Festival 2026”"},
    {"a dash has blanks on both sides or on none",
     {{50, 20, "KẾ HOẠCH"},
      {50, 22, "Giai đoạn 1998 -2025 của Thông tư số 18/2025/TT-"},
      {50, 23, "BCT về kinh tế- xã hội và mã A-B"}},
     "abstract",
     "Giai đoạn 1998 - 2025 của Thông tư số 18/2025/TT-BCT về kinh tế - xã hội và mã A-B"},
    /* Organisations. */
    {"a name goes on in the line below",
     {{30, 8, "ỦY BAN THƯỜNG VỤ"}, {30, 10, "QUỐC HỘI"}, {30, 14, "Số: 3/NQ-UBTVQH"}},
     "issuer",
     "Ủy ban Thường vụ Quốc hội"},
    {"a number without its symbol has an issuer above",
     {{30, 8, "CHÍNH PHỦ"}, {30, 14, "Số:173"}},
     "issuer",
     "Chính phủ"},
    {"specks are no part of a name",
     {{30, 8, "ỦY BAN NHÂN DÂN."}, {30, 10, "-PHƯỜNG MỸ AN"}, {30, 14, "Số: 3/QĐ-UBND"}},
     "issuer",
     "Ủy ban nhân dân phường Mỹ An"},
    {"nor of what a name begins with",
     {{30, 8, "ỦY BAN NHÂN DÂN"},
      {30, 9, "XÃ MỸ AN"},
      {30, 10, "_TRUNG TÂM PHỤC VỤ"},
      {30, 11, "HÀNH CHÍNH CÔNG"},
      {30, 14, "Số: 3/QĐ-TTPVHCC"}},
     "issuer",
     "Trung tâm Phục vụ hành chính công"},
    {"a dash may be one",
     {{30, 8, "BỘ LAO ĐỘNG -"}, {30, 10, "THƯƠNG BINH VÀ XÃ HỘI"}, {30, 14, "Số: 3/QĐ-BX"}},
     "issuer",
     "Bộ Lao động - Thương binh và Xã hội"},
    {"a province has its own letters",
     {{30, 8, "ỦY BAN NHÂN DẦN"}, {30, 10, "TĨNH THÁNH HÓA"}, {30, 14, "Số: 3/QĐ-UBND"}},
     "issuer",
     "Ủy ban nhân dân tỉnh Thanh Hóa"},
    {"a commune keeps those that were read",
     {{30, 8, "ỦY BAN NHÂN DÂN"}, {30, 10, "XÃ THẠNH HÒA"}, {30, 14, "Số: 3/QĐ-UBND"}},
     "issuer",
     "Ủy ban nhân dân xã Thạnh Hòa"},
    {"only its first words have capitals",
     {{30, 8, "BAN QUẢN LÝ DỰ ÁN"}, {30, 10, "TỈNH NGHỆ AN"}, {30, 14, "Số: 3/QĐ-BQL"}},
     "issuer",
     "Ban Quản lý dự án tỉnh Nghệ An"},
    /* Who signs. */
    {"a rank is no part of a name",
     {{70, 70, "GIÁM ĐỐC"}, {70, 80, "Đại tá Lê Minh An"}},
     "signer",
     "Lê Minh An"},
    {"a surname is written in one way",
     {{70, 70, "GIÁM ĐỐC"}, {70, 80, "Đỉnh Công Mạnh"}},
     "signer",
     "Đinh Công Mạnh"},
    {"where there are two it is not known",
     {{70, 70, "GIÁM ĐỐC"}, {70, 80, "Hạ Công Mạnh"}},
     "signer",
     "Hạ Công Mạnh"},
    {"a scrawl is no office",
     {{70, 70, "KT. THỦ TƯỚNG"}, {70, 72, "PHÓ THỦ TƯỚNG"}, {70, 74, "tO"}},
     "capacity",
     "KT. THỦ TƯỚNG PHÓ THỦ TƯỚNG"},
    /* Kinds. */
    {"a letter is known by its symbol", {{30, 14, "Số: 3/UBND-VX"}}, "type", "Công văn"},
    {"a report too", {{30, 14, "Số: 3/BC-UBND"}}, "type", "Báo cáo"},
    {"a title may take two lines",
     {{50, 20, "GIẤY TIẾP NHẬN HỒ SƠ"}, {50, 22, "VÀ HẸN TRẢ KẾT QUẢ"}},
     "type",
     "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"},
};

static void is_read_so(void **state)
{
    const struct page_case *c = *state;
    size_t n = 0;
    while (n < ARRAY_LEN(c->lines) && c->lines[n].text)
        n++;
    CLEANUP(page_fields_done) struct page_fields fields = {.items = NULL};
    find(c->lines, n, &fields);
    assert_field(&fields, c->field, c->want);
}

/* --- hostile pages and rules --- */

static void a_page_of_anything_is_borne(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_fields_done) struct page_fields fields = {.items = NULL};
    CLEANUP(extract_rules_freep) struct extract_rules *rules = load(RULES);
    static const char *const words[] = {"Số:",
                                        "1/",
                                        "QĐ-",
                                        "ngày",
                                        "V/v",
                                        "046090012345",
                                        "\xf0\x9f\x98\x80",
                                        "ẤẤẤẤẤẤẤẤẤẤẤẤẤẤẤẤ",
                                        "KT.",
                                        "-----------------------------"};
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        struct text_box box = {(int32_t)(seed >> 8) - 8000000, (int32_t)(seed >> 20), INT16_MAX, 9};
        if (i % 11 == 0) {
            assert_ok(page_text_block(&text, box, &err), err);
            assert_ok(page_text_line(&text, box, &err), err);
        }
        assert_ok(page_text_word(&text, box, (float)(seed % 101),
                                 span_of_text(words[(seed >> 16) % ARRAY_LEN(words)]), &err),
                  err);
    }
    assert_ok(extract_page(rules, &text, 1, UINT16_MAX, &fields, &err), err);
    assert_true(fields.len <= FIELDS_MAX);
    page_fields_done(&fields);
    CLEANUP(page_text_done) struct page_text nothing = {0};
    assert_ok(extract_page(rules, &nothing, 0, 0, &fields, &err), err);
    assert_int_equal(fields.len, 0);
}

/* A folder with one file of rules. */
static char *write_rules(const char *yaml)
{
    char *dir = test_dir_make(), *path = NULL;
    assert_true(asprintf(&path, "%s/x.yaml", dir) > 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
    return dir;
}

/* It would match, after a quarter of a million steps. */
static void a_pattern_that_blows_up_finds_nothing(void **state)
{
    (void)state;
    struct err err = {0};
    char *dir = write_rules(
        "name: x\nrules:\n  - {field: money, name: bomb, pattern: '^(?:a?){18}a{18}$'}\n"
        "  - {field: place, name: calm, pattern: '^a'}\n");
    struct extract_rules *rules = load(dir);
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(page_fields_done) struct page_fields fields = {.items = NULL};
    static const struct set_line lines[] = {{50, 50, "aaaaaaaaaaaaaaaaaa"}};
    set_page(&text, lines, 1);
    assert_ok(extract_page(rules, &text, WIDTH, HEIGHT, &fields, &err), err);
    assert_field(&fields, "money", NULL);
    assert_non_null(page_fields_get(&fields, "place"));
    extract_rules_freep(&rules);
    test_dir_remove(dir);
}

static const struct bad_rules {
    const char *yaml, *says;
} bad[] = {
    {"name: x\nrules:\n  - {field: a, name: b, pattern: '('}\n", "rule x/b: at "},
    {"name: x\nrules:\n  - {field: a, name: b}\n", "needs a pattern or a list"},
    {"name: x\nrules:\n  - {field: a, name: b, list: none}\n", "no such list"},
    {"name: x\nrules:\n  - {field: a, name: b, pattern: a, form: haiku}\n", "no such form"},
    {"name: x\nrules:\n  - {field: a, name: b, pattern: a, take: all}\n", "line, next or above"},
    {"name: x\nrules:\n  - {field: a, name: b, pattern: a, left: 101}\n", "in percent"},
    {"name: x\nrules:\n  - {field: a, name: b, pattern: a, middle: 101}\n", "in percent"},
    {"name: x\nrules:\n  - {field: A1, name: b, pattern: a}\n", "named by letters"},
    {"name: x\nrules:\n  - {field: a, name: b, pattern: a, form: item}\n", "has a value"},
    {"name: x\nrules:\n  - {field: a, name: b, pattern: a, lef: 3}\n", "lef"},
    {"rules: []\n", "name"},
};

static void bad_rules_are_told(void **state)
{
    const struct bad_rules *c = *state;
    struct err err = {0};
    char *dir = write_rules(c->yaml);
    CLEANUP(extract_rules_freep) struct extract_rules *rules = extract_rules_load(dir, &err);
    assert_null(rules);
    assert_int_equal(err.kind, ERR_INPUT);
    if (!strstr(err.text, c->says))
        fail_msg("'%s' does not say '%s'", err.text, c->says);
    test_dir_remove(dir);
}

int main(void)
{
    struct CMUnitTest tests[6 + ARRAY_LEN(ones) + ARRAY_LEN(pages) + ARRAY_LEN(bad)] = {
        cmocka_unit_test(a_decision),
        cmocka_unit_test(an_official_letter_of_a_commune),
        cmocka_unit_test(what_is_unsure_is_not_believed),
        cmocka_unit_test(what_only_looks_like_one_is_none),
        cmocka_unit_test(a_page_of_anything_is_borne),
        cmocka_unit_test(a_pattern_that_blows_up_finds_nothing),
    };
    struct CMUnitTest *test = &tests[6];
    for (size_t i = 0; i < ARRAY_LEN(ones); i++)
        *test++ = (struct CMUnitTest){ones[i].why, is_found_by_itself, NULL, NULL,
                                      (void *)(uintptr_t)&ones[i]};
    for (size_t i = 0; i < ARRAY_LEN(pages); i++)
        *test++ =
            (struct CMUnitTest){pages[i].why, is_read_so, NULL, NULL, (void *)(uintptr_t)&pages[i]};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        *test++ = (struct CMUnitTest){bad[i].says, bad_rules_are_told, NULL, NULL,
                                      (void *)(uintptr_t)&bad[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
