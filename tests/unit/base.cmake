sohoa_test(base DEPENDS base)
sohoa_test(text DEPENDS base)
sohoa_test(sign DEPENDS base)
sohoa_test(seal DEPENDS base)
