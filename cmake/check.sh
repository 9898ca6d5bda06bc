#!/bin/sh
# Installs what the tests need, builds, and runs every test: plainly with warnings as errors, then under the sanitizers.
# OUTMAP_CHECK="plain asan tsan" selects.
set -eu
script=check.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"

mkdir -p "$root/build"
log=$root/build/check.log
: >"$log"

if on_debian; then
  # shellcheck disable=SC2086 # lists of words
  need_packages "$log" $build_packages $test_packages
else
  need_tools "$build_headers $test_headers" 'dovecot doveadm ntlm_auth'
fi

OUTMAP_REQUIRE_INTEROP=1
ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
UBSAN_OPTIONS=print_stacktrace=1
TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export OUTMAP_REQUIRE_INTEROP ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

# check NAME CMAKE_OPTION...
check() {
  name=$1
  shift
  build=$root/build/check-$name
  say "== $name: building in build/check-$name"
  quietly "$log" cmake -S "$root" -B "$build" -G "$(generator)" -DOUTMAP_WERROR=ON "$@" || die "$name: the build could not be set up"
  quietly "$log" cmake --build "$build" -j "$(jobs)" || die "$name: the build failed"
  say "== $name: testing"
  ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(jobs)" || die "$name: tests failed"
}

for kind in ${OUTMAP_CHECK:-plain asan tsan}; do
  case $kind in
    plain) check plain -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 ;;
    asan) check asan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DOUTMAP_SANITIZE=address,undefined ;;
    tsan) check tsan -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DOUTMAP_SANITIZE=thread ;;
    *) die "OUTMAP_CHECK: '$kind' is none of plain, asan, tsan" 2 ;;
  esac
done
say "outmap: all tests passed (${OUTMAP_CHECK:-plain asan tsan})"
