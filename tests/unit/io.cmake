sohoa_test(io THREADS DEPENDS io)
