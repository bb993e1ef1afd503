#!/bin/sh
# Fetches or renews the certificate and puts it where the node reads it, whole: key and certificate are written beside
# and renamed, the key first. Everything is told by the unit's environment:
#   ACME_NAMES         names of the certificate, separated by blanks; LEGO_PATH keeps it under the first
#   ACME_SERVER, ACME_EMAIL, LEGO_PATH
#   ACME_DNS_PROVIDER  who has the zone of the challenges, as lego names it; route53 unless it is set
#   ACME_OPTIONS       further options of lego, separated by blanks
#   TLS_DIRECTORY, TLS_OWNER  where the node reads it, and who the node is
set -eu

first=${ACME_NAMES%% *}
set -- --path "$LEGO_PATH" --server "$ACME_SERVER" --email "$ACME_EMAIL" --accept-tos --dns "${ACME_DNS_PROVIDER:-route53}" --key-type ec256
for name in $ACME_NAMES; do set -- "$@" --domains "$name"; done
for option in ${ACME_OPTIONS:-}; do set -- "$@" "$option"; done

if [ -e "$LEGO_PATH/certificates/$first.crt" ]; then
	lego "$@" renew --days 30 --no-random-sleep
else
	lego "$@" run
fi

tls=${TLS_DIRECTORY:-/var/lib/trunkline/tls}
owner=${TLS_OWNER:-trunkline}
install -d -o "$owner" -g "$(id -gn "$owner")" -m 0700 "$tls"
put() {
	cmp -s "$1" "$2" && return
	install -o "$owner" -g "$(id -gn "$owner")" -m 0600 "$1" "$2.new"
	mv "$2.new" "$2"
}
put "$LEGO_PATH/certificates/$first.key" "$tls/key.pem"
put "$LEGO_PATH/certificates/$first.crt" "$tls/certificate.pem"
