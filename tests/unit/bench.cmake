sohoa_test(bench DEPENDS bench)
sohoa_test(bench_slowdown DEPENDS pipeline)
