if(NOT SOHOA_THREADS_ONLY)
    add_subdirectory(${CMAKE_CURRENT_SOURCE_DIR}/pages pages)

    sohoa_test(pages DEPENDS pages LIBS PkgConfig::lept PkgConfig::libjpeg PkgConfig::libpng
               PkgConfig::libtiff-4 PkgConfig::libqpdf)

    sohoa_test(separator SECONDS 100 DEPENDS pipeline pages LIBS PkgConfig::lept)

    # The two programs, as a person calls them.
    set(pages_out ${CMAKE_CURRENT_BINARY_DIR}/pages/out)
    add_test(NAME pages_help COMMAND sohoa-pages --help)
    add_test(NAME pages_refuses_zero_files COMMAND sohoa-pages --count 0 --out ${pages_out})
    add_test(NAME pages_makes COMMAND sohoa-pages --set clean --count 1 --seed 1 --dpi 72
                                                  --out ${pages_out})
    add_test(NAME boxes_draws COMMAND sohoa-boxes ${pages_out}/001-notice.tif ${pages_out}/found.png
                                                  100,60,80,12 300,60,200,12)
    add_test(NAME boxes_refuses_a_crooked_box COMMAND sohoa-boxes ${pages_out}/001-notice.tif
                                                      ${pages_out}/none.png 1,2,3)
    set_tests_properties(pages_refuses_zero_files boxes_refuses_a_crooked_box PROPERTIES WILL_FAIL ON)
    set_tests_properties(pages_makes PROPERTIES FIXTURES_SETUP a_page)
    set_tests_properties(boxes_draws boxes_refuses_a_crooked_box PROPERTIES FIXTURES_REQUIRED a_page)
endif()
