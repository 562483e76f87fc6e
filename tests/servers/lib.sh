# shellcheck shell=bash
#
# What every launcher in this folder shares; sourced, never run. Its contract is in README.md.
#
# A launcher sets NAME and PACKAGES (Debian's), and defines two functions:
#   is_installed   is the server with all its tools on this machine already?
#   configure      write everything the server needs under $DIR, for the ports in $PORT_*
# and the array SERVE, the command that runs it in the foreground. It ends with: main "$@"
#
# NEEDS, if set, is what it cannot do without: `root` (the default), `namespace` (root, and a view of
# the machine of its own, as its paths are compiled in), or `nobody`, who has no rights at all.
#
# Packages are not installed where that can be avoided: mail servers exclude one another, and a test
# has no business changing the machine. They are unpacked into a cache folder and laid over /usr in
# a mount namespace that only the server under test lives in.
set -euo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin

HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
CACHE=${MAILER_SERVERS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mailer-servers}
NEEDS=${NEEDS:-root}
UP_SECONDS=30
HOST=127.0.0.1
SIZE_LIMIT=${SIZE_LIMIT:-10240000}

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { printf 'usage: %s up DIR | env DIR | down DIR | install\n' "$NAME" >&2; exit 64; }
# EX_UNAVAILABLE: the server cannot be had here. Tests report themselves as ignored, with this line.
unavailable() { say "not available: $*"; exit 69; }

# --- packages -----------------------------------------------------------------------------------

# Sets OVERLAY to the unpacked packages, or to nothing where the machine has the server itself.
provide_packages() {
    OVERLAY=
    ENCLOSE=()
    local tool
    for tool in python3 openssl setsid flock; do
        command -v "$tool" >/dev/null || unavailable "it needs $tool"
    done
    [ "$NEEDS" = nobody ] || [ "$(id -u)" = 0 ] || unavailable "it has to be started as root"
    [ "$NEEDS" != namespace ] || can_overlay || unavailable "it needs a mount namespace of its own"
    ! is_installed || return 0
    command -v apt-get >/dev/null || unavailable "it is not installed, and there is no apt-get to fetch it with"
    if [ "$NEEDS" = nobody ] || can_overlay; then
        OVERLAY=$CACHE/$NAME-$(os_release)
        unpack_packages
    else
        install_packages
    fi
}

os_release() (. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_ID:-rolling}")

can_overlay() {
    mkdir -p "$CACHE" && unshare --mount mount -t overlay overlay -o "ro,lowerdir=$CACHE:/usr" /usr 2>/dev/null
}

# Several launchers may start at once: the first unpacks, the others wait for it.
unpack_packages() {
    mkdir -p "$CACHE"
    (
        flock 9
        [ ! -e "$OVERLAY/complete" ] || exit 0
        say "unpacking into $OVERLAY (nothing is installed): ${PACKAGES[*]}"
        fetch_packages || { refresh_lists && fetch_packages; } ||
            unavailable "apt-get could not download it: $(tail -n 1 "$OVERLAY/apt.log")"
        touch "$OVERLAY/complete"
    ) 9>"$CACHE/lock"
}

refresh_lists() { apt-get -q update >"$OVERLAY/apt.log" 2>&1; }

# Downloads what `apt-get install` would add to this machine, and unpacks it.
fetch_packages() {
    local debs=$OVERLAY/debs usr=$OVERLAY/usr deb missing dir
    rm -rf "$OVERLAY"
    mkdir -p "$debs" "$usr"/{bin,sbin,lib,lib64}
    missing=$(apt-get install --simulate --no-install-recommends "${PACKAGES[@]}" 2>"$OVERLAY/apt.log" |
        awk '$1 == "Inst" { print $2 }') || return 1
    # shellcheck disable=SC2086  # a list of words
    (cd "$debs" && apt-get -q -o APT::Sandbox::User=root download $missing >"$OVERLAY/apt.log" 2>&1) || return 1
    # /lib and its like are links into /usr, which some packages still do not know.
    for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$OVERLAY/$dir"; done
    for deb in "$debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$OVERLAY" || return 1
    done
    rm -rf "$debs"
}

# Only where mount namespaces are forbidden, as in many containers. Removes no other mail server.
install_packages() {
    local log
    log=$(mktemp)
    say "no mount namespaces here; installing: ${PACKAGES[*]}"
    apt_install >"$log" 2>&1 || { apt-get -q update && apt_install; } >"$log" 2>&1 ||
        unavailable "apt-get could not install it: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
    rm -f "$log"
    is_installed || unavailable "its packages are installed, yet its programs are not found"
}

# RUNLEVEL=1 keeps the package from starting a server of its own.
apt_install() {
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get -q install -y --no-install-recommends --no-remove "${PACKAGES[@]}" </dev/null
}

# --- the server's own view of the machine -------------------------------------------------------

# enclose IDENTITY...: sets ENCLOSE, the words to put before a command that is to see the packages,
# users and groups of these names, and what `bind` was called for before.
enclose() {
    [ -n "$OVERLAY" ] || return 0
    cp /etc/passwd /etc/group "$DIR/etc/"
    local name
    for name in "$@"; do add_identity "$name"; done
    bind "$DIR/etc/passwd" /etc/passwd
    bind "$DIR/etc/group" /etc/group
    # shellcheck disable=SC2016  # expanded by the inner shell
    ENCLOSE=(unshare --mount bash -c '
        set -e
        mount -t overlay overlay -o "ro,lowerdir=$1/usr:/usr" /usr
        shift
        while [ "$1" != -- ]; do
            mount --bind "$1" "$2"
            shift 2
        done
        shift
        exec "$@"' enclosed "$OVERLAY" "${BINDS[@]}" --)
}

# bind SOURCE TARGET: what is enclosed finds SOURCE where the machine has TARGET.
bind() { BINDS+=("$1" "$2"); }

# A user and a group of this name with the first number that neither table has.
add_identity() {
    local passwd=$DIR/etc/passwd group=$DIR/etc/group number=60100
    while grep -q "^[^:]*:[^:]*:$number:" "$passwd" "$group"; do number=$((number + 1)); done
    grep -q "^$1:" "$group" || echo "$1:x:$number:" >>"$group"
    grep -q "^$1:" "$passwd" || echo "$1:x:$number:$number::/nonexistent:/usr/sbin/nologin" >>"$passwd"
}

# The server drops root's rights, so everybody must be able to pass through DIR (not to list it).
open_the_way() {
    local folder=$DIR
    case $DIR in /usr/*) die "$DIR: choose a folder that is not under /usr" ;; esac
    if ! everybody_may_enter "$DIR" && [ -O "$DIR" ]; then
        say "chmod 711 $DIR, since the server's own user has to pass through it"
        chmod 711 "$DIR"
    fi
    while [ "$folder" != / ]; do
        everybody_may_enter "$folder" || die "$folder: the server's own user cannot enter it; choose a DIR elsewhere"
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

# Between the choice of a port and its use somebody else may take it: then choose again.
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
        put RCPT rcpt@example.test
        put MAILBOX "$DIR/mail/rcpt"
        put RCPT2 rcpt2@example.test
        put MAILBOX2 "$DIR/mail/rcpt2"
        if [ -d "$DIR/mail/utf8" ]; then
            put UTF8_RCPT jörg@example.test
            put UTF8_MAILBOX "$DIR/mail/utf8"
        fi
        put BADRCPT nobody-here@example.test
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
    provide_packages
    [ "$NEEDS" = nobody ] || open_the_way
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
    install:1) provide_packages; say "available"; return ;;
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
