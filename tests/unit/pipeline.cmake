sohoa_test(stages DEPENDS pipeline)
sohoa_test(doubt DEPENDS pipeline LIBS m)
sohoa_test(recognise DEPENDS pipeline LIBS PkgConfig::lept)
sohoa_test(pool DEPENDS pipeline)
sohoa_test(worklist DEPENDS pipeline)
sohoa_test(commit_queue DEPENDS pipeline)
sohoa_test(cell_wire DEPENDS pipeline)
sohoa_test(walk DEPENDS pipeline)
sohoa_test(source DEPENDS pipeline)
sohoa_test(quarantine DEPENDS pipeline SOURCES unit/fault_io.c)
sohoa_test(cell DEPENDS pipeline LIBS PkgConfig::libtiff-4 PkgConfig::lept)
sohoa_test(pipeline DEPENDS pipeline LIBS PkgConfig::libtiff-4
           -Wl,--wrap=archive_commit,--wrap=index_catch_up,--wrap=quarantine_put)

# Whoever is not woken waits for ever: a hang is a failure, and told in minutes.
set_tests_properties(pool worklist commit_queue cell PROPERTIES TIMEOUT 300)
set_tests_properties(pipeline PROPERTIES TIMEOUT 900)
sohoa_test(hot_folder DEPENDS pipeline)
sohoa_test(notify DEPENDS pipeline SOURCES ${CMAKE_SOURCE_DIR}/app/notify.c)
