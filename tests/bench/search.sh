#!/usr/bin/env bash
# search.sh: how fast interactions are found, how long the index takes to build and what it costs a writer; beside LIKE and FULLTEXT over
# the same rows. Prints a Markdown table; the committed one is SEARCH.md.
#
#   ROWS=1000000 (interactions)  TENANTS=10  SITES=5 (each tenant)  ASKED=400 (requests a line)  KEEP=1 (leaves the folder)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
export BUILD=${BUILD:-$root/build}
export ROWS=${ROWS:-1000000} TENANTS=${TENANTS:-10} SITES=${SITES:-5} ASKED=${ASKED:-400}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/almoner-bench.XXXXXX")
chmod 755 "$scratch"
export VAR=$scratch/var HTTP_PORT=${HTTP_PORT:-18080} HTTPS_PORT=${HTTPS_PORT:-18443} ALMONER_PROFILE=test RATE_LIMIT_SCALE=100000
export ARGON2_MEMORY=8192 ARGON2_PASSES=1 DB_MEMORY=${DB_MEMORY:-2G} DB_LOG=${DB_LOG:-1G} ACCESS_LOG=off
export BASE_URL=http://127.0.0.1:$HTTP_PORT CTL=$BUILD/almonerctl

finish() {
        cgi-bin/ctl/stack.sh stop >/dev/null 2>&1 || true
        if [ -n "${KEEP-}" ]; then echo "Kept: $scratch" >&2; else rm -rf "$scratch"; fi
}
trap finish EXIT

sql() { mariadb --no-defaults --socket="$VAR/run/mariadb.sock" --user="$(id -un)" --default-character-set=utf8mb4 almoner "$@"; }
say() { printf '%s\n' "$*" >&2; }
seconds() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN { printf "%.1f", to - from }'; }
table_size() { sql -N -B -e "SELECT ROUND((data_length + index_length) / 1048576) FROM information_schema.tables WHERE table_schema = 'almoner' AND table_name = '$1'"; }

load() {
        say "Making $ROWS interactions"
        node tests/bench/search_data.mjs "$scratch"
        sql -e "SET unique_checks = 0, foreign_key_checks = 0; LOAD DATA INFILE '$scratch/rows.tsv' INTO TABLE site_interactions CHARACTER SET utf8mb4
                (@tenant, @id, @site, title, type, lead, start_datetime, end_datetime, timezone, location, description, @author, created_at, updated_at)
                SET tenant_id = UNHEX(@tenant), id = UNHEX(@id), site_id = UNHEX(@site), created_by = UNHEX(@author)"
        sql -e 'ANALYZE TABLE site_interactions' >/dev/null
        rm "$scratch/rows.tsv"
}

build_index() {
        say 'Building the index'
        started=$(date +%s.%N)
        DB_SOCKET=$VAR/run/mariadb.sock DB_PASSWORD_FILE=$VAR/secrets/db-interactions /usr/bin/time -f %M -o "$scratch/rss" \
                "$BUILD/cgi-bin/interactions.fcgi" --reindex
        built=$(seconds "$started")
        sql -e 'ANALYZE TABLE search_terms, search_postings, search_variants' >/dev/null
        printf 'postings %s, terms %s\n' "$(sql -N -B -e 'SELECT COUNT(*) FROM search_postings')" "$(sql -N -B -e 'SELECT COUNT(*) FROM search_terms')" >"$scratch/counts"
}

build_fulltext() {
        say 'Building FULLTEXT'
        started=$(date +%s.%N)
        sql -e 'ALTER TABLE site_interactions ADD FULLTEXT KEY ft (title, lead, location, description, notes)'
        fulltext_built=$(seconds "$started")
}

machine() {
        printf '%s, %s cores, MariaDB %s, database cache %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
                "$(sql -N -B -e 'SELECT VERSION()')" "$DB_MEMORY"
}

cgi-bin/ctl/stack.sh start >&2
load
build_index
node tests/bench/search_load.mjs "$scratch" ours >"$scratch/ours.md"
build_fulltext
node tests/bench/search_load.mjs "$scratch" peers >"$scratch/peers.md"
cat <<EOF
# Searching $ROWS interactions, $((TENANTS * SITES)) sites, $TENANTS tenants

$(date -u +%F), $(machine). Everything on this one machine, the client too. Made by \`tests/bench/search.sh\`.

First page of 20 with its total, milliseconds. Ours: a whole request through nginx, with authentication, ranking, reading 20 records and
marking the words, one connection and four. Peers: the SQL alone, by the server's own clock, 20 ids and the total, no ranking by LIKE; a
two-letter prefix and a typing error are work that they don't do (marked –).

| question | ours p50 | p95 | p99 | 4 connections: p50 | p95 | FULLTEXT p50 | p95 | LIKE p50 | p95 |
|---|---|---|---|---|---|---|---|---|---|
$(paste -d ' ' "$scratch/ours.md" "$scratch/peers.md")

| | |
|---|---|
| index built | $built s ($(cat "$scratch/counts")), $(($(cat "$scratch/rss") / 1024)) MiB of memory |
| FULLTEXT built | $fulltext_built s |
| records | $(table_size site_interactions) MiB with their indexes and FULLTEXT's ids |
| postings, terms, variants | $(table_size search_postings), $(table_size search_terms), $(table_size search_variants) MiB |
$(cat "$scratch/writes.md")
EOF
