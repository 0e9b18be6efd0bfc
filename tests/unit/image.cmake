sohoa_test(image DEPENDS image base LIBS PkgConfig::lept)
sohoa_test(paper DEPENDS image base LIBS PkgConfig::lept m)
sohoa_test(scan DEPENDS image base
           LIBS PkgConfig::lept PkgConfig::libtiff-4 PkgConfig::libjpeg PkgConfig::libpng)
sohoa_test(scan_pdf DEPENDS image base LIBS PkgConfig::lept PkgConfig::libtiff-4 PkgConfig::libjpeg)
sohoa_test(scan_real SECONDS 15 DEPENDS image base LIBS PkgConfig::lept)
sohoa_test(pdf_font DEPENDS image base LIBS m)
sohoa_test(embed DEPENDS image base LIBS PkgConfig::lept PkgConfig::libjpeg PkgConfig::libpng)
sohoa_test(pdf_writer DEPENDS image base LIBS PkgConfig::lept PkgConfig::libqpdf)
