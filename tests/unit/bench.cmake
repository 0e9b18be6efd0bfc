sohoa_test(bench DEPENDS bench)
sohoa_test(bench_slowdown THREADS DEPENDS pipeline)
