/* base/reason.h - why a page or a file could not be taken, in words a clerk understands.
 *
 * The code is what records and JSON keep (stable for decades); the sentence and the advice are what
 * people read, in both languages: a quarantined file carries both. */
#ifndef BASE_REASON_H
#define BASE_REASON_H

/* clang-format off */
/* X(NAME, "code", "what is wrong", "what to do", the same two in Vietnamese) */
#define REASONS(X) \
    X(NONE, "none", \
      "", "", \
      "", "") \
    X(EMPTY, "empty", \
      "the file is empty", "scan it again", \
      "tệp rỗng", "hãy quét lại") \
    X(UNKNOWN_FORMAT, "unknown-format", \
      "this is not a picture or PDF that can be read", "save or scan it as TIFF, JPEG, PNG or PDF", \
      "đây không phải là ảnh hoặc PDF đọc được", "hãy lưu hoặc quét lại ở dạng TIFF, JPEG, PNG hoặc PDF") \
    X(DAMAGED, "damaged", \
      "the file is damaged or incomplete", "scan it again", \
      "tệp bị hỏng hoặc không đầy đủ", "hãy quét lại") \
    X(UNSUPPORTED, "unsupported", \
      "the picture uses a variant that cannot be read", "scan it again with the standard settings", \
      "ảnh dùng một biến thể không đọc được", "hãy quét lại với cài đặt chuẩn") \
    X(ENCRYPTED, "encrypted", \
      "the PDF is protected by a password", "ask for a copy without a password", \
      "tệp PDF được bảo vệ bằng mật khẩu", "hãy xin bản không có mật khẩu") \
    X(NO_PAGES, "no-pages", \
      "the file has no pages", "scan it again", \
      "tệp không có trang nào", "hãy quét lại") \
    X(FILE_TOO_BIG, "file-too-big", \
      "the file is larger than the size limit", "split it or raise the limit", \
      "tệp lớn hơn giới hạn dung lượng", "hãy tách tệp hoặc nâng giới hạn") \
    X(TOO_MANY_PAGES, "too-many-pages", \
      "the file has more pages than the page limit", "split it or raise the limit", \
      "tệp có nhiều trang hơn giới hạn số trang", "hãy tách tệp hoặc nâng giới hạn") \
    X(PIXEL_LIMIT, "pixel-limit", \
      "the picture has more pixels than the pixel limit", "scan it at a lower resolution", \
      "ảnh có nhiều điểm ảnh hơn giới hạn", "hãy quét lại với độ phân giải thấp hơn") \
    X(TIME_LIMIT, "time-limit", \
      "reading the page took longer than the time limit", "scan it again; if that does not help, ask for support", \
      "đọc trang quá giới hạn thời gian", "hãy quét lại; nếu không được, hãy báo bộ phận hỗ trợ") \
    X(MEMORY_LIMIT, "memory-limit", \
      "reading the page needs more memory than the memory limit", "scan it at a lower resolution", \
      "đọc trang cần nhiều bộ nhớ hơn giới hạn", "hãy quét lại với độ phân giải thấp hơn") \
    X(CRASHED, "crashed", \
      "the reader stopped unexpectedly on this page", "scan it again; if that does not help, ask for support", \
      "bộ đọc dừng đột ngột ở trang này", "hãy quét lại; nếu không được, hãy báo bộ phận hỗ trợ") \
    X(TOO_MUCH_TEXT, "too-much-text", \
      "the page gives more text than the text limit", "ask for support", \
      "trang cho nhiều chữ hơn giới hạn", "hãy báo bộ phận hỗ trợ") \
    X(RENDERER, "renderer", \
      "the PDF page could not be drawn", "print it to a new PDF or scan it", \
      "không vẽ được trang PDF", "hãy in lại thành tệp PDF mới hoặc quét lại") \
    X(UNREADABLE_FILE, "unreadable-file", \
      "the file cannot be opened or read", "check the permissions and the medium", \
      "không mở hoặc không đọc được tệp", "hãy kiểm tra quyền truy cập và thiết bị lưu trữ") \
    X(NOT_A_FILE, "not-a-file", \
      "this is not an ordinary file", "remove it from the folder", \
      "đây không phải là tệp thông thường", "hãy bỏ nó ra khỏi thư mục") \
    X(CHANGED, "changed", \
      "the file changed while it was being read", "wait until copying has ended, then try again", \
      "tệp thay đổi trong khi đang được đọc", "hãy chờ sao chép xong rồi thử lại") \
    X(BAD_SIDECAR, "bad-sidecar", \
      "the description of the batch cannot be understood", "correct the line that is named and put the file in again", \
      "không hiểu được tệp mô tả lô quét", "hãy sửa dòng được nêu rồi đặt lại tệp vào thư mục") \
    X(SECRET, "secret", \
      "a page bears a stamp of secrecy: it must not be here", "hand it to who is in charge of state secrets, and delete the copy", \
      "có trang đóng dấu chỉ độ mật: không được xử lý ở đây", "hãy giao cho người phụ trách bảo vệ bí mật nhà nước và xóa bản sao")
/* clang-format on */

enum reason {
#define X(name, code, what, advice, what_vi, advice_vi) REASON_##name,
    REASONS(X)
#undef X
        REASON_COUNT
};

/* None of these returns NULL or fails: a value out of range reads as "none". */
const char *reason_code(enum reason reason); /* "time-limit" */

enum reason_language { REASON_ENGLISH, REASON_VIETNAMESE };
const char *reason_what(enum reason reason, enum reason_language language);
const char *reason_advice(enum reason reason, enum reason_language language);

/* The reason with this code, or REASON_NONE. */
enum reason reason_parse(const char *code);

#endif
