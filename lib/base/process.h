/**
 * process.h: what every long-lived program does at its start.
 */
#ifndef ALMONER_BASE_PROCESS_H
#define ALMONER_BASE_PROCESS_H

/** process_stop_fd(): block the signals that would end or wake the process, before any thread, and
 * return a descriptor that becomes readable at SIGTERM or SIGINT; -1 when the system refuses. Who
 * never reads it has it readable for every thread. */
int process_stop_fd(void);

/** process_tell_ready(): write the byte that READY_FD asks for, once; nothing without it. */
void process_tell_ready(void);

#endif
