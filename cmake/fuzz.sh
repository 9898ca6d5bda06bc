#!/bin/sh
# Fuzzes each target of tests/fuzz with clang's libFuzzer under the sanitizers for addresses and undefined behaviour.
#   sh cmake/fuzz.sh SECONDS [TARGET...]       # so long each, one after the other; without names: all
# Starts from tests/fuzz/corpus, which stays as it is; what is found grows in build/fuzz/corpus from run to run, and an
# input that breaks a target is left in build/fuzz. The session target needs coroutines: clang 16 builds them, clang 14
# does not, and then it runs by GCC in ctest alone (fuzz.session). OUTMAP_CLANG names another compiler; TMPDIR=/dev/shm
# spares the session target the disk.
# Exit code 0: nothing broke, 1: something did, 2: no clang with libFuzzer here.
set -eu
script=fuzz.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"

[ $# -ge 1 ] || die "usage: sh cmake/fuzz.sh SECONDS [TARGET...]" 2
seconds=$1
shift
# By its path: CMake forgets every option where the compiler's name is not the one that it remembers.
compiler=$(command -v "${OUTMAP_CLANG:-clang++}") || die "there is no ${OUTMAP_CLANG:-clang++}" 2
build=$root/build/fuzz
mkdir -p "$build"
log=$build/fuzz.log
: >"$log"

echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
  "$compiler" -fsanitize=fuzzer -x c++ - -o "$build/probe" >>"$log" 2>&1 ||
  die "$compiler has no libFuzzer (Debian: clang and libclang-rt-14-dev)" 2

# Asio does not know by itself that this compiler has them.
coroutines='-DASIO_HAS_CO_AWAIT=1 -DASIO_HAS_STD_COROUTINE=1'
targets='response greeting modified_utf7 base64 ntlm digest_md5 transcript encoder readable'
sans_io=ON
cat >"$build/probe.cpp" <<'END'
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
asio::awaitable<int> one() { co_return 1; }
asio::awaitable<void> two() { co_await one(); }
void run(asio::io_context& loop) { asio::co_spawn(loop, two(), asio::detached); }
END
# shellcheck disable=SC2086 # a list of words
if "$compiler" -std=c++20 -DASIO_STANDALONE $coroutines -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined \
  -c "$build/probe.cpp" -o "$build/probe.o" >>"$log" 2>&1; then
  sans_io=OFF
  targets="$targets session"
fi

say "== fuzz: building in build/fuzz"
grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$compiler\$" "$build/CMakeCache.txt" 2>/dev/null || rm -f "$build/CMakeCache.txt"
set_up_build "$build" "$log" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_COMPILER=$compiler" "-DCMAKE_CXX_FLAGS=$coroutines" \
  '-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1' -DOUTMAP_SANITIZE=address,undefined -DOUTMAP_FUZZ=ON \
  -DOUTMAP_SANS_IO_ONLY=$sans_io -DOUTMAP_BUILD_CLI=OFF
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $targets
quietly "$log" cmake --build "$build" -j "$(jobs)" --target $(printf 'fuzz_%s ' "$@")
broken=0
for target in "$@"; do
  mkdir -p "$build/corpus/$target"
  code=0
  "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$build/$target-" "$build/corpus/$target" \
    "$root/tests/fuzz/corpus/$target" >"$build/$target.out" 2>&1 || code=$?
  executed=$(sed -n 's/^stat::number_of_executed_units: //p' "$build/$target.out")
  [ "${executed:-0}" != 0 ] || code=1
  [ "$code" = 0 ] || { broken=1; tail -n 30 "$build/$target.out" >&2; }
  echo "tried: fuzz $target, libFuzzer | points: ${executed:-0} | failures: $((code != 0)) |" \
    "rerun: sh cmake/fuzz.sh $seconds $target"
done
exit $broken
