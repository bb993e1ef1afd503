#!/bin/sh
# Builds what a media node runs, from what is committed: the sources with their dependencies and their own Node, as one
# archive. Prints its path and SHA-256. The same commit gives the same file list and times.
set -eu
cd "$(dirname "$0")/.."

commit=$(git rev-parse --short=12 HEAD)
version=$(node -p 'require("./package.json").version')
name=trunkline-$version-$commit
target=${1:-dist}
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

git archive --prefix="$name/" HEAD -- cli media-node schema package.json package-lock.json .npmrc README.md | tar -x -C "$staging"
(cd "$staging/$name" && npm ci --omit=dev --no-audit --no-fund >&2)

mkdir -p "$target"
tar --create --gzip --file "$target/$name.tar.gz" --directory "$staging" --sort=name \
	--mtime="@$(git log -1 --format=%ct)" --owner=0 --group=0 --numeric-owner "$name"
sha256sum "$target/$name.tar.gz"
