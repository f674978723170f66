# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# edge.sh: nginx before the modules: its certificate and its configuration, rendered from nginx/ into VAR/nginx.

# Self-signed for this machine, unless TLS_CERTIFICATE and TLS_KEY name another.
edge_certificate() {
        TLS_CERTIFICATE=${TLS_CERTIFICATE:-$VAR/tls/certificate.pem} TLS_KEY=${TLS_KEY:-$VAR/tls/key.pem}
        [ ! -s "$TLS_CERTIFICATE" ] || return 0
        (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 825 \
                -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' \
                -addext 'basicConstraints=critical,CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
                -keyout "$TLS_KEY" -out "$TLS_CERTIFICATE" 2>"$VAR/log/certificate.log") || {
                cat "$VAR/log/certificate.log" >&2
                die "no certificate could be made"
        }
}

modules() {
        local program
        for program in "$PROGRAMS"/*.fcgi; do
                [ -x "$program" ] || continue
                program=${program##*/}
                printf '%s\n' "${program%.fcgi}"
        done
}

rows() { grep -v '^ *\(#\|$\)' "$1"; }

# Two lines for one socket: a second try after a connection was refused or torn, and no module is ever "out".
edge_upstreams() {
        local name socket
        for name in $(modules); do
                socket="\"unix:${SOCKETS:-$VAR/run}/$name.sock\" max_fails=0;"
                printf 'upstream %s {\n        server %s\n        server %s\n}\n' "$name" "$socket" "$socket"
        done
}

# A frame passes nginx in pieces of this size, one buffer each way.
edge_socket() {
        printf '        include "%s/snippets/socket.conf";\n        proxy_buffering off;\n' "$NGINX"
        printf '        proxy_buffer_size %s;\n        proxy_buffers 2 %s;\n        proxy_busy_buffers_size %s;\n' \
                "$EDGE_PUSH_BUFFER" "$EDGE_PUSH_BUFFER" "$EDGE_PUSH_BUFFER"
}

# location PATTERN MODULE SIZE [LINE]
edge_location() {
        printf 'location %s {\n' "$1"
        [ "$3" = - ] || printf '        client_max_body_size %s;\n' "$3"
        [ -z "${4-}" ] || printf '        %s\n' "$4"
        if [ "$2" = pushd ]; then
                printf '        include "%s/snippets/push.conf";\n' "$NGINX"
                case $1 in
                *' /ws/'*) edge_socket ;;
                *) printf '        include "%s/snippets/stream.conf";\n' "$NGINX" ;;
                esac
                printf '}\n'
        else
                printf '        include "%s/snippets/fastcgi.conf";\n        fastcgi_pass %s;\n}\n' "$NGINX" "$2"
        fi
}

edge_routes() {
        local prefix module size built
        built=" $(modules | tr '\n' ' ')"
        [ ! -x "$DAEMONS/pushd" ] || built+='pushd '
        while read -r prefix module _ size; do
                case $built in *" $module "*) ;; *) continue ;; esac
                edge_location "= $prefix" "$module" "$size"
                edge_location "^~ $prefix/" "$module" "$size"
        done < <(rows "$NGINX/routes.map")
        for module in $built; do
                edge_location "= /health/$module" "$module" -
                edge_location "= /metrics/$module" "$module" - "include \"$VAR/nginx/observers.conf\";"
        done
}

# What the caller's family of paths expects in an error beside RFC 9457's members (lib/http/dialect.c).
edge_problem_maps() {
        printf 'map $request_uri $problem_instance {\n        %s $kept;\n        default /;\n}\n' \
                "\"~^(?<kept>/[A-Za-z0-9._~%/:@!&()*+,;=-]*)(?:[?]|\$)\""
        printf 'map $request_uri $problem_family {\n'
        rows "$NGINX/routes.map" | awk '{ print length($1), $1, $3 }' | sort -rn |
                awk '{ gsub(/[.]/, "[.]", $2); printf "        \"~^%s(?:[/?]|$)\" %s;\n", $2, $3 }'
        printf '        "~^/api/v1/" I;\n        default C;\n}\n'
        cat <<'EOF'
map $problem_family $problem_members {
        P       ',"error":"$problem_detail"';
        I       ',"error":{"code":"$problem_code","message":"$problem_detail","details":[]}';
        C       ',"success":false,"message":"$problem_detail","error":{"code":"$problem_code"},"timestamp":"$problem_time","path":"$problem_instance"';
        default "";
}
map $time_iso8601 $problem_time {
        "~^(?<kept>[^+]+)[+]00:00$" "${kept}Z";
        default                     $time_iso8601;
}
EOF
}

edge_problems() {
        rows "$NGINX/problems.map" | awk -F'   *' -v nginx="$NGINX" '{
                printf "error_page %s =%s /_problem/%s;\nlocation = /_problem/%s {\n        internal;\n", $1, $2, $1, $1
                printf "        types { }\n        default_type application/problem+json;\n        include \"%s/snippets/security.conf\";\n", nginx
                print "        add_header Cache-Control no-store always;\n        add_header X-Request-Id $known_request_id always;"
                if ($2 == 405) print "        add_header Allow \"GET, HEAD\" always;"
                if ($4 != "-") printf "        add_header Retry-After %s always;\n", $4
                printf "        set $problem_code %s;\n        set $problem_detail \"%s\";\n", $3, $6
                printf "        return %s \"{\\\"type\\\":\\\"/problems/%s\\\",\\\"title\\\":\\\"%s\\\",\\\"status\\\":%s,\\\"detail\\\":\\\"$problem_detail\\\"", $2, $3, $5, $2
                printf ",\\\"instance\\\":\\\"$problem_instance\\\",\\\"request_id\\\":\\\"$known_request_id\\\",\\\"code\\\":\\\"%s\\\"${problem_members}}\";\n}\n", $3
        }'
}

edge_listen() {
        printf 'listen 127.0.0.1:%s;\nlisten %s ssl http2;\n' "$HTTP_PORT" "$HTTPS_PORT"
        grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || return 0
        printf 'listen [::1]:%s;\nlisten [::]:%s ssl http2;\n' "$HTTP_PORT" "$HTTPS_PORT"
}

# Two blocks of this size hold what nginx keeps of a WebSocket with a bearer token of 900 bytes; a buffer of 4 KiB or more is never part of
# them. Measured: tests/bench/PUSH.md.
edge_pool() { echo $((4784 + (EDGE_PUSH_BUFFER < 4096 ? EDGE_PUSH_BUFFER : 0))); }

# What an operator may set: who may read metrics, whose X-Forwarded-For counts, how much one address may do.
edge_limits() {
        local address
        printf 'limit_conn addresses %s;\nrequest_pool_size %s;\n' "${EDGE_CONNECTIONS:-256}" "$(edge_pool)"
        if [ "${EDGE_RATE:-0}" != 0 ]; then
                printf 'limit_req_zone $binary_remote_addr zone=rates:4m rate=%sr/s;\nlimit_req zone=rates burst=%s nodelay;\n' \
                        "$EDGE_RATE" "$((EDGE_RATE * 2))"
        fi
        for address in ${TRUSTED_PROXIES-}; do
                printf 'set_real_ip_from %s;\n' "$address"
        done
        [ -z "${TRUSTED_PROXIES-}" ] || printf 'real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n'
        if [ "${ACCESS_LOG:-on}" = on ]; then
                printf 'access_log "%s/log/access.log" almoner buffer=64k flush=1s;\n' "$VAR"
        else
                printf 'access_log off;\n'
        fi
}

edge_observers() {
        local address
        for address in 127.0.0.1 ::1 ${METRICS_FROM-}; do
                printf 'allow %s;\n' "$address"
        done
        printf 'deny all;\n'
}

# fill NAME VALUE...: @NAME@ on standard input becomes VALUE.
fill() {
        local text
        text=$(cat)
        while [ $# -gt 0 ]; do
                text=${text//"@$1@"/"$2"}
                shift 2
        done
        printf '%s\n' "$text"
}

# A refusal's head has to fit into it.
edge_buffer() {
        EDGE_PUSH_BUFFER=${EDGE_PUSH_BUFFER:-640}
        [[ $EDGE_PUSH_BUFFER =~ ^[1-9][0-9]{2,4}$ && $EDGE_PUSH_BUFFER -ge 512 && $((EDGE_PUSH_BUFFER % 16)) = 0 ]] ||
                die "EDGE_PUSH_BUFFER must be a multiple of 16, and at least 512"
}

edge_render() {
        local user=
        edge_buffer
        [ "$(id -u)" != 0 ] || user="user $(id -un) $(id -gn);"
        edge_upstreams >"$VAR/nginx/upstreams.conf"
        edge_routes >"$VAR/nginx/routes.conf"
        edge_problem_maps >"$VAR/nginx/problem_maps.conf"
        edge_problems >"$VAR/nginx/problems.conf"
        edge_listen >"$VAR/nginx/listen.conf"
        edge_limits >"$VAR/nginx/edge.conf"
        edge_observers >"$VAR/nginx/observers.conf"
        fill USER "$user" WORKERS "${EDGE_WORKERS:-auto}" CONNECTIONS "${EDGE_WORKER_CONNECTIONS:-4096}" \
                SOCKETS "${SOCKETS:-$VAR/run}" VAR "$VAR" NGINX "$NGINX" STATIC "$STATIC" CERTIFICATE "$TLS_CERTIFICATE" KEY "$TLS_KEY" \
                <"$NGINX/almoner.conf.in" >"$VAR/nginx/nginx.conf"
}

edge_check() {
        nginx -t -q -p "$VAR" -c "$VAR/nginx/nginx.conf" -e "$VAR/log/nginx.log" 2>"$VAR/log/nginx-check.log" || {
                cat "$VAR/log/nginx-check.log" >&2
                die "nginx refuses its configuration"
        }
}

edge_ports() {
        local key
        for key in HTTP_PORT HTTPS_PORT; do
                free_port "${!key}" || die "$key ${!key} is taken by another program"
        done
}

edge_spawn() {
        setsid nginx -p "$VAR" -c "$VAR/nginx/nginx.conf" -e "$VAR/log/nginx.log" </dev/null >>"$VAR/log/nginx.log" 2>&1 9>&- &
        EDGE_PID=$!
}
