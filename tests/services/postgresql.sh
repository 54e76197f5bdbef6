#!/usr/bin/env bash
# Makes sure that the tests find the programs of a PostgreSQL server: if there are none, Debian's package is installed, as far as that is possible here.
# What the tests start is a server of their own; the one that the package would start is not wanted. Says why if there is none in the end, and exits with 1.
set -uo pipefail
source "$(dirname "$0")/install.bash"

found() {
    local folder
    for folder in "${ORLEANS_ANALYTICS_POSTGRESQL:-}" /usr/lib/postgresql/*/bin; do
        [[ -n $folder && -x $folder/initdb && -x $folder/postgres ]] && return 0
    done
    command -v initdb >/dev/null && command -v postgres >/dev/null
}

# No cluster of the package's own: it would listen on the usual port.
if ! found && ((EUID == 0)); then
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/orleans-analytics.conf
fi
install PostgreSQL postgresql found
