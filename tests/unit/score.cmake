sohoa_test(score DEPENDS score)
