#!/usr/bin/env bash
# all.sh: every check of the source; each prints only faults. Called by "make lint", which gives ROOMS (in the order they may include each
# other), FLAGS (of the compiler) and JOBS. CHECKS="layers banned" runs these only.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.c')
mapfile -t headers < <(git ls-files --cached --others --exclude-standard '*.h')
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)
jobs=$(nproc)
export FLAGS

layout() { clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" 2>&1 | sed -n 's/: error: .*\[-Wclang-format-violations\]$/: not formatted (make format)/p' | awk -F: '!seen[$1]++'; }
layers() { tests/lint/layers.awk -v rooms="$ROOMS" "${sources[@]}" "${headers[@]}"; }
banned() { tests/lint/banned.sh "${sources[@]}" "${headers[@]}"; }
sizes() { tests/lint/sizes.awk "${sources[@]}" "${headers[@]}"; }
edge() { tests/lint/edge.sh; }
shells() { shellcheck -x -S warning -f gcc "${scripts[@]}"; }

suspicions() {
        cppcheck --quiet -j"$jobs" --std=c11 --language=c -Ilib -D_GNU_SOURCE --enable=warning,portability,performance --inline-suppr \
                --suppress=missingInclude --suppress=missingIncludeSystem --suppress=preprocessorErrorDirective \
                '-Djson_array_foreach(a,i,v)=for(;;)' '-Djson_object_foreach(o,k,v)=for(;;)' \
                --template='{file}:{line}: {message} [{id}]' lib cgi-bin 2>&1
}

tidiness() {
        # shellcheck disable=SC2016 # the inner shell splits FLAGS
        printf '%s\n' "${sources[@]}" | grep -v '^tests/' |
                xargs -P"$jobs" -n4 sh -c 'clang-tidy --quiet "$@" -- $FLAGS 2>/dev/null' sh | sed -n "s|^$PWD/||; /error:/p" | sort -u
}

# The compiler that builds is gcc; what clang says counts too.
other_compiler() {
        # shellcheck disable=SC2016,SC2086 # the inner shell splits FLAGS
        printf '%s\n' "${sources[@]}" |
                xargs -P"$jobs" -n8 sh -c 'clang -fsyntax-only -Wall -Wextra -Wshadow -Wconversion $FLAGS "$@" 2>&1' sh | grep -E 'warning:|error:'
}

failed=0
for check in ${CHECKS:-layout layers banned sizes edge shells suspicions other_compiler tidiness}; do
        found=$($check)
        [ -n "$found" ] || continue
        printf '== %s\n%s\n' "$check" "$found"
        failed=1
done
exit $failed
