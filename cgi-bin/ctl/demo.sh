# shellcheck shell=bash disable=SC2154
# demo.sh: demo data, once, and never in production: through the API (demo.mjs), then spread over time (sql/demo). Sourced by stack.sh.

demo_wanted() { [ "$DEMO" = 1 ] && [ ! -e "$VAR/demo" ]; }

# What is there would be spread over time too.
demo_check() {
        local found
        demo_wanted || return 0
        [ "$ALMONER_PROFILE" != production ] || die "DEMO=1 is refused when ALMONER_PROFILE is production"
        [ -n "$PRIVATE_DB" ] || die "DEMO=1 is for a private database only"
        found=$(database_root "$DB_NAME" -N -B -e 'SELECT EXISTS (SELECT 1 FROM persons) + EXISTS (SELECT 1 FROM sites)')
        [ "$found" = 0 ] || die "DEMO=1 is for an empty database; there are records in $VAR"
}

# The modules run without rate limits meanwhile; the caller starts them again.
demo_load() {
        local tenant password file
        say "Loading demo data"
        tenant=$(database_root "$DB_NAME" -N -B -e "SELECT LOWER(HEX(tenant_id)) FROM users WHERE email <> 'demo@almoner.local' ORDER BY created_at LIMIT 1")
        tenant=${tenant:0:8}-${tenant:8:4}-${tenant:12:4}-${tenant:16:4}-${tenant:20}
        password=Demo-$(openssl rand -hex 6)
        USER_PASSWORD=$password "$CTL" add-user --tenant "$tenant" --email demo@almoner.local --role admin --name 'Demo Admin' >/dev/null
        BASE_URL=http://127.0.0.1:$HTTP_PORT DEMO_EMAIL=demo@almoner.local DEMO_PASSWORD=$password node "$here/demo.mjs" ||
                die "the demo data could not be loaded; remove $VAR and start again"
        for file in "$SQL"/demo/*.sql; do
                database_root "$DB_NAME" <"$file"
        done
        touch "$VAR/demo"
}
