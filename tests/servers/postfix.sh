# shellcheck shell=bash
#
# The configuration of Postfix that its launchers share; sourced by those. They differ in what checks AUTH.
#
# What Postfix does to a message it delivers, so that a test can compare: puts Return-Path, X-Original-To,
# Delivered-To and Received on top, and keeps LF as line end where CRLF was sent.

# Postfix itself, in `parts`; `postconf -a` lists what can check AUTH.
need_postfix() {
    need postfix postconf
    need "$(postconf -d -h daemon_directory)"/{master,smtpd,tlsmgr,cleanup,qmgr,virtual}
    postconf -a 2>/dev/null | grep -qx "$1" || incomplete "Postfix is built without the SASL of $1"
}

# Writes everything but the accounts: `write_accounts` does that, and SASL_CF says how they are reached. Sets
# MASTER, the command that runs Postfix in the foreground.
configure_postfix() {
    enclose
    write_main_cf
    write_master_cf
    write_accounts
    write_mailboxes
    mkdir -p "$DIR/spool"
    # Postfix takes a configuration younger than two seconds for one that is still being written.
    touch -d '1 minute ago' "$DIR"/etc/*.cf "$DIR/etc/mailboxes"
    # Makes the queue directories, and finds mistakes.
    "${ENCLOSE[@]}" postfix -c "$DIR/etc" check || die "Postfix refuses the configuration in $DIR/etc"
    # Not `postfix start-fg`: that puts a shell in front, which does not hand on a signal.
    MASTER=("$("${ENCLOSE[@]}" postconf -c "$DIR/etc" -h daemon_directory)/master" -c "$DIR/etc" -s)
}

# What is not set here is as Postfix comes.
write_main_cf() {
    cat >"$DIR/etc/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $DIR/spool
data_directory = $DIR/data
meta_directory = $OVERLAY/etc/postfix
maillog_file = $LOG
maillog_file_prefixes = $DIR
myhostname = mail.example.test
inet_interfaces = $HOST
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
message_size_limit = $SIZE_LIMIT
# No header is added to what a client sent, as it would be for clients of its own network.
local_header_rewrite_clients =
# Postfix slows a client down that is faster than its disk. A test wants to see its own time only.
in_flow_delay = 0

# Nothing leaves the machine: no name is looked up, and mail for elsewhere is taken and dropped.
mydestination =
alias_maps =
default_transport = discard
smtpd_peername_lookup = no
disable_dns_lookups = yes

virtual_mailbox_domains = example.test
virtual_mailbox_base = $DIR/mail
virtual_mailbox_maps = texthash:$DIR/etc/mailboxes
virtual_mailbox_limit = 0
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)

$SASL_CF
broken_sasl_auth_clients = no
smtpd_tls_chain_files = $DIR/certs/server.key, $DIR/certs/server.pem
CONF
}

write_master_cf() {
    cat >"$DIR/etc/master.cf" <<CONF
$HOST:$PORT_PLAIN inet n - n - - smtpd
$HOST:$PORT_STARTTLS inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
$HOST:$PORT_TLS inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup    unix       n - n 60    1 pickup
cleanup   unix       n - n -     0 cleanup
qmgr      unix       n - n 300   1 qmgr
tlsmgr    unix       - - n 1000? 1 tlsmgr
rewrite   unix       - - n -     - trivial-rewrite
bounce    unix       - - n -     0 bounce
defer     unix       - - n -     0 bounce
trace     unix       - - n -     0 bounce
proxymap  unix       - - n -     - proxymap
error     unix       - - n -     - error
retry     unix       - - n -     - error
discard   unix       - - n -     - discard
virtual   unix       - n n -     - virtual
anvil     unix       - - n -     1 anvil
postlog   unix-dgram n - n -     1 postlogd
CONF
}

write_mailboxes() {
    cat >"$DIR/etc/mailboxes" <<CONF
rcpt@example.test rcpt/
rcpt2@example.test rcpt2/
jörg@example.test utf8/
alice@example.test others/
bob@example.test others/
postmaster@example.test others/
CONF
    make_mailboxes rcpt rcpt2 utf8 others
    chown -R nobody: "$DIR/mail"
}
