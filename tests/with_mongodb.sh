#!/usr/bin/env bash
# Runs a command with MONGODB_URI set to a server that speaks MongoDB's protocol, for as long as the
# command runs:
#
#   tests/with_mongodb.sh cargo test --test contract
#
# In this order: the server that MONGODB_URI names already; a mongod on the path; SecantusDB from PyPI
# (its storage is MongoDB's own WiredTiger), installed under target/. SKIP_MONGO=1: none, and the
# tests that need one pass over it.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
version=0.7.0b3
venv=$root/target/mongodb/venv-$version

if [[ ${SKIP_MONGO:-} == 1 ]]; then
    echo "SKIP_MONGO=1: what needs a MongoDB server is NOT tested" >&2
    unset MONGODB_URI
    exec "$@"
fi
if [[ -n ${MONGODB_URI:-} ]]; then
    exec "$@"
fi

storage=$(mktemp -d)
log=$storage/server.log
server=
finish() {
    [[ -z $server ]] || kill -9 "$server" 2>/dev/null || true
    rm -rf "$storage"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# If this script is killed outright, the server goes with it.
bound() {
    if command -v setpriv >/dev/null; then
        exec setpriv --pdeathsig KILL -- "$@"
    fi
    exec "$@"
}

port=$((20000 + RANDOM % 10000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done

mkdir "$storage/db"
if command -v mongod >/dev/null; then
    bound mongod --bind_ip 127.0.0.1 --port "$port" --dbpath "$storage/db" >"$log" 2>&1 &
    server=$!
else
    if [[ ! -x $venv/bin/secantusd-py ]]; then
        command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null \
            || { apt-get update -q && apt-get install -qy --no-install-recommends python3-venv; }
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check "secantusdb==$version"
    fi
    # No test kills it, so that it need not sync what it acknowledges.
    bound "$venv/bin/secantusd-py" --host 127.0.0.1 --port "$port" --storage-path "$storage/db" \
        --log-level WARNING >"$log" 2>&1 &
    server=$!
fi

for _ in $(seq 300); do
    if ! kill -0 "$server" 2>/dev/null; then
        cat "$log" >&2
        echo "the MongoDB server ended by itself" >&2
        exit 1
    fi
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        MONGODB_URI="mongodb://127.0.0.1:$port/?directConnection=true" "$@"
        exit
    fi
    sleep 0.1
done
cat "$log" >&2
echo "the MongoDB server did not come up" >&2
exit 1
