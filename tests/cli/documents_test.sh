#!/bin/sh
# documents_test.sh PROGRAM EXAMPLES: shells take the completion scripts and complete by them, manual pages are without
# fault, and the examples use commands and options that there are. Shells and checkers that are not installed are left out.
set -eu
program=$1
examples=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0
fault() {
  printf 'documents_test.sh: %s\n' "$1" >&2
  failures=$((failures + 1))
}

if command -v bash >/dev/null; then
  "$program" completion bash >"$dir/outmap.bash"
  # completed WORDS...: what the script offers for the last word.
  completed() {
    bash -c 'compopt() { :; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _outmap; echo "${COMPREPLY[*]}"' \
      bash "$dir/outmap.bash" "$@"
  }
  [ "$(completed outmap sy)" = sync ] || fault "bash: sy is not completed"
  [ "$(completed outmap --json search --dro)" = --drop-index ] || fault "bash: an option of search is not completed"
  [ "$(completed outmap --account sync sea)" = search ] || fault "bash: a value is taken for the command"
  [ "$(completed outmap completion f)" = fish ] || fault "bash: a shell is not completed"
  [ "$(completed outmap help exit)" = exit-codes ] || fault "bash: a topic is not completed"
  touch "$dir/a file"
  [ "$(completed outmap sync --config "$dir/a ")" = "$dir/a file" ] || fault "bash: a file is not completed"
  [ -z "$(completed outmap sync --timeout 1)" ] || fault "bash: a number is completed"
fi
if command -v zsh >/dev/null; then
  "$program" completion zsh >"$dir/_outmap"
  zsh -n "$dir/_outmap" || fault "zsh does not take its script"
fi
if command -v fish >/dev/null; then
  "$program" completion fish >"$dir/outmap.fish"
  fish_says() { HOME=$dir XDG_CONFIG_HOME=$dir XDG_DATA_HOME=$dir fish --no-config -c ". $dir/outmap.fish; complete -C '$1'"; }
  fish_says 'outmap sy' | grep -q '^sync' || fault "fish: sy is not completed"
  fish_says 'outmap search --dro' | grep -q '^--drop-index' || fault "fish: an option of search is not completed"
fi

lint=
command -v mandoc >/dev/null && lint='mandoc -T lint -W warning'
[ -n "$lint" ] || ! command -v groff >/dev/null || lint='groff -man -ww -z -K utf8'
for topic in '' $("$program" completion fish | sed -n 's/.*__fish_use_subcommand -a \([a-z-]*\) .*/\1/p'); do
  # shellcheck disable=SC2086 # no topic is no argument
  "$program" manual $topic >"$dir/page.1"
  [ -s "$dir/page.1" ] || fault "the page of outmap $topic is empty"
  [ -n "$lint" ] || continue
  # A date would make each build another one.
  said=$($lint "$dir/page.1" 2>&1 | grep -v 'missing date') || true
  [ -z "$said" ] || fault "the page of outmap $topic: $said"
done

# What changes something can be run dry.
for command in sync backup fetch restore import export mark copy move delete undelete purge append folder outbox; do
  "$program" help "$command" | grep -q -e ' --dry-run' || fault "outmap $command has no --dry-run"
done

# The options of `outmap backup` in units and jobs, which go over several lines.
if "$program" help backup >"$dir/help" 2>/dev/null; then
  for file in "$examples"/systemd/*/*.service "$examples"/kubernetes/*.yaml; do
    # shellcheck disable=SC2013 # words
    for option in $(sed -n '/outmap backup/,/^[A-Z]\|resources/p' "$file" | grep -o -e ' --[a-z-]*'); do
      grep -q -e "${option}[ ,]" "$dir/help" || fault "$file: outmap backup has no $option"
    done
  done
fi

if command -v systemd-analyze >/dev/null; then
  for kind in user system; do
    mkdir "$dir/$kind"
    for unit in service timer; do
      # Of the installed program nothing is needed but its path.
      sed 's|@CMAKE_INSTALL_FULL_BINDIR@/outmap|/bin/true|' "$examples/systemd/$kind/outmap-backup@.$unit" \
        >"$dir/$kind/outmap-backup@.$unit"
    done
    said=$(SYSTEMD_UNIT_PATH="$dir/$kind:" systemd-analyze verify --man=no "$dir/$kind/outmap-backup@work.service" 2>&1 |
      grep 'outmap-backup') || true
    [ -z "$said" ] || fault "$kind: $said"
  done
fi
[ "$failures" = 0 ]
