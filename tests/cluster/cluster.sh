#!/usr/bin/env bash
# cluster.sh COMMAND: a small data centre in network namespaces: three MariaDB Galera nodes, two sites and their users. Needs root.
#
#   up               namespaces and bridges; three empty nodes, the first bootstraps the cluster
#   node N           start node N from its recovered position, and wait until it answers (without waiting: "node N later")
#   kill N...        kill -9
#   cut N|SITE...    to the other side: only what was cut together still meets
#   heal             all are together again
#   sql N TEXT       as root, on the node's own socket
#   synced N         true when node N says Synced
#   site NAME ...    run something where site NAME (a, b) lives
#   users ...        run something where the users of both sites live
#   down             end everything and remove it
#
# CLUSTER is the folder for data and logs; the namespaces carry its last word, so that runs do not meet.
# The nodes run as mysql, the user of Debian's package: rsync's daemon would not write for root. Addresses exist in there only:
# back 10.77.0.N (nodes 1-3, sites 11 and 12), front 10.78.0.N (sites 11 and 12, users 1).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
: "${CLUSTER:?folder}"
prefix=alm-${CLUSTER##*.}
declare -A back=([1]=1 [2]=2 [3]=3 [a]=11 [b]=12) front=([a]=11 [b]=12 [users]=1)

inside() { ip netns exec "$prefix-$1" "${@:2}"; }

# plug WHO PORT BRIDGE ADDRESS: a cable from a namespace to a bridge.
plug() {
        ip -n "$prefix-net" link add "$2" type veth peer name "$3" netns "$prefix-$1"
        ip -n "$prefix-net" link set "$2" master "$3" up
        ip -n "$prefix-$1" address add "$4/24" dev "$3"
        ip -n "$prefix-$1" link set "$3" up
}

network() {
        local who
        for who in net 1 2 3 a b users; do
                ip netns add "$prefix-$who"
                ip -n "$prefix-$who" link set lo up
        done
        for who in back front away; do
                ip -n "$prefix-net" link add "$who" type bridge
                ip -n "$prefix-net" link set "$who" up
        done
        for who in "${!back[@]}"; do plug "$who" "back-$who" back "10.77.0.${back[$who]}"; done
        for who in "${!front[@]}"; do plug "$who" "front-$who" front "10.78.0.${front[$who]}"; done
}

configure() {
        install -d -o mysql "$CLUSTER/n$1.tmp" # one that begins removes what lies in a shared one
        cat >"$CLUSTER/n$1.cnf" <<END
[mysqld]
datadir=$CLUSTER/n$1
tmpdir=$CLUSTER/n$1.tmp
socket=$CLUSTER/n$1.sock
pid-file=$CLUSTER/n$1.pid
log-error=$CLUSTER/n$1.log
user=mysql
server-id=$1
bind-address=0.0.0.0
skip-name-resolve
performance-schema=OFF
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_520_ci
sql-mode=TRADITIONAL,NO_ENGINE_SUBSTITUTION
transaction-isolation=READ-COMMITTED
max-connections=400
innodb-buffer-pool-size=64M
innodb-log-file-size=48M
innodb-flush-log-at-trx-commit=1
innodb-rollback-on-timeout=ON
# Nobody without TLS, but by the socket.
ssl-cert=$CLUSTER/node.pem
ssl-key=$CLUSTER/node.key
require-secure-transport=ON
# What a cluster adds.
binlog_format=ROW
default-storage-engine=InnoDB
enforce-storage-engine=InnoDB
innodb-force-primary-key=ON
innodb_autoinc_lock_mode=2
wsrep_on=ON
wsrep_provider=/usr/lib/galera/libgalera_smm.so
wsrep_cluster_name=$prefix
wsrep_cluster_address=gcomm://10.77.0.1,10.77.0.2,10.77.0.3
wsrep_node_address=10.77.0.$1
wsrep_node_name=n$1
wsrep_sst_method=rsync
wsrep_retry_autocommit=4
wsrep_provider_options="gcache.size=64M;pc.recovery=true;evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT1.5S;evs.inactive_check_period=PT0.5S;evs.inactive_timeout=PT3S;evs.install_timeout=PT3S"
# Copying a node needs stunnel for TLS: not part of the test.
[sst]
ssl-mode=DISABLED
END
}

sql() { mariadb --no-defaults --socket="$CLUSTER/n$1.sock" --user="$(id -un)" --connect-timeout=2 -N -B -e "$2" 2>>"$CLUSTER/sql.log"; }

status() { sql "$1" "SHOW STATUS LIKE '$2'" | cut -f2; }

synced() { [ "$(status "$1" wsrep_local_state_comment)" = Synced ]; }

tries() {
        local left=$1
        shift
        until "$@"; do
                ((left-- > 0)) || return 1
                sleep 0.2
        done
}

spawn() {
        inside "$1" setsid mariadbd --defaults-file="$CLUSTER/n$1.cnf" "${@:2}" </dev/null >>"$CLUSTER/n$1.log" 2>&1 &
        disown
}

# What the storage engine committed last: a node that starts without it may form a cluster of its own with the wrong state.
position() {
        inside "$1" mariadbd --defaults-file="$CLUSTER/n$1.cnf" --wsrep-recover --log-error="$CLUSTER/n$1.recover" >/dev/null 2>&1 || return 1
        sed -n 's/.*WSREP: Recovered position: *//p' "$CLUSTER/n$1.recover" | tail -n 1
}

node() {
        local at
        at=$(position "$1") && [ -n "$at" ] || { echo "no position could be recovered for node $1" >&2 && return 1; }
        rm -f "$CLUSTER/n$1.recover"
        case $at in
        00000000-*) spawn "$1" "${@:2}" ;; # new: it has nothing yet
        *) spawn "$1" "--wsrep_start_position=$at" "${@:2}" ;;
        esac
}

# One for all three nodes: what each copy's DB_TLS_CA names.
certify() {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 2 -subj /CN=node \
                -addext subjectAltName=IP:10.77.0.1,IP:10.77.0.2,IP:10.77.0.3 -keyout "$CLUSTER/node.key" -out "$CLUSTER/node.pem" 2>"$CLUSTER/openssl.log"
        chown mysql "$CLUSTER/node.key" "$CLUSTER/node.pem"
        chmod 644 "$CLUSTER/node.pem"
}

up() {
        local n
        network
        chown mysql "$CLUSTER"
        certify
        for n in 1 2 3; do configure "$n"; done
        mariadb-install-db --defaults-file="$CLUSTER/n1.cnf" --wsrep-on=OFF --skip-test-db --auth-root-authentication-method=socket \
                --auth-root-socket-user="$(id -un)" >"$CLUSTER/install.log" 2>&1
        cp -a "$CLUSTER/n1" "$CLUSTER/n2" && cp -a "$CLUSTER/n1" "$CLUSTER/n3"
        node 1 --wsrep-new-cluster
        tries 150 synced 1
        node 2
        tries 100 synced 2
        node 3
        tries 100 synced 3
}

kill_nodes() {
        local n
        for n in "$@"; do kill -s KILL "$(<"$CLUSTER/n$n.pid")" & done
        wait
}

move() {
        local bridge=$1 who
        shift
        for who in "$@"; do ip -n "$prefix-net" link set "back-$who" master "$bridge"; done
}

down() {
        local who pid
        for who in 1 2 3 a b users net; do
                for pid in $(ip netns pids "$prefix-$who" 2>/dev/null); do kill -s KILL "$pid" 2>/dev/null || true; done
                ip netns delete "$prefix-$who" 2>/dev/null || true
        done
}

case ${1-} in
up) up ;;
node) node "$2" && { [ "${3-}" = later ] || tries 150 synced "$2"; } ;;
kill) kill_nodes "${@:2}" ;;
cut) move away "${@:2}" ;;
heal) move back 1 2 3 a b ;;
sql) sql "$2" "$3" ;;
synced) synced "$2" ;;
site | users) [ "$1" = users ] || shift && inside "$@" ;;
down) down ;;
*) sed -n '4,14s/^#   *//p' "$0" >&2 && exit 2 ;;
esac
