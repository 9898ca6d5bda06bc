#!/bin/sh
# Branch coverage of the parser, the encoder and the planner by their unit tests and fuzz corpora, measured by clang.
#   sh cmake/coverage.sh [PERCENT]     # 95 without; build/coverage/report holds each line
# Exit code 0: each has at least so much, 1: one has less, or a test failed, 2: no clang with llvm-cov here.
set -eu
script=coverage.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"
goal=${1:-95}
compiler=${OUTMAP_CLANG:-clang++}
build=$root/build/coverage
log=$build/coverage.log
mkdir -p "$build/objects" "$build/report"
: >"$log"

major=$("$compiler" -dumpversion 2>/dev/null | cut -d. -f1) || major=
tool() { command -v "$1-$major" || command -v "$1" || die "no $1 beside $compiler (Debian: llvm)" 2; }
[ -n "$major" ] || die "no $compiler here" 2
cov=$(tool llvm-cov)
profdata=$(tool llvm-profdata)

cd "$root"
parser="lib/wire/framer.cpp lib/wire/literal_context.cpp lib/wire/parser.cpp lib/wire/scanner.cpp lib/wire/msg_att.cpp \
lib/wire/fetch_item.cpp lib/wire/mailbox_data.cpp lib/wire/resp_text.cpp lib/wire/date_time.cpp lib/wire/quirks.cpp \
lib/wire/modified_utf7.cpp lib/wire/flags_line.cpp"
encoder="lib/wire/encoder.cpp lib/profile/command.cpp lib/profile/fetch_form.cpp lib/profile/store_form.cpp"
planner="lib/sync/scan_merge.cpp lib/cache/listed_page.cpp"
# What they stand on, and what tries them.
rest="lib/cache/digester.cpp lib/cache/records.cpp"
tests="tests/unit/profile/command_test.cpp tests/unit/profile/closed_set_test.cpp tests/unit/sync/scan_merge_test.cpp \
tests/unit/cache/page_form_test.cpp tests/support/main.cpp tests/support/results_listener.cpp"

set -- $parser $encoder $planner $rest $tests lib/core/*.cpp tests/unit/wire/*.cpp tests/fuzz/fuzz_response.cpp \
  tests/fuzz/fuzz_encoder.cpp tests/fuzz/fuzz_modified_utf7.cpp tests/fuzz/fuzz_replay.cpp
say "== coverage: building in build/coverage"
# clang 14 has no structured bindings in lambdas, which is what CAPTURE makes of its argument.
printf '#include <doctest/doctest.h>\n#undef CAPTURE\n#define CAPTURE(x) static_cast<void>(0)\n' >"$build/names.hpp"
cache=
command -v ccache >/dev/null 2>&1 && cache=ccache
for source in "$@"; do
  printf '%s %s\n' "$source" "$build/objects/$(printf '%s' "$source" | tr / _).o"
done | quietly "$log" xargs -P "$(jobs)" -n 2 \
  sh -c "case \$0 in tests/unit/*) names='-include $build/names.hpp' ;; *) names= ;; esac
  $cache $compiler -std=c++20 -O0 -g1 -fprofile-instr-generate -fcoverage-mapping -Iinclude -Ilib -Itests \$names \
    -c \"\$0\" -o \"\$1\""

objects() { for source in "$@"; do printf '%s ' "$build/objects/$(printf '%s' "$source" | tr / _).o"; done; }
link() {
  name=$1
  shift
  # shellcheck disable=SC2046 # a list of words
  quietly "$log" "$compiler" -fprofile-instr-generate -fcoverage-mapping -o "$build/$name" \
    $(objects "$@" $parser $encoder lib/core/*.cpp) -lcrypto -lrapidcheck
}
link wire tests/support/main.cpp tests/support/results_listener.cpp tests/unit/wire/*.cpp \
  tests/unit/profile/command_test.cpp tests/unit/profile/closed_set_test.cpp
link planner tests/support/main.cpp tests/support/results_listener.cpp tests/unit/sync/scan_merge_test.cpp \
  tests/unit/cache/page_form_test.cpp $planner $rest
for name in response encoder modified_utf7; do
  link "fuzz_$name" "tests/fuzz/fuzz_$name.cpp" tests/fuzz/fuzz_replay.cpp
done

say "== coverage: testing"
run() {
  name=$1
  shift
  quietly "$log" env LLVM_PROFILE_FILE="$build/$name.profraw" "$build/$name" "$@"
}
run wire
run planner
for name in response encoder modified_utf7; do run "fuzz_$name" --rounds 3000 "tests/fuzz/corpus/$name"; done
"$profdata" merge -o "$build/all.profdata" "$build"/*.profraw

failed=0
# measure WHAT SOURCE...
measure() {
  what=$1
  shift
  # shellcheck disable=SC2086 # lists of words
  "$cov" show "$build/wire" -object "$build/planner" -object "$build/fuzz_response" -object "$build/fuzz_encoder" \
    -object "$build/fuzz_modified_utf7" -instr-profile "$build/all.profdata" -show-branches=count "$@" \
    >"$build/report/$what.txt" 2>>"$log"
  "$cov" report "$build/wire" -object "$build/planner" -object "$build/fuzz_response" -object "$build/fuzz_encoder" \
    -object "$build/fuzz_modified_utf7" -instr-profile "$build/all.profdata" -show-branch-summary "$@" \
    >"$build/report/$what.summary" 2>>"$log"
  # TOTAL … branches missed percent: the last three columns.
  total=$(awk '$1 == "TOTAL" { print $(NF - 2), $(NF - 1) }' "$build/report/$what.summary")
  branches=${total% *}
  missed=${total#* }
  percent=$(awk -v b="$branches" -v m="$missed" 'BEGIN { printf "%.1f", b ? 100 * (b - m) / b : 0 }')
  short=$(awk -v p="$percent" -v g="$goal" 'BEGIN { print p < g }')
  [ "$short" = 0 ] || failed=1
  say "tried: branch coverage of the $what, $percent % | points: $((branches - missed)) of $branches branches |" \
    "failures: $short | rerun: sh cmake/coverage.sh $goal"
}
# shellcheck disable=SC2086 # lists of words
{
  measure parser $parser
  measure encoder $encoder
  measure planner $planner
}
exit $failed
