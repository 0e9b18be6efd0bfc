sohoa_test(alto DEPENDS ocr LIBS PkgConfig::libxml-2.0)
if(SOHOA_DRAWS)
    sohoa_test(ocr_reader DEPENDS ocr image score
               LIBS PkgConfig::lept PkgConfig::pangocairo PkgConfig::libseccomp)
endif()
sohoa_test(network DEPENDS ocr)
sohoa_test(ocr_unrotate DEPENDS ocr image LIBS PkgConfig::lept)
sohoa_test(reading_order DEPENDS ocr)
sohoa_test(page_text DEPENDS ocr)
