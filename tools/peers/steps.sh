# shellcheck shell=bash
# Words that tools/setup and tools/peers/build share: where the cache is, which Go they use, and how a long step shows that
# it lives. Sourced, never run.
#
# A step keeps its command's output in a log and shows it only when the command fails. Meanwhile a heartbeat prints the
# elapsed time: every second in place on a terminal, one line every 25 s elsewhere. The heartbeat reads a pipe whose only
# writer is the script, so it ends with the script however that ends, kill -9 included.

cache=${SALVOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/salvor}

# The Go that setup installs when PATH has none that suffices.
go_version=1.26.6
go_home=$cache/go-$go_version

say() { printf '%s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  [ -z "${2-}" ] || printf '  hint: %s\n' "$2" >&2
  exit 1
}

# at_least MINIMUM VERSION: compares dotted versions, a leading v allowed.
at_least() {
  printf '%s\n%s\n' "${1#v}" "${2#v}" | sort --version-sort --check=quiet
}

# find_go: prints the path of a Go >= 1.26 from PATH or the cache.
find_go() {
  local go version
  for go in "$(type -P go || true)" "$go_home/bin/go"; do
    [ -x "$go" ] || continue
    version=$(GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null) || continue
    if at_least 1.26 "${version#go}"; then
      echo "$go"
      return 0
    fi
  done
  return 1
}

# fetch_wheel REQUIREMENTS TARGET: unpacks what the file pins into the directory, with a throw-away pip.
fetch_wheel() {
  /usr/bin/python3 -m venv "$2.venv" &&
    "$2.venv/bin/pip" install --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
      --target "$2" --requirement "$1" &&
    rm -rf "$2.venv"
}

# step TITLE COMMAND...: runs the command with a heartbeat; its output appears only on failure.
step() {
  local title=$1 log name status=0 pulse heart
  shift
  name=$(mktemp)
  exec {log}<>"$name"
  rm "$name"  # the open file is enough, and leaves nothing behind when the script is killed
  exec {pulse}> >(heartbeat "$title" "/dev/fd/$log")
  heart=$!
  "$@" >"/dev/fd/$log" 2>&1 {pulse}>&- || status=$?
  exec {pulse}>&-
  wait "$heart" || true
  if [ "$status" -ne 0 ]; then
    say "$title: failed with status $status; the end of its output:"
    tail -n 30 "/dev/fd/$log" | sed 's/^/  | /' >&2
  fi
  exec {log}>&-
  return "$status"
}

# heartbeat TITLE LOG: shows elapsed time and the last line of the log until standard input ends.
heartbeat() {
  local title=$1 log=$2 begin=$SECONDS spoken=$SECONDS status
  trap '' INT TERM  # the script's end closes the pipe, which is the signal to stop
  [ -t 2 ] || say "$title"
  while :; do
    status=0
    read -r -t 1 || status=$?
    [ "$status" -gt 128 ] || break
    if [ -t 2 ]; then
      printf '\r\033[K%s  %d s  %.60s' "$title" $((SECONDS - begin)) "$(tail -n 1 "$log" 2>/dev/null)" >&2
    elif [ $((SECONDS - spoken)) -ge 25 ]; then
      spoken=$SECONDS
      say "$title: $((SECONDS - begin)) s so far"
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
  say "$title: ended after $((SECONDS - begin)) s"
}
