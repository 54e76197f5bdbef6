#!/usr/bin/env bash
# Restores, builds in Release and runs every test. Arguments go to the test runner: bash tests/run.sh -class "*Journey*"
# Tests that compare with the sample files look for shared/data in or beside a folder above, or for $ORLEANS_ANALYTICS_SHARED/data.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# Servers that outlive the build would keep the caller's output open.
if ! dotnet build OrleansAnalytics.sln -c Release --nologo -nodeReuse:false -p:UseSharedCompilation=false </dev/null; then
    echo "The build failed."
    echo "0 passed, 1 failed"
    exit 1
fi

# Services that tests run against. Without one its tests are skipped, and say why; with CI=true or ORLEANS_ANALYTICS_REQUIRE_SERVICES=1 they fail.
for service in tests/services/*.sh; do
    bash "$service" </dev/null || echo "$service: its tests will be skipped, or fail if they are required"
done

# With ORLEANS_ANALYTICS_TEST_MINUTES a run that hangs is ended, with whatever it has started, and has failed.
limit=()
[[ -n ${ORLEANS_ANALYTICS_TEST_MINUTES:-} ]] && limit=(timeout --signal=KILL "${ORLEANS_ANALYTICS_TEST_MINUTES}m")

status=0
passed=0
failed=0
for project in tests/*/*.csproj; do
    name=$(basename "$project" .csproj)
    runner="tests/$name/bin/Release/net10.0/$name"
    # Benchmarks are programs, not tests.
    [[ $name == *Tests ]] || continue
    # Half as many tests again as there are cores: those with processes of their own often wait for them.
    # A test that takes longer than five minutes is named again and again, so that one that hangs is known.
    "${limit[@]}" "$runner" -noColor -maxThreads 1.5x -diagnostics -longRunning 300 -result-xml "$results/$name.xml" "$@" </dev/null || status=1

    # The runner's own count: one assembly element with its totals.
    head=$(grep -o '<assembly [^>]*>' "$results/$name.xml" 2>/dev/null | head -n 1)
    count() { [[ $head =~ \ $1=\"([0-9]+)\" ]] && echo "${BASH_REMATCH[1]}" || echo 0; }
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed) + $(count errors)))

    # What takes longest, for whoever wants the whole to take less.
    grep -oE '<collection [^>]*>' "$results/$name.xml" 2>/dev/null \
        | sed -E 's/.* name="(Test collection for )?([^" (]*)[^"]*".* time="([0-9.]+)".*/\3 \2/' | sort -rn | head -n 12 | awk '{ printf "%8.1f s %s\n", $1, $2 }'

    # Said again here, where a reader of a long output looks first.
    tr '\n' ' ' 2>/dev/null <"$results/$name.xml" | sed 's/<test /\n&/g' | grep '^<test [^>]*result="Fail"' | cut -c 1-2000 \
        | sed -E 's/^<test [^>]* name="([^"]*)"[^>]*>/failed: \1 /'
done

if ((passed + failed == 0)); then
    echo "No test ran."
    status=1
fi

# A runner that died has counted nothing, but it has failed.
if ((status != 0 && failed == 0)); then
    failed=1
fi

echo "$passed passed, $failed failed"
exit "$status"
