#!/usr/bin/env bash
# run.sh: every test, on a private stack in a folder of its own, beside whatever else runs. One function a section, one line a section at
# the end of this file. The last line is "N passed, N failed"; the status is 1 when any failed or none ran.
#
#   KEEP=1            leaves the folder with its logs
#   SECTIONS="unit"   runs these only; with CI set, the sanitizers and fuzzers run too
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
BUILD=${BUILD:-$root/build} CTL=$BUILD/almonerctl
stack=$root/cgi-bin/ctl/stack.sh
passed=0 failed=0 stack_runs=''
scratch=$(mktemp -d "${TMPDIR:-/tmp}/almoner-test.XXXXXX")
ended=''

finish() {
        local status=$?
        trap '' INT TERM HUP
        [ -z "$stack_runs" ] || "$stack" stop >/dev/null
        if [ -n "${KEEP-}" ]; then echo "Kept: $scratch"; else rm -rf "$scratch"; fi
        [ -n "$ended" ] || exit "$status"
        echo "$passed passed, $failed failed"
        exit $((failed > 0 || passed == 0))
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# count NAME STATUS OUTPUT: add up the TAP lines of a program (cmocka's "ok", node's summary); a bad end without one counts as a failure.
count() {
        local good bad
        if grep -q '^# pass [0-9]' "$3"; then
                good=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$3" | awk '{ n += $1 } END { print n + 0 }')
                bad=$(sed -n 's/^# \(fail\|cancelled\) \([0-9]*\)$/\2/p' "$3" | awk '{ n += $1 } END { print n + 0 }')
        else
                good=$(grep -c '^ok ' "$3")
                bad=$(grep -c '^not ok ' "$3")
        fi
        [ "$2" = 0 ] || [ "$bad" -gt 0 ] || bad=1
        passed=$((passed + good)) failed=$((failed + bad))
        printf '%-32s %4d passed, %d failed\n' "$1" "$good" "$bad"
        [ "$bad" = 0 ]
}

# What went wrong, in TAP: each failing line with what follows it until the next result.
show_failures() {
        awk '/^ *(not ok|ok|#|1\.\.)/ { shown = /^ *not ok/ } shown && ++n <= 300' "$1"
        grep -q '^ *not ok' "$1" || tail -n 40 "$1"
}

show_logs() {
        local log
        for log in "$VAR"/log/*.log; do
                [[ -s $log && $log != *access.log ]] || continue
                echo "--- ${log##*/}"
                grep -v '"level":"\(info\|debug\)"' "$log" | tail -n 8
        done
}

# check NAME COMMAND...: one test that is a command; its output is shown when it fails.
check() {
        local name=$1 out=$scratch/check.out
        shift
        if "$@" >"$out" 2>&1; then
                echo "ok 1" >"$out"
                count "$name" 0 "$out"
        else
                cat "$out"
                echo "not ok 1" >"$out"
                count "$name" 1 "$out"
        fi
}

unit() {
        local test out=$scratch/unit.out
        for test in "$BUILD"/tests/unit/*_test; do
                [ -f "tests/unit/${test##*/}.c" ] || continue
                (cd "$scratch" && CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$test") >"$out" 2>&1
                count "unit ${test##*/}" $? "$out" || show_failures "$out"
        done
}

# Tables printed by the programs against tests/golden/<area>.<option>.ref.
golden() {
        local ref area option
        for ref in tests/golden/*.ref; do
                [ -e "$ref" ] || continue
                option=${ref##*/} option=${option%.ref}
                area=${option%%.*} option=${option#*.}
                "$BUILD/cgi-bin/$area.fcgi" "--$option" >"$scratch/golden.out" 2>&1
                check "golden $area $option" diff -u "$ref" "$scratch/golden.out"
        done
}

pick_port() {
        local port
        while port=$((10000 + RANDOM % 22000)); do
                (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
        done
        echo "$port"
}

# A certificate for the webhooks' receivers in tests.
make_receiver() {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 2 -subj /CN=receiver -addext subjectAltName=IP:127.0.0.9 \
                -keyout "$scratch/receiver.key" -out "$scratch/receiver.pem" 2>"$scratch/receiver.out"
}

start_stack() {
        export VAR=$scratch/var
        HTTP_PORT=$(pick_port) HTTPS_PORT=$(pick_port) SMTP_PORT=$(pick_port)
        export SMTP_PORT SMTP_URL=smtp://127.0.0.1:$SMTP_PORT
        export HTTP_PORT HTTPS_PORT ALMONER_PROFILE=test RATE_LIMIT_SCALE=1000 SWEEP_INTERVAL=2 ARGON2_MEMORY=8192 ARGON2_PASSES=1 \
                DB_MEMORY=128M DB_LOG=48M EDGE_WORKERS=2 ADMIN_EMAIL=admin@almoner.local ADMIN_PASSWORD=Admin-of-the-tests-1 \
                CORS_ORIGINS=https://partner.example WEBHOOK_CA=$scratch/receiver.pem WEBHOOK_ALLOW=127.0.0.9 WEBHOOK_RETRY_BASE=50 WEBHOOK_TRIES=6 WEBHOOK_TIMEOUT=3
        unset DB_HOST DB_SOCKET DB_USER DB_PASSWORD DB_PASSWORD_FILE PUBLIC_URL OIDC_ISSUERS
        make_receiver || return 1
        stack_runs=yes
        "$stack" start >"$scratch/start.out" 2>&1 || { cat "$scratch/start.out" && show_logs && return 1; }
        export BUILD CTL BASE_URL=http://127.0.0.1:$HTTP_PORT BASE_TLS_URL=https://localhost:$HTTPS_PORT \
                NODE_EXTRA_CA_CERTS=$VAR/tls/certificate.pem REPLIES=$scratch/replies.ndjson
}

api() {
        local test out=$scratch/api.out
        [ -n "$(echo tests/api/*.test.mjs)" ] || return 0
        check 'stack starts' start_stack || return 0
        for test in tests/api/*.test.mjs; do
                timeout 300 node --test --test-reporter=tap "$test" >"$out" 2>&1
                count "api ${test##*/}" $? "$out" || { show_failures "$out" && show_logs; }
        done
}

# Faults under load, memory that is refused: fault [FILE...]; the stack is theirs to break.
fault() {
        local test out=$scratch/fault.out
        [ -n "$stack_runs" ] || check 'stack starts' start_stack || return 0
        [ $# -gt 0 ] || set -- tests/fault/*.test.mjs
        for test; do
                timeout "${FAULT_TIMEOUT:-300}" node --test --test-reporter=tap "$test" >"$out" 2>&1
                count "fault ${test##*/}" $? "$out" || { show_failures "$out" && show_logs; }
                sed -n 's/^# Subtest: .*//; s/^# \(SKIP: .*\|.* [|] .*\)$/\1/p' "$out" | sed 's/\\#/#/g'
        done
}

# make fault: at full length; the table of counts is kept.
fault_full() {
        export FAULT_SCALE=full FAULT_RESULTS=$scratch/fault.rows FAULT_TIMEOUT=900
        fault tests/fault/{restart,database,connections,clients,disk,clock,push}.test.mjs
        [ ! -s "$FAULT_RESULTS" ] || tests/fault/results.sh "$FAULT_RESULTS" >tests/fault/RESULTS.md
}

# make soak: SOAK_SECONDS of everything.
soak_full() {
        FAULT_TIMEOUT=$((${SOAK_SECONDS:-600} + 180)) fault tests/fault/soak.mjs
}

# make torture: each allocation of each request.
torture_full() {
        TORTURE_POINTS=all FAULT_TIMEOUT=3600 fault tests/fault/torture*.test.mjs
}

# Pages in a real browser.
browser() {
        local test out=$scratch/browser.out
        [ -n "$stack_runs" ] || check 'stack starts' start_stack || return 0
        for test in tests/browser/*.test.mjs; do
                timeout 300 node --test --test-reporter=tap "$test" >"$out" 2>&1
                count "browser ${test##*/}" $? "$out" || { show_failures "$out" && show_logs; }
        done
}

# Two linters that are not ours.
description() {
        command -v node >/dev/null && [ -s "$scratch/var/www/openapi.json" ] || return 0
        check 'redocly finds nothing' tests/node_modules/.bin/redocly lint --config tests/api/redocly.yaml "$VAR/www/openapi.json"
        check 'spectral finds nothing' tests/node_modules/.bin/spectral lint -F hint -r tests/api/spectral.yaml "$VAR/www/openapi.json"
}

# Every reply of the API tests against the description that was served with them.
contract() {
        [ -f tests/api/contract.mjs ] && [ -s "$scratch/replies.ndjson" ] || return 0
        check 'replies keep the contract' node tests/api/contract.mjs
}

# Every path that a program serves is one that nginx sends to it.
routes() {
        local program
        for program in "$BUILD"/cgi-bin/*.fcgi "$BUILD/pushd"; do
                "$program" --routes >"$scratch/routes.out"
                check "routes of ${program##*/} through nginx" tests/lint/routes.awk -v module="$(basename "$program" .fcgi)" \
                        nginx/routes.map "$scratch/routes.out"
        done
}

# No crash, no bug that was answered with 500, nothing that a sanitizer saw, and nothing left running.
quiet_logs() {
        ! grep -HE 'runtime error:|Sanitizer|request\.bug|supervisor\.died|ended; starting it again' "$VAR"/log/*.log
}

clean_end() {
        [ -n "$stack_runs" ] || return 0
        check 'stack stops' "$stack" stop
        stack_runs=''
        check 'nothing broke meanwhile' quiet_logs
}

# The same again in programs that watch themselves: memory and undefined behaviour, then races.
watched() {
        local san out=$scratch/watched.out
        for san in address,undefined thread; do
                env -u BUILD make -s SAN="$san" build units >"$out" 2>&1 || { tail -n 20 "$out" && echo 'not ok' >"$out" && count "build $san" 1 "$out"; continue; }
                env -u VAR BUILD="$root/build/${san/,/-}" SECTIONS='unit api clean_end' \
                        LSAN_OPTIONS="suppressions=$root/tests/lint/asan.supp:print_suppressions=0" \
                        TSAN_OPTIONS="suppressions=$root/tests/lint/tsan.supp:print_suppressions=0" tests/run.sh >"$out" 2>&1
                grep -E '^not ok|, [1-9][0-9]* failed' "$out"
                sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$out" | tail -n 1 |
                        awk '{ for (i = 0; i < $1; i++) print "ok"; for (i = 0; i < $2; i++) print "not ok" }' |
                        sed 's/$/ 1/' >"$scratch/watched.tap"
                count "all of it with $san" $((1 - $(test -s "$scratch/watched.tap" && echo 1 || echo 0))) "$scratch/watched.tap"
        done
}

# Every parser, from its committed corpus.
fuzzed() {
        local out=$scratch/fuzz.out
        env -u BUILD make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-30}" >"$out" 2>&1
        count 'fuzzers' $? "$out" || cat "$out"
}

# What takes minutes is for CI, or for who asks for it with SECTIONS.
main() {
        local section
        for section in ${SECTIONS:-unit golden routes api browser contract description clean_end fault ${CI:+watched fuzzed}}; do
                $section
        done
        ended=yes
}

main; exit # on one line: this file may be edited while it runs
