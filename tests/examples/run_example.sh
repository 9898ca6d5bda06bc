#!/bin/sh
# run_example.sh SERVER console|qt PROGRAM: the example against the loopback server with its sample mailbox.
set -eu
server=$1 kind=$2 program=$3
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || :; rm -rf "$work"' EXIT
"$server" --sample 7 --write-ca "$work/ca.pem" --ready-file "$work/ready" &
pid=$!
until [ -s "$work/ready" ]; do
  kill -0 "$pid" || exit 1
done
port=$(sed 's/.*tls=//' "$work/ready")
OUTMAP_PASSWORD=demo
export OUTMAP_PASSWORD
url=imaps://demo@localhost:$port
case $kind in
  console)
    "$program" "$url" "$work/cache.outmap" "$work/ca.pem" >"$work/subjects"
    cat "$work/subjects"
    [ "$(wc -l <"$work/subjects")" -eq 10 ]
    # Nobody there: what the last run brought is not lost, and the error says what is wrong.
    kill "$pid" && wait "$pid" || :
    ! "$program" "$url" "$work/cache.outmap" "$work/ca.pem" 2>"$work/error"
    grep -q refuses "$work/error"
    ;;
  qt)
    picture=${OUTMAP_SCREENSHOT:-$work/window.png}
    "$program" "$url" "$work/cache.outmap" --ca-file "$work/ca.pem" --screenshot "$picture"
    # A window without mail makes a far smaller picture.
    [ "$(wc -c <"$picture")" -gt 20000 ]
    ;;
esac
