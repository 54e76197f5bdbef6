# Sourced by the scripts that install a service of Debian: install NAME PACKAGE FOUND installs PACKAGE unless the command FOUND says that it is there, as far as that is possible
# here. Says why if it is not there in the end, and exits with 1.

install() {
    local name=$1 package=$2 found=$3
    "$found" && return 0
    command -v apt-get >/dev/null || no "$name" "not installed, and there is no apt-get to install it with"
    ((EUID == 0)) || no "$name" "not installed, and only root can install it: apt-get install $package"
    export DEBIAN_FRONTEND=noninteractive
    get "$package" || { timeout 300 apt-get update --quiet </dev/null >&2 && get "$package"; } || no "$name" "not installed, and apt-get could not install it"
    "$found" || no "$name" "installed, and yet its programs are not found"
}

no() {
    echo "$1: $2" >&2
    exit 1
}

# Another of these may be installing too.
get() { timeout 600 apt-get install --yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=300 "$1" </dev/null >&2; }
