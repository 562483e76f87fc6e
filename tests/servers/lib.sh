# shellcheck shell=bash
#
# What every launcher in this folder shares; sourced, never run. Its contract is in README.md.
#
# A launcher sets these, and ends with: main "$@"
#   NAME        its own name
#   PACKAGES    Debian's packages with all parts of the server, except libraries that others share
#   USERS       users and groups that the server runs as
#   NEEDS       what it cannot do without: `root` (the default), `namespace` (root, and a mount
#               namespace, since its paths are compiled in) or `nothing` (no rights at all)
#   parts       a function that checks with `need` and `incomplete` that the server is all there
#   configure   a function that writes what the server needs under $DIR, for the ports in $PORT_*,
#               and sets the array SERVE, the command that runs it in the foreground
set -euo pipefail
umask 022
PATH=${MAILER_SERVERS_PATH:-$PATH:/usr/sbin:/sbin}

HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
NEEDS=${NEEDS:-root}
USERS=(${USERS[@]+"${USERS[@]}"})
UP_SECONDS=30
HOST=127.0.0.1
SIZE_LIMIT=${SIZE_LIMIT:-10240000}

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { printf 'usage: %s up DIR | env DIR | down DIR | install\n' "$NAME" >&2; exit 64; }

. "$HERE/packages.sh"

# --- the folder -----------------------------------------------------------------------------------

# The server drops root's rights, so every user must be able to pass through DIR (not to list it).
open_the_way() {
    local folder=$DIR
    case $DIR in /usr/*) unavailable "$DIR: choose a folder that is not under /usr" ;; esac
    if ! everybody_may_enter "$DIR" && [ -O "$DIR" ]; then
        say "chmod 711 $DIR, since the server's own user has to pass through it"
        chmod 711 "$DIR"
    fi
    while [ "$folder" != / ]; do
        everybody_may_enter "$folder" ||
            unavailable "$folder: the server's own user cannot enter it; choose a DIR elsewhere (tests: TMPDIR)"
        folder=$(dirname "$folder")
    done
}
everybody_may_enter() { [ $((0$(stat -c %a "$1") & 1)) = 1 ]; }

# --- the process --------------------------------------------------------------------------------

# A number alone does not name a process for long: its start time is kept beside it.
start_time() { awk '{ sub(/^.*\) /, ""); if ($1 != "Z") print $20 }' "/proc/$1/stat" 2>/dev/null || true; }

is_running() {
    local pid started
    read -r pid started 2>/dev/null <"$DIR/pid" || return 1
    [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ]
}

is_up() { is_running && [ -e "$DIR/env" ]; }

# setsid: the server leads a process group of its own, so that `stop` reaches its children too.
launch() {
    setsid "${ENCLOSE[@]}" "${SERVE[@]}" </dev/null >>"$LOG" 2>&1 9>&- &
    SERVER_PID=$!
    echo "$SERVER_PID $(start_time "$SERVER_PID")" >"$DIR/pid"
}

stop() {
    local pid _
    if is_running; then
        read -r pid _ <"$DIR/pid"
        kill -TERM "$pid"
        wait_until_gone "$pid" || { kill -KILL -- "-$pid" 2>/dev/null && wait_until_gone "$pid"; } || true
    fi
    rm -f "$DIR/pid" "$DIR/env"
}

wait_until_gone() {
    local _
    for _ in {1..100}; do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# Another process may bind a port after it was chosen: then choose again.
start() {
    local ports status _
    for _ in {1..5}; do
        ports=$(python3 "$HERE/ports.py" free 3)
        read -r PORT_PLAIN PORT_STARTTLS PORT_TLS <<<"$ports"
        : >"$LOG"
        BINDS=()
        configure
        launch
        status=0
        python3 "$HERE/ports.py" greet "$UP_SECONDS" "$SERVER_PID" \
            "$PORT_PLAIN:plain" "$PORT_STARTTLS:plain" "$PORT_TLS:tls" || status=$?
        [ "$status" != 0 ] || return 0
        stop
        [ "$status" = 75 ] || grep -q 'Address already in use' "$LOG" || break
        say "another program took one of the ports; choosing others"
    done
    tail -n 5 "$LOG" >&2
    die "it did not start; the whole log is $LOG"
}

# --- what the tests are told --------------------------------------------------------------------

# Simple enough for any client; made anew at each `up`, so that none can be built into a test.
choose_accounts() {
    USER1=alice@example.test PASS1=$(openssl rand -hex 8)
    USER2=bob@example.test PASS2="pässwörd mit £ $(openssl rand -hex 4)"
}

# make_mailboxes NAME...: empty maildirs; one called utf8 where the server has SMTPUTF8.
make_mailboxes() {
    local name
    for name in "$@"; do mkdir -p "$DIR/mail/$name"/{cur,new,tmp}; done
}

put() { printf '%s=%s\n' "$1" "$2"; }

write_env() {
    {
        put HOST "$HOST"
        put PORT_PLAIN "$PORT_PLAIN"
        put PORT_STARTTLS "$PORT_STARTTLS"
        put PORT_TLS "$PORT_TLS"
        put CA "$DIR/certs/ca.pem"
        put USER "$USER1"
        put PASS "$PASS1"
        put USER2 "$USER2"
        put PASS2 "$PASS2"
        [ -z "${TOKEN-}" ] || put TOKEN "$TOKEN"
        put RCPT rcpt@example.test
        put MAILBOX "$DIR/mail/rcpt"
        put RCPT2 rcpt2@example.test
        put MAILBOX2 "$DIR/mail/rcpt2"
        if [ -d "$DIR/mail/utf8" ]; then
            put UTF8_RCPT jörg@example.test
            put UTF8_MAILBOX "$DIR/mail/utf8"
        fi
        put BADRCPT unknown@example.test
        put SIZE_LIMIT "$SIZE_LIMIT"
        put LOG "$LOG"
    } >"$DIR/env.new"
    chmod 600 "$DIR/env.new"
    mv "$DIR/env.new" "$DIR/env"
}

# --- commands -----------------------------------------------------------------------------------

up() {
    exec 9>"$DIR/lock"
    flock 9
    if is_up; then say "already up in $DIR"; return; fi
    provide_server
    [ "$NEEDS" = nothing ] || open_the_way
    stop
    mkdir -p "$DIR/etc"
    "$HERE/certs" "$DIR/certs"
    choose_accounts
    start
    write_env
    say "up in $DIR on ports $PORT_PLAIN (plain), $PORT_STARTTLS (STARTTLS), $PORT_TLS (TLS)"
}

main() {
    case "${1-}:$#" in
    install:1) provide_server; say "available: ${OVERLAY:-"this machine's own"}"; return ;;
    up:2) mkdir -p "$2" ;;
    env:2 | down:2) ;;
    *) usage ;;
    esac
    if [ ! -d "$2" ]; then
        [ "$1" = down ] || die "no such folder: $2"
        return 0
    fi
    DIR=$(cd "$2" && pwd -P)
    LOG=$DIR/log
    case $1 in
    up) up ;;
    env) is_up || die "not up in $DIR"; cat "$DIR/env" ;;
    down) stop; say "down in $DIR" ;;
    esac
}
