#!/usr/bin/env bash
# Holds the description of the REST interface against a server, with requests that schemathesis
# makes up from it: every 5xx, every status and every shape that is not described is a fault.
#
#   make schemathesis                      about two minutes
#   tests/schemathesis/run.sh SEED COUNT   requests of another seed, so many of each operation
#
# By hand, not in continuous integration: what it needs comes from PyPI, and is kept below target/.
# It makes its requests twice: about things that are there, all of which are called "one", and about
# whatever comes to its mind. The server is one of its own, on loopback, and ends with it.
set -euo pipefail
cd "$(dirname "$0")/../.."

ROOT=$PWD
SEED=${1-1} COUNT=${2-15}
HERE=tests/schemathesis
VENV=target/schemathesis/venv
SERVER=target/debug/switchboard
KEY=a-key-that-only-tests-know
MOST_SECONDS=600

[[ -x $VENV/bin/schemathesis ]] || {
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --requirement $HERE/requirements.txt
}
cargo build --locked --quiet

data=$(mktemp -d)
server=
leave() {
    [[ -z $server ]] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$data"
}
trap leave EXIT

port=$(python3 - <<'PORT'
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])
PORT
)
export SWITCHBOARD__SERVER__DATA_DIR=$data SWITCHBOARD__SERVER__BIND=127.0.0.1:$port
export SWITCHBOARD__SERVER__METRICS_BIND=127.0.0.1:0 SWITCHBOARD__AUTH__API_KEYS=$KEY
export SWITCHBOARD__LIMITS__EMIT_PER_MINUTE=1000000000
for collection in accounts users channels contacts conversationprospects communications; do
    "$SERVER" import --collection $collection $HERE/$collection.jsonl >/dev/null
done
"$SERVER" serve >"$data/log" 2>&1 &
server=$!
url=http://127.0.0.1:$port
for _ in $(seq 100); do curl -fs "$url/ready" >/dev/null && break || sleep 0.1; done
curl -fsS -o /dev/null -X PUT -H "x-api-key: $KEY" -H 'content-type: application/json' \
    -d '{"account_id":"one","url":"https://hooks.example.com/","events":["message.created"]}' \
    "$url/v1/webhooks/one"
token=$("$SERVER" token --user one --account one)

# A valid request may be refused for what no schema says: that one thing is in the way of another.
run() {
    echo "--- $1"
    # In a folder of its own: it leaves notes where it runs.
    (cd "$data" && timeout $MOST_SECONDS "$ROOT/$VENV/bin/schemathesis" \
        --config-file "$ROOT/$HERE/$1" run "$url/openapi.json" --seed "$SEED" \
        --max-examples "$COUNT" --phases examples,coverage,fuzzing \
        --exclude-checks positive_data_acceptance --warnings off --no-color \
        --header "x-api-key: $KEY" --header "Authorization: Bearer $token" \
        --continue-on-failure --request-timeout 20)
}
run one.toml
run any.toml
if grep -q panicked "$data/log"; then
    grep panicked "$data/log" >&2
    exit 1
fi
