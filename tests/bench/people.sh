#!/usr/bin/env bash
# people.sh: lists of many people and the question who may supervise what, by the module's own clock (us of its log lines: from the accepted
# request to the written answer). Prints a Markdown table; the committed one is PEOPLE.md.
#
#   ROWS=100000 (people; three credentials a faculty member)  ASKED=1000 (requests a line)  KEEP=1 (leaves the folder)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
export BUILD=${BUILD:-$root/build} ROWS=${ROWS:-100000} ASKED=${ASKED:-1000}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/almoner-bench.XXXXXX")
export VAR=$scratch/var HTTP_PORT=${HTTP_PORT:-18080} HTTPS_PORT=${HTTPS_PORT:-18443} ALMONER_PROFILE=test RATE_LIMIT_SCALE=100000
export ARGON2_MEMORY=8192 ARGON2_PASSES=1 ACCESS_LOG=off BASE_URL=http://127.0.0.1:$HTTP_PORT CTL=$BUILD/almonerctl

finish() {
        cgi-bin/ctl/stack.sh stop >/dev/null 2>&1 || true
        if [ -n "${KEEP-}" ]; then echo "Kept: $scratch" >&2; else rm -rf "$scratch"; fi
}
trap finish EXIT
cgi-bin/ctl/stack.sh start >&2
node tests/bench/people_load.mjs
