sohoa_test(object DEPENDS storage)
sohoa_test(segment DEPENDS storage)
sohoa_test(archive DEPENDS storage)
