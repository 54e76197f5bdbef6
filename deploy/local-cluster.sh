#!/usr/bin/env bash
# Three silos as processes of this machine, with a PostgreSQL server and Azurite of their own and a log on the Kafka protocol, until Ctrl-C:
#   bash deploy/local-cluster.sh
# Needs .NET and, on Debian, nothing else: PostgreSQL and Azurite are installed if they are not there. The brokers are those that $Log__Kafka__BootstrapServers names (topic $Log__Kafka__Topic);
# without it they are mock brokers, which forget all events when they end: then each start is with an empty cluster. Everything listens on loopback.
# Each start makes a new database; what brokers of yours still have of the topic is counted again.
# --silos N (3), --data FOLDER (data/cluster), --port FIRST (8081: HTTP of the silos from here on; the other servers take ports above 20000), --no-build.
set -uo pipefail

silos=3 data='' port=8081 build=yes
while (($#)); do
    case $1 in
        --no-build)
            build=no
            shift
            continue
            ;;
        --silos) silos=${2:?a number of silos} ;;
        --data) data=${2:?a folder} ;;
        --port) port=${2:?a port} ;;
        *)
            sed -n '2,7s/^# \?//p' "$0"
            [[ $1 == --help ]] && exit 0
            exit 2
            ;;
    esac
    shift 2
done
[[ $silos =~ ^[1-9]$ && $port =~ ^[0-9]+$ ]] || { echo "--silos takes 1 to 9, --port a number" >&2; exit 2; }

cd "$(dirname "$0")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
mkdir -p "${data:=data/cluster}" && data=$(cd "$data" && pwd) || exit 1
logs=$data/logs
mkdir -p "$logs"
declare -a servers=() running=() leftovers=()

fail() {
    echo "$1" >&2
    [[ -n ${2:-} ]] && tail -n 15 "$2" >&2
    exit 1
}

stop() {
    trap - EXIT INT TERM
    ((${#running[@]})) && echo "Stopping: the silos save what is unsaved." && kill "${running[@]}" 2>/dev/null && wait "${running[@]}" 2>/dev/null
    ((${#servers[@]})) && kill "${servers[@]}" 2>/dev/null && wait "${servers[@]}" 2>/dev/null
    ((${#leftovers[@]})) && rm -rf "${leftovers[@]}"
    exit "${1:-0}"
}
trap 'stop $?' EXIT
trap 'stop 0' INT TERM

# In a session of its own, so that Ctrl-C reaches this script alone and the order of stopping is kept.
start() {
    local log=$1
    shift
    setsid "$@" >"$log" 2>&1 </dev/null &
}

# Waits until a command succeeds, as long as a process lives.
until_ready() {
    local pid=$1 log=$2
    shift 2
    for ((tries = 0; tries < 240; tries++)); do
        "$@" >/dev/null 2>&1 && return
        kill -0 "$pid" 2>/dev/null || fail "It ended while it came up; the end of $log:" "$log"
        sleep 0.5
    done
    fail "It did not come up in two minutes; the end of $log:" "$log"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
answers() { [[ $(exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3 && head -n 1 <&3) == *' 200 '* ]]; }
# All of them before anything is done: the folder may be that of a cluster that runs.
database_port=25432 blob_port=21000 queue_port=21001 table_port=21002 silo_port=21111 gateway_port=23000
ports=("$database_port" "$blob_port" "$queue_port" "$table_port")
for ((i = 0; i < silos; i++)); do
    ports+=($((port + i)) $((silo_port + i)) $((gateway_port + i)))
done
for one in "${ports[@]}"; do
    listens "$one" && fail "Port $one is in use: is a cluster running already? There is one at a time; --port moves HTTP only."
done

build() {
    [[ $build == no ]] || dotnet build "$1" -c Release --nologo -v q -nodeReuse:false -p:UseSharedCompilation=false >"$logs/build.log" </dev/null || fail "The build failed:" "$logs/build.log"
}

echo "Building …"
build silo

echo "PostgreSQL …"
bash tests/services/postgresql.sh >"$logs/install.log" 2>&1 </dev/null || fail "There is no PostgreSQL:" "$logs/install.log"
programs=${ORLEANS_ANALYTICS_POSTGRESQL:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
[[ -n $programs ]] || programs=$(dirname "$(command -v initdb)")
# PostgreSQL refuses to run as root, and its own user must get to its folder.
as=() database=$data/postgresql
((EUID == 0)) && as=(setpriv --reuid=postgres --regid=postgres --init-groups) && database=$(mktemp -d /tmp/orleans-analytics-XXXXXX) && leftovers+=("$database") && chown postgres "$database"
password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
rm -rf "${database:?}/data"
mkdir -p "$database" && (umask 077 && printf '%s' "$password" >"$database/password")
((EUID == 0)) && chown postgres "$database/password"
"${as[@]}" "$programs/initdb" -D "$database/data" -U analytics --pwfile "$database/password" --auth scram-sha-256 -E UTF8 --locale C >"$logs/initdb.log" 2>&1 || fail "The database could not be made:" "$logs/initdb.log"
rm -f "$database/password"
start "$logs/postgresql.log" "${as[@]}" "$programs/postgres" -D "$database/data" -c listen_addresses=127.0.0.1 -c port=$database_port -c unix_socket_directories=
servers+=($!)
until_ready $! "$logs/postgresql.log" listens $database_port
export PostgreSql__ConnectionString="Host=127.0.0.1;Port=$database_port;Username=analytics;Database=postgres;Password=$password"

echo "Azurite …"
bash tests/services/azurite.sh >>"$logs/install.log" 2>&1 </dev/null
azurite=${ORLEANS_ANALYTICS_SERVICES:-${XDG_CACHE_HOME:-$HOME/.cache}/orleans-analytics}/azurite-$(cat tests/services/azurite.version)/node_modules/azurite/dist/src/azurite.js
[[ -f $azurite ]] || fail "There is no Azurite:" "$logs/install.log"
rm -rf "$data/azurite"
start "$logs/azurite.log" node "$azurite" --silent --location "$data/azurite" --blobPort "$blob_port" --queuePort "$queue_port" --tablePort "$table_port" --skipApiVersionCheck --disableTelemetry
servers+=($!)
until_ready $! "$logs/azurite.log" listens $blob_port
# The account and key that every Azurite has; they protect nothing.
export Azure__ConnectionString="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:$blob_port/devstoreaccount1;TableEndpoint=http://127.0.0.1:$table_port/devstoreaccount1;"

if [[ -z ${Log__Kafka__BootstrapServers:-} ]]; then
    echo "Mock brokers (Log__Kafka__BootstrapServers names no others) …"
    build tests/OrleansAnalytics.Benchmarks
    # They serve until their input ends, which is when this script does.
    coproc brokers { setsid dotnet exec tests/OrleansAnalytics.Benchmarks/bin/Release/net10.0/OrleansAnalytics.Benchmarks.dll broker 2>"$logs/brokers.log"; }
    servers+=("$brokers_PID")
    read -r Log__Kafka__BootstrapServers <&"${brokers[0]}" || fail "The brokers did not start:" "$logs/brokers.log"
    export Log__Kafka__BootstrapServers Log__Kafka__Topic=events Log__Partitions=64
fi

silo=silo/bin/Release/net10.0/OrleansAnalytics.Silo.dll
dotnet exec "$silo" schema >"$logs/schema.log" 2>&1 || fail "The tables could not be made:" "$logs/schema.log"
# They share one machine's caches.
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-0x1000000}
for ((i = 0; i < silos; i++)); do
    echo "Silo $((i + 1)) …"
    start "$logs/silo-$((i + 1)).log" dotnet exec "$silo" --profile postgres --Lake:Kind azure-blobs --Reports:Kind azure-blobs --data "$data/silo-$((i + 1))" \
        --urls "http://127.0.0.1:$((port + i))" --silo-port $((silo_port + i)) --gateway-port $((gateway_port + i))
    running+=($!)
    until_ready $! "$logs/silo-$((i + 1)).log" answers $((port + i))
done

echo "$silos silos answer on http://127.0.0.1:$port to $((port + silos - 1)), the Orleans Dashboard on http://127.0.0.1:$port/orleans. Logs are in $logs. Ctrl-C stops all of it."
# A silo that ends is the cluster's business; without any there is no cluster.
wait "${running[@]}"
fail "All silos have ended; the end of $logs/silo-1.log:" "$logs/silo-1.log"
