sohoa_test(io DEPENDS io)
