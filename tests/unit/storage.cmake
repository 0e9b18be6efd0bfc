sohoa_test(object DEPENDS storage)
sohoa_test(segment DEPENDS storage)
sohoa_test(archive DEPENDS storage)
sohoa_test(catalogue DEPENDS storage LIBS PkgConfig::sqlite3)
