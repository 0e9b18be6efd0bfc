sohoa_test(bench DEPENDS bench)
