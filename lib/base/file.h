/**
 * file.h: files that are there whole or not at all, also after a power cut.
 */
#ifndef ALMONER_BASE_FILE_H
#define ALMONER_BASE_FILE_H

#include "base/status.h"
#include "base/str.h"

/**
 * file_store(folder, name, bytes): ${bytes} as ${folder}/${name}, readable by owner and group;
 * missing folders are made, with the group's way in. It is written beside, synced and renamed; the
 * folder is synced too. STATUS_UNAVAILABLE (logged) when it can't be: disk full, no right.
 */
enum status file_store(const char *folder, const char *name, struct str bytes);

#endif
