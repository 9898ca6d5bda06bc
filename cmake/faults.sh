#!/bin/sh
# Builds and runs every program that tries faults or plays a hostile server, and prints one table of what they tried and
# of the commands, for the project's folder, that try more of it.
#   sh cmake/faults.sh              # below build/faults, and the coverage below build/coverage
#   OUTMAP_FAULTS_BUILD=FOLDER sh cmake/faults.sh   # programs of a build that is there already
# Exit code 0: no failure, 1: at least one, or a program that ended without a line of its own.
set -eu
script=faults.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"
build=${OUTMAP_FAULTS_BUILD:-$root/build/faults}
mkdir -p "$root/build"
log=$root/build/faults.log
lines=$root/build/faults.tried
: >"$log"

say "== faults: building in $build"
[ -n "${OUTMAP_FAULTS_BUILD:-}" ] ||
  set_up_build "$build" "$log" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-g
quietly "$log" cmake --build "$build" -j "$(jobs)" --target fault_programs

say "== faults: running"
failed=0
ctest --test-dir "$build" -R '^(hostile|fuzz|faults|simulation)[.]' --verbose --no-tests=error --timeout 1800 \
  >"$root/build/faults.out" 2>&1 || failed=1
# ctest puts the number of the test before each line.
sed -n "s|$root/||g; s/^\([0-9]*: \)\{0,1\}tried: /tried: /p" "$root/build/faults.out" >"$lines"
if command -v clang++ >/dev/null 2>&1; then
  sh "$root/cmake/coverage.sh" >"$root/build/faults.coverage" 2>&1 || failed=1
  grep '^tried: ' "$root/build/faults.coverage" >>"$lines" || :
fi

say ""
awk -F ' [|] ' '
  { sub(/^tried: /, "", $1); sub(/^points: /, "", $2); sub(/^failures: /, "", $3); sub(/^rerun: /, "", $4)
    row[NR] = $0; what[NR] = $1; points[NR] = $2; bad[NR] = $3; again[NR] = $4
    if (length($1) > wide) wide = length($1); if (length($2) > narrow) narrow = length($2)
    sum += $2; lost += $3 }
  END {
    line = sprintf("%%-%ds  %%%ds  %%8s  %%s\n", wide, narrow)
    printf line, "tried", "points", "failures", "rerun"
    for (i = 1; i <= NR; i++) printf line, what[i], points[i], bad[i], again[i]
    printf "%d rows, %d points, %d failures\n", NR, sum, lost
    exit lost > 0 }' "$lines" || failed=1
if [ "$failed" != 0 ]; then
  grep -E 'Test +#[0-9]+: .*(Failed|Timeout|Exception|Not Run)' "$root/build/faults.out" >&2 || :
  die "something failed; what the programs said is in build/faults.out, the build in build/faults.log"
fi
