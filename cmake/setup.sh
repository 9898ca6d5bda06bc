# Shared by demo.sh and check.sh: says what is missing, installs it on Debian, runs things quietly. POSIX sh; sourced.

# The library and the program, then what only the tests need.
build_packages="g++ cmake ninja-build pkg-config libasio-dev libssl-dev libntlm0-dev libsqlite3-dev libexpected-dev \
libgmime-3.0-dev libxml2-dev \
libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev"
test_packages="doctest-dev librapidcheck-dev dovecot-imapd winbind isync python3 mutt notmuch"
# The second server that the tests talk to. Its packages and Dovecot's exclude each other: see unpack_cyrus.
cyrus_packages="cyrus-common cyrus-imapd sasl2-bin"
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
  apt="as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
-o Acquire::Retries=3 -o Acquire::http::Timeout=30"
  $apt install --no-install-recommends "$@" && return 0
  # The package lists of a fresh machine are empty or old.
  $apt update && $apt install --no-install-recommends "$@"
}

# A server that comes with a package must not start on this machine only because the tests use its program. In a subshell,
# so that an interruption, too, takes the ban away again.
install_without_starting() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy"
  fi
  install_packages "$@"
)

# why_apt_failed LOG: what to do about it, in one line.
why_apt_failed() {
  if tail -n 60 "$1" | grep -q 'Could not get lock\|Unable to acquire the dpkg'; then
    say "another program is installing packages; wait until it has ended, then run this again"
  elif tail -n 60 "$1" | grep -qi 'Temporary failure resolving\|Could not connect\|Connection timed out\|Unable to connect'; then
    say "the package server cannot be reached; look at the network (and http_proxy), then run this again"
  elif tail -n 60 "$1" | grep -q 'Unable to locate package\|has no installation candidate'; then
    say "this release does not have all of the packages: Debian 12 or newer is needed"
  elif tail -n 60 "$1" | grep -q 'No space left\|enough free space'; then
    say "the disk is full"
  else
    say "the packages could not be installed"
  fi
}

# need_packages LOG PACKAGE...
need_packages() {
  log=$1
  shift
  wanted=$(missing_packages "$@")
  [ -n "$wanted" ] || return 0
  say "To be installed with apt-get: $wanted"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || die "run this as root, or install the packages named above yourself" 2
    # Asks for the password now, in sight, and not from behind the log.
    sudo -v || die "sudo does not let you install; run this as root, or install the packages named above yourself" 2
  fi
  # shellcheck disable=SC2086 # a list of words
  quietly "$log" install_without_starting $wanted || die "$(why_apt_failed "$log")" 2
}

# unpack_cyrus FOLDER LOG: the packages are unpacked there and not installed, so nothing of the machine changes but the
# libraries that they need.
unpack_cyrus() {
  [ ! -x "$1/usr/lib/cyrus/bin/imapd" ] || return 0
  if ! apt-cache show cyrus-imapd 2>/dev/null | grep -q '^Version'; then
    quietly "$2" as_root apt-get -o Acquire::Retries=3 update || die "$(why_apt_failed "$2")" 2
  fi
  # shellcheck disable=SC2086 # a list of words
  needed=$(apt-cache depends $cyrus_packages | sed -n 's/^ *Depends: \(lib[a-z0-9.+-]*\)$/\1/p' | sort -u)
  # shellcheck disable=SC2086
  need_packages "$2" $needed
  say "To be unpacked in $1: $cyrus_packages"
  rm -rf "$1" "$1.new"
  mkdir -p "$1.new"
  # shellcheck disable=SC2086
  (cd "$1.new" && quietly "$2" apt-get -o Acquire::Retries=3 download $cyrus_packages) || die "$(why_apt_failed "$2")" 2
  for package in "$1.new"/*.deb; do
    quietly "$2" dpkg-deb -x "$package" "$1.new" || die "$package cannot be unpacked" 2
  done
  rm -f "$1.new"/*.deb
  mv "$1.new" "$1"
}

version_at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# One line for each thing that is missing. missing_tools HEADERS PROGRAMS
missing_tools() {
  compiler=${CXX:-c++}
  if ! command -v "$compiler" >/dev/null 2>&1; then
    say "a C++20 compiler: g++ 12 or newer (and then these headers: $1)"
  else
    gcc=$("$compiler" -dumpfullversion 2>/dev/null) || gcc=
    if "$compiler" -dM -E -x c++ /dev/null 2>/dev/null | grep -q __clang__ || ! version_at_least "${gcc:-0}" 12; then
      say "g++ 12 or newer: $compiler is $("$compiler" --version 2>&1 | head -n 1) (another one can be named by CXX)"
    fi
    for header in $1; do
      printf '#include <%s>\n' "$header" | "$compiler" -std=c++20 -DASIO_STANDALONE -E -x c++ - >/dev/null 2>&1 ||
        say "the header $header"
    done
  fi
  if ! command -v cmake >/dev/null 2>&1; then
    say "cmake 3.25 or newer"
  elif ! version_at_least "$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')" 3.25; then
    say "cmake 3.25 or newer: here it is $(cmake --version | head -n 1)"
  fi
  command -v ninja >/dev/null 2>&1 || command -v make >/dev/null 2>&1 || say "ninja or make"
  for program in $2; do
    command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || say "the program $program"
  done
}

# Everything must be there after the packages are; elsewhere than on Debian nothing is installed. need_tools HEADERS PROGRAMS
need_tools() {
  lacking=$(missing_tools "$1" "$2")
  [ -n "$lacking" ] || return 0
  on_debian || say "This is not Debian, so nothing is installed here." >&2
  die "missing:
$lacking" 2
}

on_debian() { [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

generator() {
  if command -v ninja >/dev/null 2>&1; then echo Ninja; else echo 'Unix Makefiles'; fi
}

# set_up_build BUILD_FOLDER LOG CMAKE_OPTION...
set_up_build() {
  folder=$1
  log=$2
  shift 2
  if command -v ccache >/dev/null 2>&1; then
    set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
  # A folder that another generator began would be refused.
  [ -e "$folder/CMakeCache.txt" ] || set -- "$@" -G "$(generator)"
  quietly "$log" cmake -S "$root" -B "$folder" "$@"
}

# As many as there are processors, and no more than memory has room for: a file with coroutines takes more than a GiB.
jobs() {
  count=$(nproc 2>/dev/null) || count=2
  room=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo 2>/dev/null) || room=
  [ -z "$room" ] || [ "$room" -ge "$count" ] || count=$room
  [ "$count" -ge 1 ] || count=1
  echo "$count"
}
