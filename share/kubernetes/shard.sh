#!/bin/sh
# Prints those of the account names on standard input, one a line, that belong to shard INDEX of COUNT (0 to COUNT - 1).
# A name belongs to one shard alone, and stays with it as long as COUNT stays, whatever names come and go.
# usage: shard.sh INDEX COUNT < accounts
set -eu
case "${1-}/${2-}" in
  *[!0-9/]* | /* | */) echo 'usage: shard.sh INDEX COUNT < accounts' >&2; exit 2 ;;
esac
[ "$2" -gt 0 ] && [ "$1" -lt "$2" ] || { echo "shard.sh: there is no shard $1 of $2" >&2; exit 2; }
LC_ALL=C awk -v index_wanted="$1" -v count="$2" '
  BEGIN { for (i = 1; i < 256; i++) octet[sprintf("%c", i)] = i }
  /^[ \t]*(#|$)/ { next }
  {
    sum = 5381
    for (i = 1; i <= length($0); i++) sum = (sum * 33 + octet[substr($0, i, 1)]) % 4294967296
    if (int(sum / 7) % count == index_wanted) print
  }'
