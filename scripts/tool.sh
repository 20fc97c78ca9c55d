#!/usr/bin/env bash
# tool.sh FILE PACKAGE: builds a Go program of the version that FILE's name ends in (NAME-vX.Y.Z) and puts it there.
set -euo pipefail
file=$1 package=$2
name=$(basename "$file")
version=${name##*-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "building ${name%-*} $version"
GOBIN="$work" GOFLAGS= go install "$package@$version"
mkdir -p "$(dirname "$file")"
mv "$work/${package##*/}" "$file"
