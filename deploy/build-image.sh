#!/bin/sh
# What the image is made of, in the folder given: the relay's sources, which Node runs as they are, the site that it serves, and the
# packages of the lockfile that it needs. The Dockerfile runs this, and so may anyone without Docker.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
root="$(cd "$(dirname "$0")/.." && pwd)"
mkdir -p "$1"
target="$(cd "$1" && pwd)"
cd "$root"
[ -d node_modules ] || npm ci
npm run build -- site
mkdir -p "$target/dist"
rm -rf "$target/src" "$target/relay" "$target/stubs" "$target/dist/site"
cp -R package.json package-lock.json LICENSE src stubs "$target/"
mkdir "$target/relay"
cp -R relay/package.json relay/bin relay/src "$target/relay/"
cp -R dist/site "$target/dist/site"
cp deploy/healthy.mjs "$target/"
cd "$target"
npm ci --omit=dev --workspace relay --ignore-scripts --no-audit --no-fund
