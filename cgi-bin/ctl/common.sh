# shellcheck shell=bash disable=SC2034
# common.sh: where things are, what is configured, and small words for the other scripts. Sourced by stack.sh.

# Where the programs and their data lie: in the source tree, or as "make install" lays them out.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -f "$here/../../Makefile" ]; then
        ROOT=$(cd "$here/../.." && pwd)
        BUILD=${BUILD:-$ROOT/build}
        PROGRAMS=${PROGRAMS:-$BUILD/cgi-bin} DAEMONS=${DAEMONS:-$BUILD} CTL=${CTL:-$BUILD/almonerctl} SHARE=$ROOT
else
        PROGRAMS=${PROGRAMS:-$here} DAEMONS=${DAEMONS:-$here} CTL=${CTL:-$(cd "$here/../../bin" && pwd)/almonerctl}
        SHARE=$(cd "$here/../../share/almoner" && pwd)
fi
NGINX=$SHARE/nginx SQL=$SHARE/sql STATIC=$SHARE/static
PATH=$PATH:/usr/sbin:/sbin # mariadbd and nginx, for an ordinary user

say() { printf '%s\n' "$*"; }

die() {
        printf 'almoner: %s\n' "$*" >&2
        exit 1
}

# wait_until TENTHS COMMAND...: try every 0.1 s.
wait_until() {
        local left=$1
        shift
        until "$@"; do
                ((left-- > 0)) || return 1
                sleep 0.1
        done
}

free_port() { ! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

gone() { ! kill -0 "$1" 2>/dev/null; }

# end PID SIGNAL TENTHS: ask a process to go, wait, then insist.
end() {
        [ -n "$1" ] && kill -s "$2" "$1" 2>/dev/null || return 0
        wait_until "$3" gone "$1" || kill -s KILL "$1" 2>/dev/null || true
}

# What an earlier run left that was torn away: our programs whose messages go to our logs.
leftovers() {
        local link
        while read -r link; do
                link=${link#/proc/} link=${link%%/*}
                case $(cat "/proc/$link/comm" 2>/dev/null) in
                mariadbd | nginx | almonerctl | pushd | hookd | *.fcgi) printf '%s\n' "$link" ;;
                esac
        done < <(find /proc/[0-9]*/fd/2 -lname "$(readlink -f "$VAR")/log/*" 2>/dev/null)
}

end_leftovers() {
        local pid list
        mapfile -t list < <(leftovers)
        for pid in "${list[@]}"; do kill -s TERM "$pid" 2>/dev/null || true; done
        for pid in "${list[@]}"; do
                say "Ending what an earlier run left: process $pid"
                end "$pid" TERM 350
        done
}

# A secret of 192 random bits that only its owner reads, unless it is there already.
make_secret() {
        [ -s "$1" ] || (umask 077 && openssl rand -base64 24 | tr '+/' '-_' >"$1.new" && mv "$1.new" "$1")
}

load_settings() {
        local settings key value
        [ -x "$CTL" ] || die "$CTL is missing: make build"
        settings=$("$CTL" config VAR HTTP_PORT HTTPS_PORT PUBLIC_URL DEMO ALMONER_PROFILE \
                DB_HOST DB_PORT DB_SOCKET DB_USER DB_NAME) || exit 2
        while IFS='=' read -r key value; do
                printf -v "$key" %s "$value"
        done <<<"$settings"
        [ "$PUBLIC_URL" != https://localhost:8443 ] || PUBLIC_URL=https://localhost:$HTTPS_PORT
        PRIVATE_DB=yes
        [ -z "$DB_HOST$DB_SOCKET" ] || PRIVATE_DB=
        export HTTP_PORT HTTPS_PORT PUBLIC_URL
}

# VAR becomes absolute and short: the path of a unix socket ends after 107 bytes.
lay_out_var() {
        local short
        mkdir -p "$VAR" || die "can't make $VAR"
        VAR=$(cd "$VAR" && pwd -P)
        chmod go-w "$VAR"
        if [ ${#VAR} -gt 60 ]; then
                short=$(readlink "$VAR/short" || true)
                if [ -z "$short" ] || [ "$(readlink -f "$short")" != "$VAR" ]; then
                        short=$(mktemp -d "${TMPDIR:-/tmp}/almoner.XXXXXX")/var
                        ln -s "$VAR" "$short"
                        ln -sfn "$short" "$VAR/short"
                fi
                VAR=$short
        fi
        export VAR
        mkdir -p "$VAR"/{run,log,nginx,www,tmp}
        (umask 077 && mkdir -p "$VAR"/{secrets,keys,tls,files})
}
