/* base/fd.h - owning a file descriptor. */
#ifndef BASE_FD_H
#define BASE_FD_H

/* Closes *fd when it is >= 0 and sets it to -1; keeps errno. Fits CLEANUP(fd_close). */
void fd_close(int *fd);

/* Moves a descriptor out of a variable that has a CLEANUP. */
int fd_take(int *fd);

#endif
