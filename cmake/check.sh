#!/bin/sh
# Installs what the tests need, builds with warnings as errors, and runs every test; then once more under the sanitizers
# for addresses and undefined behaviour, and once more under the one for threads. OUTMAP_CHECK=plain leaves it at the
# first; OUTMAP_CHECK='plain asan tsan fuzz' adds a short run of libFuzzer (the corpora are replayed by ctest in any case).
# Exit code 0: all passed, 1: a build or a test failed, 2: something is missing.
set -eu
script=check.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"

kinds=${OUTMAP_CHECK:-plain asan tsan}
for kind in $kinds; do
  case $kind in
    plain | asan | tsan | fuzz) ;;
    *) die "OUTMAP_CHECK: '$kind' is none of plain, asan, tsan, fuzz" 2 ;;
  esac
done

mkdir -p "$root/build"
log=$root/build/check.log
: >"$log"

if on_debian; then
  # shellcheck disable=SC2086 # lists of words
  need_packages "$log" $build_packages $test_packages
  if [ -z "${OUTMAP_CYRUS:-}" ]; then
    unpack_cyrus "$root/build/cyrus" "$log"
    OUTMAP_CYRUS=$root/build/cyrus
    export OUTMAP_CYRUS
  fi
fi
need_tools "$build_headers $test_headers" 'dovecot doveadm ntlm_auth mbsync python3 mutt notmuch pkg-config'

OUTMAP_REQUIRE_INTEROP=1
ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
UBSAN_OPTIONS=print_stacktrace=1
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export OUTMAP_REQUIRE_INTEROP ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

# The thread sanitizer of GCC 12 does not start on kernels that scatter addresses widely: then the tests run without.
tsan_runner() {
  probe=$root/build/tsan-probe
  echo 'int main() {}' | "${CXX:-c++}" -fsanitize=thread -x c++ - -o "$probe" >>"$log" 2>&1 || return 1
  for _ in 1 2 3 4 5 6 7 8; do
    "$probe" >>"$log" 2>&1 || {
      setarch "$(uname -m)" -R "$probe" >>"$log" 2>&1 || return 1
      echo "setarch $(uname -m) -R"
      return 0
    }
  done
}

# check NAME CMAKE_OPTION...; `outcome` says how it went.
check() {
  name=$1
  shift
  build=$root/build/check-$name
  runner=
  if [ "$name" = tsan ]; then
    runner=$(tsan_runner) || {
      outcome="the thread sanitizer does not run here (try: sysctl vm.mmap_rnd_bits=28)"
      return 1
    }
  fi
  say "== $name: building in build/check-$name"
  outcome="the build could not be set up"
  set_up_build "$build" "$log" -DCMAKE_BUILD_TYPE=Debug "$@" || return 1
  outcome="the build failed"
  quietly "$log" cmake --build "$build" -j "$(jobs)" || return 1
  say "== $name: testing"
  # Under a sanitizer everything takes several times as long: fewer random histories, cut points and works there.
  if [ "$name" != plain ]; then
    export OUTMAP_HISTORIES="${OUTMAP_HISTORIES:-20}" OUTMAP_INTEROP_HISTORIES="${OUTMAP_INTEROP_HISTORIES:-4}" \
      OUTMAP_FAULT_STEP="${OUTMAP_FAULT_STEP:-17}" OUTMAP_CUT_STEP="${OUTMAP_CUT_STEP:-1500}" \
      OUTMAP_POWER_SEEDS="${OUTMAP_POWER_SEEDS:-40}" OUTMAP_CRASH_WORK="${OUTMAP_CRASH_WORK:-2016}" \
      OUTMAP_FAULT_WORK="${OUTMAP_FAULT_WORK:-delta}" OUTMAP_SIMULATION_SEEDS="${OUTMAP_SIMULATION_SEEDS:-10}"
  fi
  outcome="tests failed"
  $runner ctest --test-dir "$build" --output-on-failure --no-tests=error --timeout 900 -j "$(jobs)" \
    -O "$build/ctest.log" || return 1
  [ "$name" != plain ] || "$build/cli/outmap" profile --results "$build/test-results" | tail -n 1
  outcome=$(sed -n 's/^100% tests passed, 0 tests failed out of \([0-9]*\).*/\1 tests passed/p' "$build/ctest.log")
}

fuzz_briefly() {
  say "== fuzz: 3 seconds a target"
  outcome=failed
  sh "$root/cmake/fuzz.sh" 3 || return 1
  outcome=passed
}

failures=0
summary=
for kind in $kinds; do
  began=$(date +%s)
  case $kind in
    # Warnings are judged here and without the optimiser: GCC 12 takes the frames of coroutines for mismatched allocations.
    plain) check plain -DCMAKE_CXX_FLAGS_DEBUG=-g1 -DOUTMAP_WERROR=ON || failures=$((failures + 1)) ;;
    # With the optimiser this build takes three times as long.
    asan) check asan '-DCMAKE_CXX_FLAGS_DEBUG=-O0 -g1' -DOUTMAP_SANITIZE=address,undefined || failures=$((failures + 1)) ;;
    # The program has no threads but the library's.
    tsan)
      check tsan '-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1' -DOUTMAP_SANITIZE=thread -DOUTMAP_BUILD_CLI=OFF ||
        failures=$((failures + 1))
      ;;
    fuzz) fuzz_briefly || failures=$((failures + 1)) ;;
  esac
  summary="$summary  $kind: $outcome ($(($(date +%s) - began)) s)
"
done

say ""
say "outmap, of $kinds:"
printf '%s' "$summary"
[ "$failures" = 0 ] || die "not everything passed; what was built is told in $log"
say "everything passed"
