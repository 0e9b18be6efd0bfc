sohoa_test(stages DEPENDS pipeline)
sohoa_test(pool DEPENDS pipeline)
sohoa_test(worklist DEPENDS pipeline)
sohoa_test(commit_queue DEPENDS pipeline)
