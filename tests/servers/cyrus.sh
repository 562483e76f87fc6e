# shellcheck shell=bash
#
# The accounts of Cyrus SASL, which checks AUTH for several launchers; sourced by those.

# Its programs and plug-ins, in `parts`.
need_cyrus() {
    local viewer=saslpluginviewer plugins mechanism
    need saslpasswd2
    command -v "$viewer" >/dev/null || viewer=pluginviewer # only Debian renames it
    need "$viewer"
    plugins=$("$viewer" -s 2>/dev/null && "$viewer" -a 2>/dev/null)
    for mechanism in PLAIN LOGIN SCRAM-SHA-256 sasldb; do
        grep -qw "$mechanism" <<<"$plugins" || incomplete "the SASL plug-in for $mechanism is missing"
    done
}

# write_cyrus_accounts APPLICATION: writes the configuration for an application of this name below $DIR/etc/sasl, and
# the accounts below $DIR/data.
write_cyrus_accounts() {
    mkdir -p "$DIR/etc/sasl" "$DIR/data"
    cat >"$DIR/etc/sasl/$1.conf" <<CONF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $DIR/data/accounts
mech_list: PLAIN LOGIN SCRAM-SHA-256
CONF
    rm -f "$DIR/data/accounts"
    add_account "$USER1" "$PASS1"
    add_account "$USER2" "$PASS2"
}

add_account() {
    printf '%s' "$2" |
        "${ENCLOSE[@]}" saslpasswd2 -p -c -f "$DIR/data/accounts" -u "${1#*@}" "${1%@*}"
}
