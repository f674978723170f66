#!/usr/bin/env bash
# run.sh: make test-cluster. A Galera cluster of three nodes and two whole copies of the stack, each preferring another node, in network
# namespaces of their own; cluster.test.mjs loads both, breaks what can break, and counts. The last line is "N passed, N failed".
#
#   run.sh able   tells whether this machine lets us; if not, why, and that it was skipped
#   KEEP=1        leaves the folder with its logs
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1

skip() {
        echo "SKIP: the cluster test $1"
        echo '0 passed, 0 failed, 1 skipped'
        exit "${2:-0}"
}

# Network namespaces are root's. 3: not able, which is no fault.
able() {
        [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; } || skip 'needs root or sudo' 3
}

# Root without the capability (a container) is not enough.
probe() {
        local name=alm-probe-$$
        { ip netns add "$name" && ip -n "$name" link add back type bridge && ip netns exec "$name" true; } >/dev/null 2>&1
        local status=$?
        ip netns delete "$name" 2>/dev/null
        [ "$status" = 0 ] || skip 'needs network namespaces, which this machine does not let us make'
}

finish() {
        local status=$?
        trap '' INT TERM HUP
        for name in a b; do site "$name" cgi-bin/ctl/stack.sh stop >/dev/null 2>&1; done
        cluster down
        if [ -n "${KEEP-}" ]; then echo "Kept: $CLUSTER"; else rm -rf "$CLUSTER"; fi
        exit "$status"
}

cluster() { tests/cluster/cluster.sh "$@"; }

# site NAME COMMAND...: as the operator of a site would.
site() {
        local hosts=10.77.0.1,10.77.0.2,10.77.0.3
        [ "$1" = a ] || hosts=10.77.0.3,10.77.0.2,10.77.0.1
        cluster site "$1" env VAR="$CLUSTER/$1" DB_HOST="$hosts" DB_TLS_CA="$CLUSTER/node.pem" DB_CLIENTS=10.77.0.% HTTP_PORT=5000 HTTPS_PORT=8443 "${@:2}"
}

as_root_of_database() { mariadb --no-defaults --socket="$CLUSTER/n1.sock" --user="$(id -un)" --default-character-set=utf8mb4 "$@"; }

# Users and tables once, on any node; the second copy gets the secrets and signing keys of the first.
prepare() {
        mkdir -p "$CLUSTER/a" "$CLUSTER/b" &&
                as_root_of_database -e 'CREATE DATABASE almoner CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci' &&
                site a cgi-bin/ctl/stack.sh grants >"$CLUSTER/grants.sql" &&
                grep "'almoner_admin'" "$CLUSTER/grants.sql" | as_root_of_database almoner &&
                site a "$CTL" migrate sql >/dev/null &&
                as_root_of_database almoner <"$CLUSTER/grants.sql" &&
                site a cgi-bin/ctl/stack.sh start &&
                cp -a "$CLUSTER/a/secrets" "$CLUSTER/a/keys" "$CLUSTER/b/" &&
                site b cgi-bin/ctl/stack.sh start
}

show_logs() {
        local log
        for log in "$CLUSTER"/[ab]/log/*.log; do
                [[ -s $log && $log != *access.log ]] || continue
                echo "--- $log"
                grep -v '"level":"\(info\|debug\)"' "$log" | tail -n 4
        done
}

main() {
        local out good bad
        if [ "$(id -u)" != 0 ]; then
                exec sudo -n --preserve-env=BUILD,KEEP "${BASH_SOURCE[0]}"
        fi
        probe
        CLUSTER=$(mktemp -d "${TMPDIR:-/tmp}/almoner-cluster.XXXXXX")
        export CLUSTER BUILD=${BUILD:-$root/build}
        export CTL=$BUILD/almonerctl
        export ALMONER_PROFILE=test RATE_LIMIT_SCALE=1000 ARGON2_MEMORY=8192 ARGON2_PASSES=1 EDGE_WORKERS=1 THREADS=8 \
                ADMIN_EMAIL=admin@almoner.local ADMIN_PASSWORD=Admin-of-the-tests-1
        unset DB_SOCKET DB_USER DB_PASSWORD DB_PASSWORD_FILE PUBLIC_URL CORS_ORIGINS OIDC_ISSUERS VAR
        trap finish EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM HUP
        out=$CLUSTER/test.out
        if ! cluster up >"$out" 2>&1 || ! prepare >"$out" 2>&1; then
                cat "$out"
                echo 'not ok: the cluster and its sites did not start'
                show_logs
                echo '0 passed, 1 failed'
                exit 1
        fi
        cluster users env NODE_EXTRA_CA_CERTS="$CLUSTER/a/tls/certificate.pem" timeout 400 \
                node --test --test-reporter=tap tests/cluster/cluster.test.mjs >"$out" 2>&1
        awk '/^(# measured:|(not )?ok )/ { print; shown = /^not ok/; n = 0 } shown && /^  / && ++n <= 30' "$out"
        good=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$out") bad=$(sed -n 's/^# \(fail\|cancelled\) \([0-9]*\)$/\2/p' "$out" | awk '{ n += $1 } END { print n + 0 }')
        [ -n "$good" ] || { tail -n 40 "$out" && good=0 bad=1; }
        [ "$bad" = 0 ] || show_logs
        echo "$good passed, $bad failed"
        exit $((bad > 0 || good == 0))
}

if [ "${1-}" = able ]; then able; else main; fi; exit # on one line: this file may be edited while it runs
