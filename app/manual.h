/* app/manual.h - help, version and manual page: one text for all. */
#ifndef APP_MANUAL_H
#define APP_MANUAL_H

void print_overview(void);
int print_version(void);
int print_manual(void); /* sohoa(1) in man(7) form, made from the same texts as --help */

#endif
