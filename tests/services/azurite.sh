#!/usr/bin/env bash
# Installs Azurite, Microsoft's emulator of Azure Storage, for the tests, if this version of it is not there yet. It goes into the user's cache, outside the clone, so that every
# clone finds it; ORLEANS_ANALYTICS_SERVICES names another folder. Ends without an error when it cannot: the tests then say why they are skipped, or fail where services are required.
set -uo pipefail
cd "$(dirname "$0")"
version=$(cat azurite.version)
folder=${ORLEANS_ANALYTICS_SERVICES:-${XDG_CACHE_HOME:-$HOME/.cache}/orleans-analytics}/azurite-$version
[[ -f $folder/node_modules/azurite/package.json ]] && exit 0
if ! command -v npm >/dev/null; then
    echo "Azurite is not installed: there is no npm."
    exit 0
fi

# Whole or not at all, also if two of these run.
mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$new"' EXIT
if (cd "$new" && npm install "azurite@$version" --prefix . --no-save --no-audit --no-fund --loglevel=error </dev/null); then
    mv -T "$new" "$folder" 2>/dev/null || true
else
    echo "Azurite could not be installed."
fi
