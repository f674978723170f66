#!/usr/bin/env bash
# push.sh: how fast a committed event reaches everybody, what a connection costs, how far the relay lags behind; beside node's ws and nchan
# under the same listeners. Prints a Markdown page; the committed one is PUSH.md. The servers run on core 0, the load on the others.
#
#   LISTENERS=5000  SECONDS_EACH=10  ROUNDS=5 (the middle one counts)  KEEP=1 (leaves the folder)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
export BUILD=${BUILD:-$root/build}
LISTENERS=${LISTENERS:-5000} SECONDS_EACH=${SECONDS_EACH:-10} ROUNDS=${ROUNDS:-5}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/almoner-bench.XXXXXX")
chmod 755 "$scratch"
export VAR=$scratch/var HTTP_PORT=${HTTP_PORT:-18080} HTTPS_PORT=${HTTPS_PORT:-18443} ALMONER_PROFILE=test RATE_LIMIT_SCALE=0
export CORS_ORIGINS=https://partner.example ADMIN_EMAIL=admin@almoner.local ADMIN_PASSWORD=Admin-of-the-bench-1 DB_MEMORY=512M ACCESS_LOG=off PUSH_USER_MAX=100000
export EDGE_WORKERS=1 EDGE_WORKER_CONNECTIONS=16000 EDGE_CONNECTIONS=60000
peers=''

finish() {
        # shellcheck disable=SC2086 # several numbers
        [ -z "$peers" ] || kill $peers 2>/dev/null || true
        cgi-bin/ctl/stack.sh stop >/dev/null 2>&1 || true
        if [ -n "${KEEP-}" ]; then echo "Kept: $scratch" >&2; else rm -rf "$scratch"; fi
}
trap finish EXIT
say() { printf '%s\n' "$*" >&2; }

# pss PID...: kilobytes of memory, shared pages divided among who shares them
pss() {
        local pid
        for pid in "$@"; do awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"; done | awk '{ n += $1 } END { print n }'
}

# ticks PID...: processor time used so far, in hundredths of a second
ticks() {
        local pid
        for pid in "$@"; do sed 's/.*) //' "/proc/$pid/stat"; done | awk '{ n += $12 + $13 } END { print n }'
}

# host: hundredths of a second of all processors: all of them, and those that the machine's host took away
host() { awk '/^cpu / { n = 0; for (i = 2; i <= 9; i++) n += $i; print n, $9 }' /proc/stat; }

pushd_pid() { "$BUILD/almonerctl" status | sed -n 's/^pushd.*pid \([0-9]*\).*/\1/p'; }
edge_workers() { pgrep -P "$(cat "$VAR/run/nginx.pid")"; }

# load ADDRESS PATH HEADER PUBLISH LISTENERS WRITERS RATE SECONDS
load() {
        exec taskset -c 1 "$scratch/push_load" "$1" "$2" "$3" "$4" "$VAR/run/mariadb.sock" "$VAR/run/doorbell.sock" "$tenant" "$5" "$6" "$7" "$8" "$pad"
}

# run NAME PIDS ADDRESS PATH HEADER PUBLISH LISTENERS WRITERS RATE: one line of JSON with what the load saw, memory a connection and processor
run() {
        local name=$1 pids=$2 listeners=$7 before after cpu0 cpu1 host0 host1 line pid from to
        # shellcheck disable=SC2086
        for pid in $pids; do taskset -acp 0 "$pid" >/dev/null; done
        # shellcheck disable=SC2086
        before=$(pss $pids)
        coproc LOAD { load "$3" "$4" "$5" "$6" "$listeners" "$8" "$9" "$SECONDS_EACH"; }
        pid=$LOAD_PID
        exec {from}<&"${LOAD[0]}" {to}>&"${LOAD[1]}"
        read -r line <&"$from"
        # shellcheck disable=SC2086
        cpu0=$(ticks $pids) host0=$(host)
        echo go >&"$to"
        read -r line <&"$from"
        # shellcheck disable=SC2086
        cpu1=$(ticks $pids) after=$(pss $pids) host1=$(host)
        exec {from}<&- {to}>&-
        wait "$pid"
        printf '{"name":"%s","rate":%s,"kb":%s,"cpu":%s,"stolen":%s,%s\n' "$name" "$9" \
                "$(awk -v a="$after" -v b="$before" -v n="$listeners" 'BEGIN { printf "%.2f", (a - b) / n }')" \
                "$(awk -v a="$cpu1" -v b="$cpu0" -v s="$SECONDS_EACH" 'BEGIN { printf "%.0f", (a - b) / s }')" \
                "$(awk -v a="$host1" -v b="$host0" 'BEGIN { split(a, x, " "); split(b, y, " "); printf "%.1f", 100 * (x[2] - y[2]) / (x[1] - y[1]) }')" "${line#\{}"
        sleep 2
}

# ours NAME PIDS ADDRESS HEADER RATE
ours() { run "$1" "$2" "$3" /ws/persons "$4" db "$LISTENERS" 1 "$5"; }

# edge NAME HEADER: through nginx
edge() { ours "$1" "$(pushd_pid) $(edge_workers)" "127.0.0.1:$HTTP_PORT" "$2" 5; }

round() {
        pad=170
        renew "unix:$VAR/run/pushd.sock"
        ours 'Almoner, direct' "$(pushd_pid)" "unix:$VAR/run/pushd.sock" "$bearer" 20
        pad=265
        run 'node ws, direct' "$node" "unix:$scratch/ws.sock" / '' "unix:$scratch/ws.sock" "$LISTENERS" 1 20
        run 'nchan, direct' "$nchan" "unix:$scratch/nchan.sock" /listen '' "unix:$scratch/nchan.sock" "$LISTENERS" 1 20
        pad=170
        renew "127.0.0.1:$HTTP_PORT"
        edge 'Almoner, through nginx' "$bearer"
        renew "127.0.0.1:$HTTP_PORT"
        edge 'the same, a browser with its session' "$browser"
        renew "127.0.0.1:$HTTP_PORT"
        tickets
        edge 'the same, by ticket' "@$scratch/tickets"
        pad=1370
        renew "127.0.0.1:$HTTP_PORT"
        edge 'the same, frames of 1,500 bytes' "$bearer"
        renew "127.0.0.1:$HTTP_PORT" 2048
        edge 'these with EDGE_PUSH_BUFFER=2048' "$bearer"
        pad=170
        run 'relay, 16 writers' "$(pushd_pid)" "unix:$VAR/run/pushd.sock" /ws/persons "$bearer" db 1 16 1000
}

# buffer BYTES: a new nginx worker with it
buffer() {
        local old
        old=$(edge_workers)
        EDGE_PUSH_BUFFER=$1 cgi-bin/ctl/stack.sh reload >/dev/null
        while kill -0 "$old" 2>/dev/null; do sleep 0.1; done
}

# renew ADDRESS [BYTES]: new processes, as old ones have memory left from the round before; and what they need once, not a listener, they have then.
renew() {
        "$BUILD/almonerctl" restart pushd >/dev/null
        buffer "${2:-640}"
        (sleep 1; echo go) | (load "$1" /ws/persons "$bearer" db 50 1 5 1) >/dev/null
        sleep 1
}

# What stands behind # is not sent: one connection, as many POSTs.
tickets() {
        curl -s -X POST -H "$bearer" "http://localhost:$HTTP_PORT/api/v1/auth/ws-ticket#[1-$LISTENERS]" |
                grep -o '"ticket":"[^"]*"' | cut -d '"' -f 4 >"$scratch/tickets"
}

start_peers() {
        cat >"$scratch/nchan.conf" <<NCHAN
load_module $(find /usr/lib/nginx/modules /usr/share/nginx/modules -name ngx_nchan_module.so | head -n 1);
daemon off; master_process off; pid $scratch/nchan.pid; error_log $scratch/nchan.log error;
events { worker_connections 16000; }
http {
        access_log off;
        client_body_temp_path $scratch/body; proxy_temp_path $scratch/proxy; fastcgi_temp_path $scratch/fastcgi; scgi_temp_path $scratch/scgi; uwsgi_temp_path $scratch/uwsgi;
        server {
                listen unix:$scratch/nchan.sock backlog=1024;
                keepalive_requests 1000000;
                location = /listen { nchan_subscriber websocket; nchan_channel_id all; nchan_subscriber_first_message newest; }
                location = /publish { nchan_publisher; nchan_channel_id all; }
        }
}
NCHAN
        (exec nginx -p "$scratch" -c "$scratch/nchan.conf" -e "$scratch/nchan.log") &
        nchan=$!
        (cd tests && exec node bench/push/ws_server.mjs "$scratch/ws.sock") &
        node=$!
        peers="$nchan $node"
        for _ in $(seq 50); do [ -S "$scratch/nchan.sock" ] && [ -S "$scratch/ws.sock" ] && return; sleep 0.1; done
        say 'A peer did not start' && exit 1
}

ulimit -n "$(ulimit -Hn)"
# shellcheck disable=SC2046 # several words
cc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$scratch/push_load" tests/bench/push/load.c tests/bench/push/publish.c -pthread $(pkg-config --cflags --libs libmariadb)
cgi-bin/ctl/stack.sh start >&2
start_peers
token=$(curl -s "http://localhost:$HTTP_PORT/api/auth/login" -H 'Content-Type: application/json' -d "{\"email\":\"$ADMIN_EMAIL\",\"password\":\"$ADMIN_PASSWORD\"}")
tenant=$(sed -n 's/.*"tenant_id":"\([^"]*\)".*/\1/p' <<<"$token" | tr -d -)
token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' <<<"$token")
bearer="Authorization: Bearer $token"
browser="Cookie: __Host-almoner=$token"$'\r\n'"$(sed '$!s/$/\r/' tests/bench/push/browser.head)"
for n in $(seq "$ROUNDS"); do
        say "Round $n of $ROUNDS"
        round
done >"$scratch/rounds.ndjson"
node tests/bench/push/page.mjs "$scratch/rounds.ndjson" "$LISTENERS" "$(nginx -v 2>&1 | sed 's,.*/,,')" "$(node --version)"
