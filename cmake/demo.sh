#!/bin/sh
# Builds outmap, starts a loopback IMAP server with sample mail, syncs it by NTLM over TLS, and exports it to Maildir.
# What it makes is kept: the build in build/demo, mail and cache in a new temporary folder that is named at the end.
set -eu
script=demo.sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/cmake/setup.sh"

build=$root/build/demo
mkdir -p "$build"
log=$build/demo.log
: >"$log"

if on_debian; then
  # shellcheck disable=SC2086 # lists of words
  need_packages "$log" $build_packages
fi
need_tools "$build_headers" ''

say "Building outmap (Release) in build/demo; the first time takes some minutes …"
set_up_build "$build" "$log" -DCMAKE_BUILD_TYPE=Release -DOUTMAP_BUILD_TESTS=OFF -DOUTMAP_BUILD_EXCHANGE=ON ||
  die "the build could not be set up"
quietly "$log" cmake --build "$build" -j "$(jobs)" || die "the build failed"
outmap=$build/cli/outmap
server=$build/tests/exchange/outmap-exchange

place=$(mktemp -d "${TMPDIR:-/tmp}/outmap-demo.XXXXXX")
chmod 700 "$place"
OUTMAP_PASSWORD=demo-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
export OUTMAP_PASSWORD
OUTMAP_EXCHANGE_PASSWORD=$OUTMAP_PASSWORD "$server" --sample --user anna --port 0 --tls-port 0 \
  --write-ca "$place/ca.pem" --ready-file "$place/ready" >"$place/server.log" 2>&1 &
server_pid=$!
trap 'kill "$server_pid" 2>/dev/null || true; wait "$server_pid" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

waited=0
until [ -e "$place/ready" ]; do
  kill -0 "$server_pid" 2>/dev/null || { cat "$place/server.log" >&2; die "the server did not start"; }
  waited=$((waited + 1))
  [ "$waited" -le 300 ] || die "the server was not ready after 30 seconds"
  sleep 0.1
done
port=$(sed -n 's/.*tls=\([0-9]*\).*/\1/p' "$place/ready")
say "A server with a sample mailbox listens on 127.0.0.1, port $port."

set -- --url "imaps://anna@localhost:$port" --ca-file "$place/ca.pem" --cache "$place/mail.outmap"
show() {
  printf '\n$ outmap %s\n' "$*"
  "$outmap" "$@"
}
show login "$@" --auth ntlm
show sync "$@" --auth ntlm
show folders "$@" --auth ntlm
show status "$@"
show list INBOX "$@" --limit 10
# One that fits on a screen and is likely to be plain text: up to 2,999 octets, sender and subject in ASCII.
uid=$("$outmap" list INBOX "$@" --json | LC_ALL=C grep -v '[^ -~]' |
  sed -n 's/.*"uid":\([0-9]*\),.*"size":[12]\{0,1\}[0-9]\{3\},.*/\1/p' | head -n 1)
[ -n "$uid" ] || die "the INBOX has no message to show"
show show INBOX "$uid" "$@"
show export "$@" --format maildir --to "$place/maildir"
say ''
say 'Once more: nothing has changed, so no body is fetched and no file is written.'
show sync "$@" --auth ntlm
show export "$@" --format maildir --to "$place/maildir"

cat <<END

The cache is            $place/mail.outmap
the mail as Maildir is  $place/maildir
the program is          $outmap

With an account of your own:
  $outmap probe mail.example.com
  $outmap sync --url imaps://you@mail.example.com --cache ~/mail.outmap
  $outmap export --url imaps://you@mail.example.com --cache ~/mail.outmap --format maildir --to ~/mail-copy
(the password is asked for, or give it by --password-command, --password-file or OUTMAP_PASSWORD)
END
