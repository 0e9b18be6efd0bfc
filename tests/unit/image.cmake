sohoa_test(image DEPENDS image base LIBS PkgConfig::lept)
