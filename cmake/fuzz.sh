#!/bin/sh
# Fuzzes each target of tests/fuzz with clang's libFuzzer under the sanitizers for addresses and undefined behaviour.
#   sh cmake/fuzz.sh SECONDS [TARGET...]       # so long each, one after the other; without names: all
# Starts from tests/fuzz/corpus, which stays as it is; what is found grows in build/fuzz/corpus from run to run, and an
# input that breaks a target is left in build/fuzz. The session target needs coroutines that clang 14 does not build; it
# runs by GCC in ctest (fuzz.session).
# Exit code 0: nothing broke, 1: something did, 2: no clang with libFuzzer here.
set -eu
script=fuzz.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"

[ $# -ge 1 ] || die "usage: sh cmake/fuzz.sh SECONDS [TARGET...]" 2
seconds=$1
shift
compiler=${OUTMAP_CLANG:-clang++}
build=$root/build/fuzz
mkdir -p "$build"
log=$build/fuzz.log
: >"$log"

echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
  "$compiler" -fsanitize=fuzzer -x c++ - -o "$build/probe" >>"$log" 2>&1 ||
  die "$compiler has no libFuzzer (Debian: clang and libclang-rt-14-dev)" 2

say "== fuzz: building in build/fuzz"
set_up_build "$build" "$log" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_COMPILER=$compiler" \
  '-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1' -DOUTMAP_SANITIZE=address,undefined -DOUTMAP_FUZZ=ON -DOUTMAP_SANS_IO_ONLY=ON
quietly "$log" cmake --build "$build" -j "$(jobs)"

[ $# -gt 0 ] || set -- response greeting modified_utf7 base64 ntlm digest_md5 transcript encoder readable
broken=0
for target in "$@"; do
  mkdir -p "$build/corpus/$target"
  code=0
  "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$build/$target-" "$build/corpus/$target" \
    "$root/tests/fuzz/corpus/$target" >"$build/$target.out" 2>&1 || code=$?
  executed=$(sed -n 's/^stat::number_of_executed_units: //p' "$build/$target.out")
  [ "$code" = 0 ] || { broken=1; tail -n 30 "$build/$target.out" >&2; }
  echo "tried: fuzz $target, libFuzzer | points: ${executed:-0} | failures: $((code != 0)) |" \
    "rerun: sh cmake/fuzz.sh $seconds $target"
done
exit $broken
