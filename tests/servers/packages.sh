# shellcheck shell=bash
#
# Decides where a launcher's server comes from; sourced by lib.sh. No other file decides any of it.
#
# A server comes from one place as a whole. The machine's own server is used if all its parts are
# there. Otherwise the cache has every package in PACKAGES, also those that are installed: Debian's
# packages find each other by paths that differ between the two places (Postfix's meta_directory, for
# example), so half a server from here and half from there does not work. Only the libraries below
# the server are shared with the machine.
#
# `parts`, a function of the launcher, defines "all its parts". It runs on the machine, and again in
# the view that shows the cache, so neither place is used on trust.

CACHE=${MAILER_SERVERS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mailer-servers}
# A network that drops packets must not hold the tests up: seconds for each step of a download.
DOWNLOAD_SECONDS=60
UPDATE_SECONDS=45

# EX_UNAVAILABLE: the server cannot be had here. Tests report themselves as ignored, with this line.
unavailable() { say "not available: $*"; exit 69; }

# Sets OVERLAY to the folder with the unpacked packages, or to nothing if the machine's own server is
# used, and ENCLOSE to match.
provide_server() {
    local missing
    require_tools
    OVERLAY=
    BINDS=()
    view
    missing=$(missing_part)
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || unavailable "$missing, and there is no apt-get to fetch packages with"
    mkdir -p "$CACHE" 2>/dev/null && [ -w "$CACHE" ] ||
        unavailable "$missing, and the cache $CACHE cannot be written (MAILER_SERVERS_CACHE names another)"
    if [ "$NEEDS" = nothing ] || can_overlay; then use_cache; else install_packages; fi
}

require_tools() {
    local tool
    for tool in python3 openssl setsid flock; do
        command -v "$tool" >/dev/null || unavailable "$tool is missing"
    done
    [ "$NEEDS" = nothing ] || [ "$(id -u)" = 0 ] || unavailable "it has to be started as root"
    [ "$NEEDS" != namespace ] || unshare --mount true 2>/dev/null || unavailable "it needs a mount namespace of its own"
}

# --- which parts are there ----------------------------------------------------------------------

# Prints what the server lacks first in the place that ENCLOSE shows, or nothing if it is complete.
missing_part() {
    local report name
    report=$("${ENCLOSE[@]}" bash -eu -c "HERE=\$1; $(declare -f incomplete need parts ${HELPERS[@]+"${HELPERS[@]}"}); parts" parts "$HERE" 2>&1) ||
        { tail -n 1 <<<"${report:-the check of its parts failed}"; return 0; }
    ! needs_enclosing || return 0 # `enclose` adds the users
    for name in "${USERS[@]}"; do
        getent passwd "$name" >/dev/null || getent group "$name" >/dev/null || { echo "the user $name is missing"; return 0; }
    done
}

# For `parts`: ends it with the reason.
incomplete() { echo "$*"; exit 1; }

# For `parts`: each program can be found, and so can every library that it is linked to.
need() {
    local program path library
    for program in "$@"; do
        path=$(command -v "$program") || incomplete "$program is missing"
        library=$(ldd "$path" 2>&1 | grep -m 1 'not found') || continue
        incomplete "$program lacks a library: ${library#"${library%%[![:space:]]*}"}"
    done
}

# --- the cache ----------------------------------------------------------------------------------

os_release() (. /etc/os-release && printf '%s-%s' "$ID" "${VERSION_ID:-rolling}")

can_overlay() { unshare --mount mount -t overlay overlay -o "ro,lowerdir=$CACHE:/usr" /usr 2>/dev/null; }

# Several launchers may start at once: the first unpacks, the others wait for it.
use_cache() {
    OVERLAY=$CACHE/$(os_release)/$NAME
    view
    (
        flock 9
        # Complete once, it may lack a library that the machine has lost since.
        if [ -e "$OVERLAY/complete" ] && [ -z "$(missing_part)" ]; then exit 0; fi
        say "unpacking into $OVERLAY (nothing is installed): ${PACKAGES[*]}"
        fetch_packages || { refresh_lists && fetch_packages; } ||
            unavailable "its packages could not be fetched: $(tail -n 1 "$OVERLAY/log")"
        missing=$(missing_part)
        [ -z "$missing" ] || unavailable "its packages are unpacked in $OVERLAY, and still: $missing"
        touch "$OVERLAY/complete"
    ) 9>"$CACHE/lock"
}

refresh_lists() { timeout "$UPDATE_SECONDS" apt-get -q update >"$OVERLAY/log" 2>&1; }

fetch_packages() {
    local debs=$OVERLAY/debs usr=$OVERLAY/usr packages deb dir
    rm -rf "$OVERLAY"
    mkdir -p "$debs" "$usr"/{bin,sbin,lib,lib64}
    packages=$(packages_to_fetch 2>"$OVERLAY/log" | sort -u) || return 1
    # shellcheck disable=SC2086  # a list of words
    (cd "$debs" && timeout "$DOWNLOAD_SECONDS" apt-get -q -o APT::Sandbox::User=root download $packages) \
        >"$OVERLAY/log" 2>&1 || return 1
    # /lib and its like are links into /usr, which some packages still do not know.
    for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$OVERLAY/$dir"; done
    for deb in "$debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$OVERLAY" || return 1
    done 2>"$OVERLAY/log"
    rm -rf "$debs"
}

# All of the server's packages, whatever is installed, and what they depend on that this machine lacks.
# apt-get would remove another mail server in their favour; here it only simulates.
packages_to_fetch() {
    printf '%s\n' "${PACKAGES[@]}"
    [ "$NEEDS" != nothing ] || return 0 # nothing can be laid over /usr
    apt-get install --simulate --no-install-recommends --reinstall --ignore-hold "${PACKAGES[@]}" |
        awk '$1 == "Inst" { print $2 }'
}

# --- installing ---------------------------------------------------------------------------------

# Only where mount namespaces are forbidden, as in many containers. Removes no other mail server.
install_packages() {
    local log=$CACHE/$NAME.log missing
    (
        flock 9
        say "no overlay over /usr is possible here; installing: ${PACKAGES[*]}"
        # The first error is the reason: the lists may be old, and then a second attempt has another.
        { apt_install || { timeout "$UPDATE_SECONDS" apt-get -q update && apt_install; }; } >"$log" 2>&1 ||
            unavailable "apt-get could not install it: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
    ) 9>"$CACHE/lock"
    missing=$(missing_part)
    [ -z "$missing" ] || unavailable "its packages are installed, and still: $missing"
}

# RUNLEVEL=1 keeps the package from starting a server of its own.
apt_install() {
    local install=(apt-get -q install -y --no-install-recommends --no-remove "${PACKAGES[@]}")
    timeout "$DOWNLOAD_SECONDS" "${install[@]}" --download-only </dev/null &&
        DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${install[@]}" </dev/null
}

# --- the view -----------------------------------------------------------------------------------

# Sets ENCLOSE, the words before a command that is to see OVERLAY in place of the machine's own files
# of these packages, and what was bound. Without either, ENCLOSE is empty.
view() {
    ENCLOSE=()
    [ -n "$OVERLAY" ] || [ "${#BINDS[@]}" != 0 ] || return 0
    if [ "$NEEDS" = nothing ]; then
        ENCLOSE=(env "PYTHONPATH=$OVERLAY/usr/lib/python3/dist-packages")
        return
    fi
    # /usr comes first in the path: a program of the same name in /usr/local belongs to the machine.
    # shellcheck disable=SC2016  # expanded by the inner shell
    ENCLOSE=(unshare --mount bash -c '
        set -e
        if [ -n "$1" ]; then
            mount -t overlay overlay -o "ro,lowerdir=$1/usr:/usr" /usr
            PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
        fi
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

needs_enclosing() { [ -n "$OVERLAY" ] || [ "$NEEDS" = namespace ]; }

# Encloses the server with USERS, and with what `bind` was called for before.
enclose() {
    needs_enclosing || return 0
    cp /etc/passwd /etc/group "$DIR/etc/"
    local name
    for name in "${USERS[@]}"; do add_user "$name"; done
    bind "$DIR/etc/passwd" /etc/passwd
    bind "$DIR/etc/group" /etc/group
    view
}

# A user and a group of this name with the first number that neither table has.
add_user() {
    local passwd=$DIR/etc/passwd group=$DIR/etc/group number=60100
    while grep -q "^[^:]*:[^:]*:$number:" "$passwd" "$group"; do number=$((number + 1)); done
    grep -q "^$1:" "$group" || echo "$1:x:$number:" >>"$group"
    grep -q "^$1:" "$passwd" || echo "$1:x:$number:$number::/nonexistent:/usr/sbin/nologin" >>"$passwd"
}
