# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# database.sh: a MariaDB of our own, on a unix socket in VAR/run only. With DB_HOST or DB_SOCKET an existing server is used instead.

database_configuration() {
        cat >"$VAR/mariadb.cnf" <<EOF
# Written at every start by database.sh.
[mysqld]
datadir=$VAR/db
socket=$VAR/run/mariadb.sock
pid-file=$VAR/run/mariadb.pid
log-error=$VAR/log/mariadb.log
tmpdir=$VAR/tmp
$([ "$(id -u)" != 0 ] || echo user=root)
skip-networking
skip-name-resolve
skip-log-bin
local-infile=0
performance-schema=OFF
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_520_ci
default-storage-engine=InnoDB
sql-mode=TRADITIONAL,NO_ENGINE_SUBSTITUTION
transaction-isolation=READ-COMMITTED
max-connections=400
innodb-buffer-pool-size=${DB_MEMORY:-512M}
innodb-log-file-size=${DB_LOG:-256M}
innodb-flush-log-at-trx-commit=1
innodb-rollback-on-timeout=ON
innodb-print-all-deadlocks=ON
EOF
}

# Installed beside and moved, so that an interrupted first start leaves nothing half made.
database_install() {
        [ ! -d "$VAR/db" ] || return 0
        say "Making a private database in $VAR/db"
        rm -rf "$VAR/db.new"
        mariadb-install-db --defaults-file="$VAR/mariadb.cnf" --datadir="$VAR/db.new" --skip-test-db \
                --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
                >"$VAR/log/mariadb-install.log" 2>&1 || {
                tail -n 20 "$VAR/log/mariadb-install.log" "$VAR/log/mariadb.log" >&2
                die "the private database could not be made"
        }
        mv "$VAR/db.new" "$VAR/db"
}

database_spawn() {
        setsid mariadbd --defaults-file="$VAR/mariadb.cnf" </dev/null >>"$VAR/log/mariadb.log" 2>&1 9>&- &
        DB_PID=$!
}

database_answers() {
        mariadb-admin --no-defaults --socket="$VAR/run/mariadb.sock" --user="$(id -un)" ping >/dev/null 2>&1
}

database_await() {
        wait_until 600 database_answers || {
                tail -n 20 "$VAR/log/mariadb.log" >&2
                die "the private database does not answer"
        }
}

# As the server's owner: the operating system says who we are, there is no password.
database_root() {
        mariadb --no-defaults --socket="$VAR/run/mariadb.sock" --user="$(id -un)" --default-character-set=utf8mb4 "$@"
}

# sql/grants.sql with this installation's schema and secrets; nothing secret passes through an argument.
database_grants() {
        local text name
        text=$(<"$SQL/grants.sql")
        text=${text//"'localhost'"/"'${DB_CLIENTS:-localhost}'"}
        for name in $(grep -o '@PASSWORD_[a-z]*@' "$SQL/grants.sql" | sort -u); do
                name=${name#@PASSWORD_} name=${name%@}
                make_secret "$VAR/secrets/db-$name"
                text=${text//"@PASSWORD_$name@"/"$(<"$VAR/secrets/db-$name")"}
        done
        printf '%s\n' "${text//@NAME@/"$DB_NAME"}"
}

# The administrator first, for the migrations; the modules once their tables are there.
database_prepare() {
        if [ -n "$PRIVATE_DB" ]; then
                database_root -e "CREATE DATABASE IF NOT EXISTS $DB_NAME CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"
                database_grants | grep "'almoner_admin'" | database_root
        fi
        "$CTL" migrate "$SQL"
        [ -z "$PRIVATE_DB" ] || database_grants | database_root
}
