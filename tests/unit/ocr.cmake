sohoa_test(page_text DEPENDS ocr)
