#!/bin/sh
# Makes this machine a media node. Every step looks first whether it has been done: it may be run again at any time.
set -eu
. /etc/trunkline/install.env

release=/opt/trunkline/$RELEASE_SHA256
if [ ! -d "$release" ]; then
	download=$(mktemp)
	curl --fail --silent --show-error --location --proto '=https' --retry 10 --retry-connrefused \
		--output "$download" "$RELEASE_URL"
	echo "$RELEASE_SHA256  $download" | sha256sum --check --quiet
	mkdir -p "$release.partial"
	tar --extract --file "$download" --directory "$release.partial" --strip-components 1 --no-same-owner
	mv "$release.partial" "$release"
	rm "$download"
fi
ln -sfn "$release" /opt/trunkline/current

# The private address, which other nodes of the region reach this one by: what the machine sends from.
private=$(ip -4 -oneline route get 192.0.2.1 | sed -n 's/.* src \([0-9.]*\).*/\1/p')
echo "TRUNKLINE_RELAY_ADDRESS=$private" >/etc/trunkline/relay.env

install -d -o trunkline -g trunkline -m 0700 /var/lib/trunkline
systemctl daemon-reload
systemctl start trunkline-certificate.service
systemctl enable --now trunkline-certificate.timer

if [ ! -e /var/lib/trunkline/identity.json ]; then
	install -d -o trunkline -g trunkline -m 0700 /run/trunkline-join
	aws ssm get-parameter --region "$AWS_REGION" --name "$JOIN_TOKEN_PARAMETER" --with-decryption \
		--query Parameter.Value --output text |
		install -o trunkline -g trunkline -m 0600 /dev/stdin /run/trunkline-join/token
	runuser -u trunkline -- /opt/trunkline/current/node_modules/.bin/node /opt/trunkline/current/cli/bin.mjs enrol \
		--control-plane "$CONTROL_PLANE_URL" --token-file /run/trunkline-join/token --name "$NODE_NAME" \
		--address "$NODE_ADDRESS" --identity /var/lib/trunkline/identity.json
	rm -r /run/trunkline-join
fi

systemctl enable --now trunkline-node.service
