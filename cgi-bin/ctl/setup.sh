#!/usr/bin/env bash
# setup.sh PURPOSE: install the Debian packages that a purpose needs and that are missing; purposes: build run test cluster lint fuzz bench.
#
# What is there already, by package or by the program it brings, is left alone; the second call installs nothing. The system's own
# database and web server, should a package bring one, are never used or configured.
set -euo pipefail
purpose=${1:?build, run, test, cluster, lint, fuzz or bench}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stamp=${BUILD:-$root/build}/setup-$purpose

# purpose  package  program that stands for it (-: the package itself)
packages='
build  gcc                   gcc
build  make                  make
build  pkg-config            pkg-config
build  libmariadb-dev        -
build  libfcgi-dev           -
build  libjwt-dev            -
build  libjansson-dev        -
build  libcurl4-openssl-dev  curl-config
build  libargon2-dev         -
build  libssl-dev            -
build  libical-dev           -
build  libicu-dev            -
build  libcairo2-dev         -
build  libpango1.0-dev       -
run    mariadb-server        mariadbd
run    nginx-light           nginx
run    openssl               openssl
run    ca-certificates       -
run    tzdata                -
run    fonts-noto-core       -
run    fonts-noto-cjk        -
test   libcmocka-dev         -
run    nodejs                node
run    npm                   npm
test   chromium              chromium
test   poppler-utils         pdftotext
test   python3-requests      -
test   curl                  curl
test   libfaketime           -
test   binutils              addr2line
cluster galera-4             -
cluster rsync                rsync
cluster lsof                 lsof
cluster iproute2             ip
lint   clang                 clang
lint   clang-format          clang-format
lint   clang-tidy            clang-tidy
lint   cppcheck              cppcheck
lint   shellcheck            shellcheck
fuzz   clang                 clang
fuzz   libclang-rt-14-dev    -
bench  wrk                   wrk
bench  nodejs                node
bench  npm                   npm
bench  python3-flask         -
bench  python3-sqlalchemy    -
bench  python3-pymysql       -
bench  python3-jwt           -
bench  gunicorn              gunicorn
bench  php-fpm               -
bench  php-mysql             -
bench  golang-go             go
bench  golang-github-go-sql-driver-mysql-dev -
bench  golang-github-golang-jwt-jwt-dev -
'
case $purpose in
build) sets='build' ;;
run) sets='build run' ;;
test) sets='build run test' ;;
cluster) sets='build run test cluster' ;;
lint) sets='build lint' ;;
fuzz) sets='build fuzz' ;;
bench) sets='build run bench' ;;
*) echo "setup.sh: no such purpose: $purpose" >&2 && exit 2 ;;
esac

packages=${packages%$'\n'}

# Asked once for all packages; a program in sbin counts too.
missing_packages() {
        local set package program installed
        installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii *//p') || true
        while read -r set package program; do
                [[ " $sets " == *" $set "* ]] || continue
                [ "$program" = - ] || ! PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || continue
                grep -qxF "$package" <<<"$installed" || printf '%s\n' "$package"
        done <<<"$packages"
}

install_packages() {
        local as_root=()
        if [ "$(id -u)" != 0 ]; then
                as_root=(sudo)
                command -v sudo >/dev/null || return 1
        fi
        command -v apt-get >/dev/null || return 1
        echo "Installing: $*"
        "${as_root[@]}" apt-get update -q &&
                "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# What browsers load beside our own files, exactly as static/package-lock.json pins it; only what is served is copied to where it is.
install_browser_packages() {
        local from=$root/static/node_modules to=$root/static/vendor
        [ "$to/.complete" -ot "$root/static/package-lock.json" ] || return 0
        echo 'Installing what browsers load'
        (cd "$root/static" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        mkdir -p "$to/swagger-ui"
        cp "$from"/swagger-ui-dist/{swagger-ui.css,swagger-ui-bundle.js,LICENSE} "$to/swagger-ui/"
        touch "$to/.complete"
}

# install_npm FOLDER WHAT: what the folder's package-lock.json pins, exactly.
install_npm() {
        [ -f "$root/$1/package-lock.json" ] || return 0
        [ ! "$root/$1/node_modules/.package-lock.json" -ot "$root/$1/package-lock.json" ] || {
                echo "Installing $2"
                (cd "$root/$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error &&
                        touch node_modules/.package-lock.json)
        }
}

if [ "$(cat "$stamp" 2>/dev/null)" != "$packages" ]; then
        mapfile -t missing < <(missing_packages)
        if [ ${#missing[@]} -gt 0 ] && ! install_packages "${missing[@]}"; then
                printf 'setup: these Debian packages are needed and could not be installed here:\n  %s\n' "${missing[*]}" >&2
                exit 1
        fi
        mkdir -p "$(dirname "$stamp")"
        printf '%s' "$packages" >"$stamp"
fi
[[ " $sets " != *" run "* ]] || install_browser_packages
[[ " $sets " != *" test "* ]] || install_npm tests 'the tools of the API tests'
[ "$purpose" != bench ] || install_npm tests/bench 'the peers of the benchmark'
