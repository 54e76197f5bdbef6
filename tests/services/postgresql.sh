#!/usr/bin/env bash
# Makes sure that the tests find the programs of a PostgreSQL server: if there are none, Debian's package is installed, as far as that is possible here.
# What the tests start is a server of their own; the one that the package would start is not wanted. Says why if there is none in the end, and exits with 1.
set -uo pipefail

found() {
    local folder
    for folder in "${ORLEANS_ANALYTICS_POSTGRESQL:-}" /usr/lib/postgresql/*/bin; do
        [[ -n $folder && -x $folder/initdb && -x $folder/postgres ]] && return 0
    done
    command -v initdb >/dev/null && command -v postgres >/dev/null
}

no() {
    echo "PostgreSQL: $1" >&2
    exit 1
}

found && exit 0
command -v apt-get >/dev/null || no "not installed, and there is no apt-get to install it with"
((EUID == 0)) || no "not installed, and only root can install it: apt-get install postgresql"

export DEBIAN_FRONTEND=noninteractive
# No cluster of the package's own: it would listen on the usual port.
mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/orleans-analytics.conf
install() { timeout 600 apt-get install --yes --quiet --no-install-recommends postgresql </dev/null >&2; }
install || { timeout 300 apt-get update --quiet </dev/null >&2 && install; } || no "not installed, and apt-get could not install it"
found || no "installed, and yet there are no programs of it in /usr/lib/postgresql"
