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

# What the jobs run: the accounts of a shard go to outmap, an empty shard is done, and one that cannot be told fails.
place=$(mktemp -d)
trap 'rm -rf "$all" "$sharded" "$place"' EXIT
printf '#!/bin/sh\necho "$@"\n' >"$place/outmap"
chmod +x "$place/outmap"
cp "$1" "$place"
for job in "$(dirname "$1")"/*job.yaml; do
  line=$(sed -n '/^ *- >-$/,/--json$/p' "$job" | sed 1d | tr '\n' ' ' | sed "s|/etc/outmap|$place|g")
  # run_job INDEX SHARDS
  run_job() { JOB_COMPLETION_INDEX=$1 SHARDS=$2 PATH="$place:$PATH" sh -c "$line" 2>/dev/null; }
  rm -f "$place/accounts.txt"
  run_job 0 1 && { echo "$job: without accounts.txt it succeeds"; exit 1; }
  printf 'anna\nben\n' >"$place/accounts.txt"
  case $(run_job 0 1) in
    'backup anna ben --config '*' --json') ;;
    *) echo "$job: not both accounts are backed up"; exit 1 ;;
  esac
  run_job 4 4 && { echo "$job: a shard that there is not succeeds"; exit 1; }
  : >"$place/accounts.txt"
  [ -z "$(run_job 0 4)" ] && run_job 0 4 || { echo "$job: an empty shard is no success"; exit 1; }
done
exit 0
