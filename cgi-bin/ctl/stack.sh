#!/usr/bin/env bash
# stack.sh: everything that runs: the private database, the modules under almonerctl's supervision, nginx.
#
#   run      in the foreground until Ctrl-C
#   start    the same in the background; stop ends it, status tells
#   reload   render nginx' configuration again and let it take over without losing a request
#   render   only write nginx' configuration, the API description and, without one, a certificate
#   grants   print sql/grants.sql with this installation's secrets, for an existing database server
#
# Every key of "almonerctl sample" is honoured. The scripts' own, from the environment: DB_MEMORY (512M), DB_LOG (256M),
# EDGE_WORKERS (auto), EDGE_WORKER_CONNECTIONS (4096), EDGE_CONNECTIONS (256 an address), EDGE_RATE (requests a second an address; 0: none),
# EDGE_PUSH_BUFFER (640: how much of a WebSocket's frame nginx takes at a time, in bytes; more is faster where frames are large, and each
# listener has two of that size), TRUSTED_PROXIES and METRICS_FROM (addresses), ACCESS_LOG (on, off), TLS_CERTIFICATE and TLS_KEY (paths),
# SOCKETS (folder of the modules' sockets: VAR/run), DB_CLIENTS (localhost: whence database users may come, in grants).
set -euo pipefail
# shellcheck source=cgi-bin/ctl/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=cgi-bin/ctl/database.sh
. "$here/database.sh"
# shellcheck source=cgi-bin/ctl/edge.sh
. "$here/edge.sh"
# shellcheck source=cgi-bin/ctl/demo.sh
. "$here/demo.sh"

DB_PID='' CTL_PID='' EDGE_PID='' STOPPING=''

programs() { modules | sed "s|.*|$PROGRAMS/&.fcgi|"; }

# What the supervisor runs: the modules, and those that push and deliver.
supervised() {
        local name
        programs
        for name in pushd hookd; do
                [ ! -x "$DAEMONS/$name" ] || printf '%s\n' "$DAEMONS/$name"
        done
}

supervisor_spawn() {
        local list
        mapfile -t list < <(supervised)
        setsid "$CTL" supervise "${list[@]}" </dev/null >>"$VAR/log/supervisor.log" 2>&1 9>&- &
        CTL_PID=$!
}

modules_up() {
        local status
        status=$("$CTL" status 2>/dev/null) && ! grep -qv ' up ' <<<"$status"
}

describe_api() {
        local list
        mapfile -t list < <(programs)
        [ ! -x "$DAEMONS/pushd" ] || list+=("$DAEMONS/pushd")
        if timeout 20 "$CTL" openapi "${list[@]}" </dev/null >"$VAR/www/openapi.json.new" 2>"$VAR/log/openapi.log"; then
                mv "$VAR/www/openapi.json.new" "$VAR/www/openapi.json"
        else
                say "There is no API description: $(head -c 300 "$VAR/log/openapi.log")" >&2
        fi
}

lock() {
        exec 9>"$VAR/lock"
        flock -w 2 9 || die "$VAR is in use: almoner runs already"
}

bring_up() {
        [ -n "$(modules)" ] || die "there are no programs in $PROGRAMS: make build"
        end_leftovers
        edge_ports
        edge_certificate
        edge_render
        edge_check
        if [ -n "$PRIVATE_DB" ]; then
                database_configuration
                database_install
                database_spawn
                database_await
        fi
        database_prepare
        demo_check
        [ -s "$VAR/keys/current" ] || "$CTL" rotate-key
        "$CTL" first-admin
        describe_api
        modules_start
        edge_spawn
        wait_until 100 test -s "$VAR/run/nginx.pid" || die "nginx does not start; see $VAR/log/nginx.log"
        demo_wanted || return 0
        demo_load
        end "$CTL_PID" TERM 350
        modules_start
}

# A first start with demo data loads it before rates are limited.
modules_start() {
        if demo_wanted; then RATE_LIMIT_SCALE=0 supervisor_spawn; else supervisor_spawn; fi
        wait_until 200 modules_up || say "Not every module serves yet; see $VAR/log" >&2
}

bring_down() {
        STOPPING=yes
        trap '' INT TERM HUP
        rm -f "$VAR/run/ready" "$VAR/run/stack.pid"
        end "$EDGE_PID" QUIT 50
        end "$CTL_PID" TERM 350
        end "$DB_PID" TERM 600
}

# Whatever dies is started again; almonerctl does the same for the modules.
keep_up() {
        local ended
        while [ -z "$STOPPING" ]; do
                ended=
                wait -n -p ended 2>/dev/null || true
                [ -z "$STOPPING" ] || break
                case $ended in
                "$DB_PID") say "The database ended; starting it again" && database_spawn ;;
                "$EDGE_PID")
                        say "nginx ended; starting it again"
                        kill -s KILL -- "-$EDGE_PID" 2>/dev/null || true # workers without a master keep the ports
                        edge_spawn
                        ;;
                "$CTL_PID") say "The supervisor ended; starting it again" && supervisor_spawn ;;
                esac
                sleep 0.2
        done
}

greet() {
        say "Almoner serves  http://localhost:$HTTP_PORT  (this machine only)  and  $PUBLIC_URL"
        say "State and logs: $VAR"
}

run() {
        lock
        trap bring_down EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM HUP
        bring_up
        printf '%s\n' "$$" >"$VAR/run/stack.pid"
        greet
        trap 'exit 0' INT TERM HUP
        [ "${1-}" = quietly ] || say "Ctrl-C stops it."
        touch "$VAR/run/ready"
        # From here on nobody reads what a background start printed (an admin's password, perhaps).
        [ "${1-}" != quietly ] || exec >>"$VAR/log/stack.log" 2>&1
        keep_up
}

start() {
        local said pid
        said=$(mktemp "$VAR/run/start.XXXXXX")
        rm -f "$VAR/run/ready.$$"
        setsid "${BASH_SOURCE[0]}" run-quietly </dev/null >"$said" 2>&1 &
        pid=$!
        while ! gone "$pid" && [ "$(cat "$VAR/run/stack.pid" 2>/dev/null)" != "$pid" ]; do
                sleep 0.1
        done
        wait_until 50 test -e "$VAR/run/ready" || true
        cat "$said"
        rm -f "$said"
        ! gone "$pid" || exit 1
}

stop() {
        local pid
        pid=$(cat "$VAR/run/stack.pid" 2>/dev/null) || { say "Nothing runs in $VAR" && return 0; }
        kill -s TERM "$pid" 2>/dev/null || true
        wait_until 1000 gone "$pid" || die "process $pid does not end"
        say "Stopped."
}

status() {
        local name pid
        for name in mariadb nginx; do
                pid=$(cat "$VAR/run/$name.pid" 2>/dev/null) && ! gone "$pid" || pid=
                printf '%-14s %s\n' "$name" "${pid:+up        pid $pid}"
        done
        "$CTL" status
}

reload() {
        local pid
        pid=$(cat "$VAR/run/nginx.pid" 2>/dev/null) && ! gone "$pid" || die "nginx does not run in $VAR"
        edge_certificate
        edge_render
        edge_check
        kill -s HUP "$pid"
}

main() {
        load_settings
        lay_out_var
        case ${1-} in
        run) run ;;
        run-quietly) run quietly ;;
        start) start ;;
        stop) stop ;;
        status) status ;;
        reload) reload ;;
        render) edge_certificate && edge_render && describe_api ;;
        grants) database_grants ;;
        *) sed -n '4,8s/^#   *//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
        esac
}

main "$@"; exit # on one line: this file may be edited while it runs
