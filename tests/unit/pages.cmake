add_subdirectory(${CMAKE_CURRENT_SOURCE_DIR}/pages pages)

sohoa_test(pages DEPENDS pages LIBS PkgConfig::lept PkgConfig::libjpeg PkgConfig::libpng
           PkgConfig::libtiff-4 PkgConfig::libqpdf)

# The program, as a person calls it.
set(pages_out ${CMAKE_CURRENT_BINARY_DIR}/pages/out)
add_test(NAME pages_help COMMAND sohoa-pages --help)
add_test(NAME pages_refuses_zero_files COMMAND sohoa-pages --count 0 --out ${pages_out})
add_test(NAME pages_makes COMMAND sohoa-pages --set clean --count 1 --seed 1 --dpi 72
                                              --out ${pages_out})
set_tests_properties(pages_refuses_zero_files PROPERTIES WILL_FAIL ON)
