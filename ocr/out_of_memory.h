/* ocr/out_of_memory.h - hears of it when a C++ library finds no memory (it would abort). */
#ifndef OCR_OUT_OF_MEMORY_H
#define OCR_OUT_OF_MEMORY_H

#ifdef __cplusplus
extern "C" {
#endif

/* `leave` is called when operator new fails and must not return. Process-wide. */
void on_out_of_memory(void (*leave)(void));

#ifdef __cplusplus
}
#endif

#endif
