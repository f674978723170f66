#!/usr/bin/env bash
# edge.sh: what nginx' tables say must agree with the library's: problem codes exist, every module that is named or built is known.
set -u
codes=$(grep -oE '^PROBLEM\([A-Z_]+' lib/http/problems.tbl | cut -d'(' -f2 | sort)
grep -v '^#' nginx/problems.map | awk 'NF { print $3 }' | sort -u | comm -23 - <(printf '%s\n' "$codes") | sed 's|^|nginx/problems.map: no such code in lib/http/problems.tbl: |'

for area in cgi-bin/*/main.c; do
        area=${area#cgi-bin/} area=${area%/main.c}
        [[ $area == ctl || $area == pushd || $area == hookd ]] && continue
        awk -v area="$area" '$2 == area { found = 1 } END { exit !found }' nginx/routes.map ||
                echo "nginx/routes.map: no path leads to cgi-bin/$area"
        grep -q "'almoner_$area'" sql/grants.sql || echo "sql/grants.sql: no database user for cgi-bin/$area"
done
awk '!/^#/ && NF && seen[$1]++ { print "nginx/routes.map:" FNR ": twice: " $1 }' nginx/routes.map
