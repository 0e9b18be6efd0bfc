sohoa_test(records DEPENDS records)
sohoa_test(document DEPENDS records)
sohoa_test(search DEPENDS records)
sohoa_test(index DEPENDS records)
