#!/usr/bin/env bash
# run.sh FUZZER...: each for FUZZ_SECONDS from its committed corpus, as many at a time as there are cores. What is found beyond the corpus
# stays beside the program; a crash leaves its input there and fails.
set -uo pipefail
seconds=${FUZZ_SECONDS:-10}

one() {
        local fuzzer=$1 name=${1##*/} found=$1.found
        mkdir -p "$found"
        if (cd "$found/.." && "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -close_fd_mask=1 -verbosity=0 \
                -artifact_prefix="$found/" "$found" "$CORPUS/$name") >"$fuzzer.log" 2>&1; then
                echo "ok - fuzz $name, $seconds s"
        else
                tail -n 30 "$fuzzer.log" | sed 's/^/# /'
                echo "not ok - fuzz $name"
        fi
        rm -rf "$(dirname "$fuzzer")"/almoner-fuzz-*
}
export -f one
export seconds CORPUS=$PWD/tests/fuzz/corpus
printf '%s\n' "$@" | sed "s|^[^/]|$PWD/&|" | xargs -P "$(nproc)" -I{} bash -c 'one {}' | tee build/fuzz.out
! grep -q '^not ok' build/fuzz.out
