#!/bin/sh
# shard_test.sh SCRIPT: each account is in one shard, whatever the others are.
set -eu
all=$(mktemp)
sharded=$(mktemp)
trap 'rm -f "$all" "$sharded"' EXIT
{
  awk 'BEGIN { for (i = 1; i <= 500; i++) printf "user%d@example.org\n", i }'
  printf 'z\303\244h\nA\na\n'
} >"$all"
index=0
while [ "$index" -lt 7 ]; do
  sh "$1" "$index" 7 <"$all" >>"$sharded"
  [ "$(sh "$1" "$index" 7 <"$all" | wc -l)" -gt 30 ] || { echo "shard $index of 7 has next to nothing"; exit 1; }
  index=$((index + 1))
done
[ "$(LC_ALL=C sort "$sharded")" = "$(LC_ALL=C sort "$all")" ] || { echo "not each account is in one shard"; exit 1; }
[ "$(printf '# remark\n\nuser1@example.org\n' | sh "$1" 0 1)" = user1@example.org ] || { echo "remarks count"; exit 1; }
for wrong in '7 7' '1' '-1 7' 'x 7' '0 0' ''; do
  # shellcheck disable=SC2086 # a list of words
  sh "$1" $wrong </dev/null 2>/dev/null && { echo "'$wrong' is taken"; exit 1; }
done
exit 0
