/* ocr/tesseract_library.c - loads Tesseract. */
#include "ocr/tesseract_library.h"

#include <dlfcn.h>

#define LIBRARY "libtesseract.so.5"
#define PACKAGE "tesseract-ocr"

int tesseract_library_load(struct tesseract_library *ret_library, struct err *err)
{
    struct tesseract_library library;
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        return err_set(err, ERR_SYSTEM, "tesseract cannot be loaded: install the package %s (%s)",
                       PACKAGE, dlerror()); /* NOLINT(concurrency-mt-unsafe): is per thread */
#define LOOK_UP(name)                                                                              \
    *(void **)&library.name = dlsym(handle, #name);                                                \
    if (!library.name)                                                                             \
        return err_set(err, ERR_SYSTEM, "%s has no %s", LIBRARY, #name); /* UNTESTED: all have */
    TESSERACT_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
    *(void **)&library.omp_set_max_active_levels = dlsym(handle, "omp_set_max_active_levels");
    *ret_library = library;
    return 0;
}
