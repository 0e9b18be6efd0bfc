/* tests/pages/words.c - invented Vietnamese administrative sentences, grown from templates. */
#include "tests/pages/words.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define DEPTH_MAX    5  /* templates within templates */
#define NAME_MAX_LEN 32 /* of a {name} */

static const char *const family[] = {"Nguyễn", "Trần", "Lê",   "Phạm",  "Hoàng", "Huỳnh", "Phan",
                                     "Vũ",     "Võ",   "Đặng", "Bùi",   "Đỗ",    "Hồ",    "Ngô",
                                     "Dương",  "Lý",   "Đinh", "Trịnh", "Lương", "Mai"};
static const char *const middle[] = {"Văn",   "Thị",  "Đức",  "Hữu",    "Minh", "Quốc", "Thanh",
                                     "Ngọc",  "Xuân", "Công", "Đình",   "Bích", "Kim",  "Hồng",
                                     "Quang", "Thế",  "Mỹ",   "Phương", "Tuấn", "Gia"};
static const char *const given[] = {"An",   "Bình",  "Cường", "Dũng",  "Đạt",   "Giang", "Hà",
                                    "Hải",  "Hạnh",  "Hiếu",  "Hòa",   "Huệ",   "Hưng",  "Khánh",
                                    "Lan",  "Linh",  "Lộc",   "Mạnh",  "Nghĩa", "Nhung", "Phúc",
                                    "Quý",  "Sơn",   "Thảo",  "Thắng", "Thủy",  "Tiến",  "Tuyết",
                                    "Uyên", "Vượng", "Yến",   "Khuê",  "Ngân",  "Tường", "Quỳnh"};
static const char *const person[] = {"{family} {middle} {given}"};

static const char *const commune_first[] = {"An",   "Bình", "Đông", "Hòa",   "Long",
                                            "Mỹ",   "Phú",  "Tân",  "Thạnh", "Vĩnh",
                                            "Xuân", "Yên",  "Hưng", "Phước", "Trường"};
static const char *const commune_second[] = {"Lộc Thượng", "Khê Hạ",   "Thủy Đông", "Điền Nghĩa",
                                             "Sơn Hữu",    "Ngãi Đức", "Trạch Hậu", "Quế Lĩnh",
                                             "Giang Tả",   "Cẩm Đoài", "Hội Ước",   "Lưỡng Hà"};
static const char *const commune_name[] = {"{commune_first} {commune_second}"};
static const char *const province_name[] = {"Bắc Hải Lĩnh",  "Nam Trường Sa Giang", "Đông Thượng",
                                            "Tây Quế Sơn",   "Phú Khánh Hòa Bình",  "Lam Giang",
                                            "Hoài Đức Thủy", "Vĩnh Yên Hưng"};

static const char *const law[] = {
    "Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025",
    "Luật Lưu trữ ngày 21 tháng 6 năm 2024",
    "Luật Giao dịch điện tử ngày 22 tháng 6 năm 2023",
    "Luật Ngân sách nhà nước ngày 25 tháng 6 năm 2015",
    "Luật Đất đai ngày 18 tháng 01 năm 2024",
    "Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành "
    "chính theo cơ chế một cửa, một cửa liên thông",
    "Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư",
    "Nghị quyết số {12-90}/NQ-HĐND {date} của Hội đồng nhân dân {place} về nhiệm vụ phát triển "
    "kinh tế - xã hội năm 2026",
    "Quyết định số {101-980}/QĐ-UBND {date} của Ủy ban nhân dân tỉnh {province} về việc phê duyệt "
    "kế hoạch cải cách hành chính",
};
static const char *const field[] = {"đất đai",
                                    "hộ tịch",
                                    "chứng thực",
                                    "bảo trợ xã hội",
                                    "xây dựng",
                                    "môi trường",
                                    "đăng ký kinh doanh",
                                    "người có công",
                                    "nuôi trồng thủy sản",
                                    "giáo dục"};
static const char *const division[] = {"Phòng Kinh tế",
                                       "Phòng Văn hóa - Xã hội",
                                       "Văn phòng Đảng ủy",
                                       "Trung tâm Phục vụ hành chính công",
                                       "Ban Chỉ huy Quân sự",
                                       "Công an {place}",
                                       "Trạm Y tế",
                                       "Bưu điện {place}",
                                       "Văn phòng Ủy ban nhân dân"};
static const char *const group[] = {"các hộ gia đình thuộc diện nghèo, cận nghèo",
                                    "người cao tuổi và người khuyết tật",
                                    "tổ chức, cá nhân đến giao dịch",
                                    "các hộ kinh doanh trên địa bàn",
                                    "trưởng thôn, tổ trưởng tổ dân phố",
                                    "cán bộ, công chức và người lao động"};
static const char *const matter[] = {
    "số hóa hồ sơ, giấy tờ và kết quả giải quyết thủ tục hành chính",
    "kiện toàn Tổ công nghệ số cộng đồng năm 2026",
    "tiếp nhận hồ sơ và trả kết quả không phụ thuộc địa giới hành chính",
    "rà soát, chỉnh lý tài liệu lưu trữ giai đoạn 1998 - 2025",
    "hỗ trợ {group} sửa chữa nhà ở trước mùa mưa lũ",
    "phòng, chống dịch tả lợn châu Phi và bệnh dại trên đàn vật nuôi",
    "cải tạo, nâng cấp tuyến đường liên thôn và hệ thống thủy lợi nội đồng",
    "tuyên truyền, hướng dẫn nộp hồ sơ trực tuyến trong lĩnh vực {field}",
    "phê duyệt danh mục thủ tục hành chính lĩnh vực {field}",
    "công khai mức thu phí, lệ phí lĩnh vực {field}"};
static const char *const duty[] = {
    "chủ trì, phối hợp với {division} tổ chức thực hiện đúng tiến độ",
    "bố trí đủ nhân lực, máy quét và đường truyền tại quầy tiếp nhận",
    "niêm yết công khai thủ tục, thời hạn giải quyết và mức phí tại trụ sở",
    "kiểm tra, đối chiếu bản giấy với bản điện tử trước khi ký số",
    "báo cáo kết quả bằng văn bản trước ngày {10-25} hằng tháng",
    "hướng dẫn {group} thực hiện đầy đủ quyền và nghĩa vụ",
    "bảo đảm an toàn thông tin và bảo vệ dữ liệu cá nhân theo quy định",
    "cập nhật dữ liệu lên Hệ thống thông tin giải quyết thủ tục hành chính"};
static const char *const sentence[] = {
    "Trong {02-11} tháng qua, {division} đã tiếp nhận {112-980} hồ sơ thuộc lĩnh vực {field}, "
    "trong "
    "đó {71-99} phần trăm được giải quyết trước hoặc đúng hạn.",
    "Kinh phí thực hiện là {21-340}.{100-999}.000 đồng, được bố trí từ nguồn ngân sách địa phương "
    "và "
    "các nguồn huy động hợp pháp khác.",
    "Giao {division} {duty}; kịp thời đề xuất giải pháp tháo gỡ khó khăn, vướng mắc phát sinh.",
    "Đề nghị {division} {duty}, đồng thời gửi kết quả về {division} để tổng hợp.",
    "Việc quét, nhận dạng và lưu trữ phải giữ nguyên từng trang của bản gốc, kể cả mặt sau có ghi "
    "chú; không được bỏ sót hoặc thay đổi thứ tự.",
    "Những trường hợp thiếu giấy tờ thì người tiếp nhận lập phiếu yêu cầu bổ sung, ghi rõ lý do và "
    "chỉ hướng dẫn một lần.",
    "Tỷ lệ hồ sơ nộp trực tuyến đạt {51-96} phần trăm, tăng {02-19} phần trăm so với cùng kỳ; thời "
    "gian chờ bình quân của {group} không quá {10-30} phút.",
    "Tuy nhiên, ở một số thôn xa trung tâm, đường truyền còn chập chờn, nhiều người chưa quen sử "
    "dụng "
    "dịch vụ công trực tuyến.",
    "Khi mưa lớn kéo dài, các lực lượng xung kích phải trực đủ quân số, sẵn sàng sơ tán {group} ra "
    "khỏi khu vực có nguy cơ sạt lở.",
    "Tài liệu hết giá trị chỉ được tiêu hủy sau khi Hội đồng xác định giá trị tài liệu họp, lập "
    "biên "
    "bản và người có thẩm quyền phê duyệt.",
    "Các ý kiến phản ánh, kiến nghị của {group} được ghi vào sổ theo dõi và trả lời trong thời hạn "
    "{03-15} ngày làm việc.",
    "Thực hiện {law}, {place} đã ban hành kế hoạch và phân công nhiệm vụ cụ thể cho từng đơn vị.",
    "{division} có trách nhiệm {duty} và {duty}.",
    "Kết quả rà soát cho thấy còn {12-86} hộp tài liệu chưa được chỉnh lý, tương đương {03-28} mét "
    "giá, chủ yếu thuộc lĩnh vực {field}.",
    "Ưu tiên xử lý trước những hồ sơ có thời hạn sử dụng lâu dài, hồ sơ liên quan đến quyền lợi "
    "của "
    "{group}.",
    "Nguồn thu phí, lệ phí trong kỳ là {12-96}.{100-999}.000 đồng, đã nộp đầy đủ vào Kho bạc Nhà "
    "nước "
    "khu vực {03-18}.",
    "Người được phân công phải giữ gìn bí mật, không cung cấp giấy tờ của công dân cho bên thứ ba "
    "khi "
    "chưa được phép.",
    "Mọi chi tiết vướng mắc xin liên hệ {division}, số điện thoại 02{30-99}.3{100-999}.{100-999}."};
static const char *const item[] = {"Đơn đề nghị (theo mẫu)",    "Giấy chứng nhận quyền sử dụng đất",
                                   "Trích lục khai sinh",       "Hợp đồng ủy quyền",
                                   "Giấy xác nhận cư trú",      "Bản vẽ hiện trạng",
                                   "Tờ khai lệ phí trước bạ",   "Phiếu thẩm định",
                                   "Biên bản bàn giao mốc giới"};

struct list {
    const char *name;
    const char *const *items;
    size_t len;
};

#define LIST(name)                                                                                 \
    {                                                                                              \
#name, name, ARRAY_LEN(name)                                                               \
    }
static const struct list lists[] = {
    LIST(family),        LIST(middle),         LIST(given),        LIST(person),
    LIST(commune_first), LIST(commune_second), LIST(commune_name), LIST(province_name),
    LIST(law),           LIST(field),          LIST(division),     LIST(group),
    LIST(matter),        LIST(duty),           LIST(sentence),     LIST(item)};

struct growth {
    struct prng *prng;
    const struct facts *facts;
    struct bytes *out;
    struct err *err;
};

static int grow(const struct growth *growth, const char *template, int depth);

/* The decree: a day below 10 and the months 1 and 2 have a zero in front, other months have not. */
static int add_date(const struct growth *growth)
{
    uint32_t day = prng_range(growth->prng, 1, 28);
    uint32_t month = prng_range(growth->prng, 1, 12);
    return bytes_printf(growth->out, growth->err, "ngày %02" PRIu32 " tháng %s%" PRIu32 " năm 2025",
                        day, month <= 2 ? "0" : "", month);
}

static bool add_number(const struct growth *growth, const char *name, int *ret_rc)
{
    unsigned low, high;
    char rest;
    if (sscanf(name, "%u-%u%c", &low, &high, &rest) != 2 || low > high)
        return false;
    *ret_rc =
        bytes_printf(growth->out, growth->err, "%02" PRIu32, prng_range(growth->prng, low, high));
    return true;
}

static int grow_name(const struct growth *growth, const char *name, int depth)
{
    int rc;
    for (size_t i = 0; i < growth->facts->len; i++)
        if (strcmp(growth->facts->list[i].name, name) == 0)
            return bytes_append(growth->out, span_of_text(growth->facts->list[i].value),
                                growth->err);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (strcmp(lists[i].name, name) == 0)
            return grow(growth, lists[i].items[prng_below(growth->prng, (uint32_t)lists[i].len)],
                        depth + 1);
    if (strcmp(name, "date") == 0)
        return add_date(growth);
    if (add_number(growth, name, &rc))
        return rc;
    return err_set(growth->err, ERR_INPUT, "no words for '{%s}'", name);
}

static int grow(const struct growth *growth, const char *template, int depth)
{
    if (depth > DEPTH_MAX)
        return err_set(growth->err, ERR_INPUT, "templates nest deeper than %d", DEPTH_MAX);
    while (*template) {
        size_t plain = strcspn(template, "{");
        if (bytes_append(growth->out, span_of(template, plain), growth->err) < 0)
            return -1;
        template += plain;
        if (*template == '\0')
            break;
        size_t len = strcspn(template, "}") - 1;
        char name[NAME_MAX_LEN];
        if (template[len + 1] != '}' || len >= sizeof name)
            return err_set(growth->err, ERR_INPUT, "no end of name in '%s'", template);
        memcpy(name, template + 1, len);
        name[len] = '\0';
        if (grow_name(growth, name, depth) < 0)
            return -1;
        template += len + 2;
    }
    return 0;
}

int words_grow(struct prng *prng, const struct facts *facts, const char *template,
               struct bytes *out, struct err *err)
{
    const struct growth growth = {prng, facts, out, err};
    return grow(&growth, template, 0);
}

int words_capitals(const char *text, struct bytes *out, struct err *err)
{
    struct span left = span_of_text(text);
    while (left.len > 0) {
        utf8proc_int32_t letter;
        utf8proc_ssize_t len = utf8proc_iterate(left.data, (utf8proc_ssize_t)left.len, &letter);
        if (len <= 0)
            return err_set(err, ERR_INPUT, "text is not UTF-8");
        uint8_t utf8[4];
        utf8proc_ssize_t put = utf8proc_encode_char(utf8proc_toupper(letter), utf8);
        if (bytes_append(out, span_of(utf8, (size_t)put), err) < 0)
            return -1;
        left = span_of(left.data + len, left.len - (size_t)len);
    }
    return 0;
}
