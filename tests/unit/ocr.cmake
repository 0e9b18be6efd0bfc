sohoa_test(page_text DEPENDS ocr)
sohoa_test(alto DEPENDS ocr LIBS PkgConfig::libxml-2.0)
