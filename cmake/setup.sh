# Shared by demo.sh and check.sh: says what is missing, installs it on Debian, builds. POSIX sh; sourced, not run.

# The library and the program, then what only the tests need.
build_packages="g++ cmake ninja-build pkg-config libasio-dev libssl-dev libntlm0-dev libsqlite3-dev libexpected-dev \
libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev"
test_packages="doctest-dev librapidcheck-dev dovecot-imapd winbind"
build_headers="asio.hpp openssl/ssl.h ntlm.h sqlite3.h tl/expected.hpp CLI/CLI.hpp toml++/toml.h nlohmann/json.hpp fmt/core.h"
test_headers="doctest/doctest.h rapidcheck.h"

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "$script" "$1" >&2
  exit "${2:-1}"
}

# quietly LOG COMMAND...: shows the end of the log when the command fails.
quietly() {
  log=$1
  shift
  "$@" >>"$log" 2>&1 && return 0
  printf '%s: failed: %s\nthe end of %s:\n' "$script" "$*" "$log" >&2
  tail -n 30 "$log" >&2
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

missing_packages() {
  for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=none
    [ "$state" = installed ] || printf '%s ' "$package"
  done
}

install_packages() {
  apt="as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300"
  $apt install --no-install-recommends "$@" && return 0
  # The package lists of a fresh machine are empty or old.
  $apt update && $apt install --no-install-recommends "$@"
}

# A server that comes with a package must not start on this machine only because the tests use its program.
install_without_starting() {
  policy=/usr/sbin/policy-rc.d
  made=
  if [ ! -e "$policy" ]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy"
  fi
  install_packages "$@"
  outcome=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return "$outcome"
}

# need_packages LOG PACKAGE...
need_packages() {
  log=$1
  shift
  wanted=$(missing_packages "$@")
  [ -n "$wanted" ] || return 0
  say "To be installed with apt-get: $wanted"
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    die "run this as root, or install the packages named above yourself" 2
  fi
  # shellcheck disable=SC2086 # a list of words
  quietly "$log" install_without_starting $wanted || die "the packages could not be installed" 1
}

version_at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# On another system nothing is installed: what is missing is named. need_tools HEADERS PROGRAMS
need_tools() {
  lacking=
  compiler=${CXX:-g++}
  if ! command -v "$compiler" >/dev/null 2>&1; then
    lacking="$lacking a C++20 compiler (GCC 12 or newer);"
  else
    for header in $1; do
      printf '#include <%s>\n' "$header" | "$compiler" -std=c++20 -DASIO_STANDALONE -E -x c++ - >/dev/null 2>&1 ||
        lacking="$lacking the header $header;"
    done
  fi
  if ! command -v cmake >/dev/null 2>&1; then
    lacking="$lacking cmake (3.25 or newer);"
  elif ! version_at_least "$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')" 3.25; then
    lacking="$lacking cmake 3.25 or newer;"
  fi
  for program in $2; do
    command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || lacking="$lacking the program $program;"
  done
  [ -z "$lacking" ] || die "this is not Debian, so nothing is installed here. Missing:$lacking" 2
}

on_debian() { [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

generator() {
  if command -v ninja >/dev/null 2>&1; then echo Ninja; else echo 'Unix Makefiles'; fi
}

jobs() { nproc 2>/dev/null || echo 2; }
