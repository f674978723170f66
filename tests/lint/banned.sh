#!/usr/bin/env bash
# banned.sh FILE...: calls that overflow, race, or go around a room that exists for it.
set -u

# find_calls WHY REGEX [FILES TO SKIP]: calls by name, not in a comment line.
find_calls() {
        grep -nE "(^|[^A-Za-z0-9_])($2) ?\(" /dev/null "${files[@]}" | grep -vE '^[^:]*:[0-9]+: *(/?\*|//)' |
                grep -vE "^(${3:-nothing})" | sed "s|\$|    <- $1|"
}

files=("$@")
find_calls 'overflows' 'strcpy|strcat|v?sprintf|gets|alloca'
find_calls 'has state or a race' 'strtok|rand|srand|localtime|gmtime|asctime|ctime|mktemp|tmpnam|strerror_r'
find_calls 'hides errors: num_parse' 'atoi|atol|atoll|atof|strtol|strtoul|strtoll|strtoull' 'lib/base/num.c|tests/'
find_calls 'starts a shell' 'system|popen'
find_calls 'SQL goes through lib/db' 'mysql_query|mysql_real_query|mysql_stmt_prepare' 'lib/db/|tests/bench/'

# Statements without a tenant: only where a table has none, or the platform itself looks.
global='lib/db/|lib/auth/(revoke|account)\.c|lib/events/|lib/search/(bulk|sweep)\.c|cgi-bin/auth/(refresh|reset|sweep|throttle|login)\.c|lib/feed/|cgi-bin/persons/reminders\.c|cgi-bin/reports/sweep\.c|cgi-bin/(ctl|pushd|hookd)/|tests/'
find_calls 'a statement without tenant outside the allowed files' 'SQL_GLOBAL' "$global"
