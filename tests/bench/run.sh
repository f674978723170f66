#!/usr/bin/env bash
# run.sh: make bench: ours beside limits and peers, all over one private database of its own, on ports of its own; writes RESULTS.md.
# Everything it starts ends with it. About 12 minutes.
#
#   BENCH_SECONDS=2       a run    BENCH_ROUNDS=3  of each, interleaved
#   BENCH_ROWS=1000000    the largest of three tenants; the others have a tenth and a hundredth
#   BENCH_RESULTS=FILE    instead of RESULTS.md    BENCH_ONLY=REGEX  only cases whose name matches: a trial, prints them   KEEP=1
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
export BUILD=${BUILD:-$root/build} PATH=$PATH:/usr/sbin:/sbin
read -r LOAD_BEFORE _ </proc/loadavg
scratch=$(mktemp -d "${TMPDIR:-/tmp}/almoner-bench.XXXXXX")
chmod 755 "$scratch"
export LOAD_BEFORE SCRATCH=$scratch VAR=$scratch/var CTL=$BUILD/almonerctl
export BENCH_SECONDS=${BENCH_SECONDS:-2} BENCH_ROUNDS=${BENCH_ROUNDS:-3} BENCH_ROWS=${BENCH_ROWS:-1000000} BENCH_RESULTS=${BENCH_RESULTS:-$root/tests/bench/RESULTS.md}

free_ports() {
        python3 - <<'PY'
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(16)]
print(*[s.getsockname()[1] for s in held])
PY
}

finish() {
        cgi-bin/ctl/stack.sh stop >/dev/null 2>&1 || true
        if [ -n "${KEEP-}" ]; then echo "Kept: $scratch" >&2; else rm -rf "$scratch"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

read -r HTTP_PORT HTTPS_PORT PORTS < <(free_ports)
export HTTP_PORT HTTPS_PORT PORTS BASE_URL=http://127.0.0.1:$HTTP_PORT

for limit in hello best raw; do
        # shellcheck disable=SC2046
        gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread $(pkg-config --cflags libmariadb) "tests/bench/limits/$limit.c" -o "$scratch/$limit" \
                $(pkg-config --libs libmariadb) -lfcgi
done
HOME=$scratch GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$scratch/go go build -o "$scratch/go-peer" tests/bench/peers/main.go
rm -rf "$scratch/go"

# As a user runs it, with room for the data, and rates that one client may exceed.
DB_MEMORY=${DB_MEMORY:-2G} RATE_LIMIT_SCALE=1000000 cgi-bin/ctl/stack.sh start >&2
node tests/bench/bench.mjs
