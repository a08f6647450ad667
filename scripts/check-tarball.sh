#!/usr/bin/env bash
# Packs Canopy, installs the tarball in an empty folder and runs the command from there, the way
# somebody who only has Node and npm would.
set -euo pipefail
repository="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d)"
server=''
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

tarball="$(cd "$repository" && npm pack --silent --pack-destination "$work" | tail -n 1)"
cd "$work"
npm init -y >/dev/null
npm install --omit=dev "./$tarball" >/dev/null
canopy="$work/node_modules/.bin/canopy"

"$canopy" --help >/dev/null
"$canopy" version
"$canopy" serve --data-dir "$work/data" --listen 127.0.0.1:0 >"$work/serve.out" 2>"$work/serve.err" &
server=$!
for _ in $(seq 150); do
  if grep -q 'ready at' "$work/serve.out"; then break; fi
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$work/serve.out" "$work/serve.err"
    exit 1
  fi
  sleep 0.2
done
url="$(sed -n 's/^Canopy is ready at //p' "$work/serve.out")"
"$canopy" site create --server "$url" --token-file "$work/data/admin.token" 'Head office'
"$canopy" site list --server "$url" --token-file "$work/data/admin.token" -o name | grep -q 'Head office'
kill -TERM "$server"
wait "$server"
server=''
echo 'The installed command served, answered and stopped with 0.'
