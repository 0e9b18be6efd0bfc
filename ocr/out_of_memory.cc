/* ocr/out_of_memory.cc - the shim: std::set_new_handler has no C name. */
#include "ocr/out_of_memory.h"

#include <new>

extern "C" void on_out_of_memory(void (*leave)(void))
{
    std::set_new_handler(leave);
}
