/* The two system call filters of a plugin's process; each answers 0 or an errno value. */
#ifndef CASEWORK_FILTER_H
#define CASEWORK_FILTER_H

int casework_filter_loading(void);
int casework_filter_serving(void);

#endif
