#!/usr/bin/env bash
# explorer-update.sh [VERSION]: fetches the explorer's bundle of that version (the pinned one without it) from npm, with the
# licences of everything in it, into core/api/explorer/assets, and pins it there. With --check it fetches the pinned version
# and says whether the bundle in the repository is the same, without changing anything.
set -euo pipefail
cd "$(dirname "$0")/.."
assets=core/api/explorer/assets
package=@scalar/api-reference
read -r _ version pinned <"$assets/pin" || true
check=
case ${1-} in
--check) check=yes ;;
?*) version=$1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# npm verifies what it fetches against the registry's own checksums.
echo '{"private": true}' >"$work/package.json"
npm install --prefix "$work" --silent --omit=dev --ignore-scripts --no-audit --no-fund "$package@$version"
bundle=$work/node_modules/$package/dist/browser/standalone.js
sum=$(sha256sum "$bundle" | cut -d ' ' -f 1)
if [ -n "$check" ]; then
  [ "$sum" = "$pinned" ] || { echo "$package $version is $sum, pinned is $pinned"; exit 1; }
  echo "$package $version is the bundle in the repository"
  exit 0
fi
gzip -9 -n -c "$bundle" >"$assets/scalar.js.gz"
(
  cd "$work/node_modules"
  find . -type f \( -iname 'licen[cs]e*' -o -iname 'notice*' \) -size -64k ! -name '*.js' ! -name '*.ts' | LC_ALL=C sort |
    while read -r file; do
      printf '=== %s\n\n' "${file#./}"
      cat "$file"
      printf '\n\n'
    done
) | gzip -9 -n >"$assets/licenses.txt.gz"
echo "$package $version $sum" >"$assets/pin"
cat "$assets/pin"
