#!/usr/bin/env bash
# results.sh ROWS: the table of a run of "make fault" as Markdown; ROWS is what expect() in load.mjs wrote.
set -euo pipefail
cat <<END
# Faults under load

Written by \`make fault\`: $(date -u +%F), $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nginx -v 2>&1 | sed 's/.*: //'), $(mariadbd --version | sed 's/.*Ver \([^ ]*\).*/MariaDB \1/').
Mixed reads and writes through nginx from 8 clients (4 where the database or nginx is the victim), half of the writes with an Idempotency-Key and repeated until
they are acknowledged. *Failed*: answers other than success, by status (torn: the connection ended without one). *Unknown*: not acknowledged, yet stored, as a
client without a key must expect. *Lost*: acknowledged and not stored. *Doubled*: stored more than once.

| fault | what was done | requests | writes acknowledged | failed | repeated | unknown | lost | doubled |
|---|---|---:|---:|---|---:|---:|---:|---:|
END
cat "$1"
