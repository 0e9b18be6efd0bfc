sohoa_test(records DEPENDS records)
