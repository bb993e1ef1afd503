#!/bin/sh
# Fetches or renews the certificate and puts it where the node reads it, whole: key and certificate are written beside
# and renamed, the key first.
set -eu

first=${ACME_NAMES%% *}
set -- --path "$LEGO_PATH" --server "$ACME_SERVER" --email "$ACME_EMAIL" --accept-tos --dns route53 --key-type ec256
for name in $ACME_NAMES; do set -- "$@" --domains "$name"; done

if [ -e "$LEGO_PATH/certificates/$first.crt" ]; then
	lego "$@" renew --days 30 --no-random-sleep
else
	lego "$@" run
fi

tls=/var/lib/trunkline/tls
install -d -o trunkline -g trunkline -m 0700 "$tls"
put() {
	cmp -s "$1" "$2" && return
	install -o trunkline -g trunkline -m 0600 "$1" "$2.new"
	mv "$2.new" "$2"
}
put "$LEGO_PATH/certificates/$first.key" "$tls/key.pem"
put "$LEGO_PATH/certificates/$first.crt" "$tls/certificate.pem"
