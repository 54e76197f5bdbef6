#!/usr/bin/env bash
# Makes sure that the tests find redis-server: if there is none, Debian's package is installed, as far as that is possible here.
# What the tests start are servers of their own; the one that the package would start is not wanted. Says why if there is none in the end, and exits with 1.
set -uo pipefail
source "$(dirname "$0")/install.bash"

found() { [[ -x ${ORLEANS_ANALYTICS_REDIS:-}/redis-server ]] || command -v redis-server >/dev/null; }

# While a package is installed, this says whether it may start its service.
policy=/usr/sbin/policy-rc.d
if ! found && ((EUID == 0)) && [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
install Redis redis-server found
