# Writes a copy of the running store to standard output: docs/kubernetes.md, "Backup".
set -eu
umask 077
cd "${DATA_DIR:-/data}"

trap 'rm -f export.rdb' EXIT
# Not to standard output at once: behind a copy that is written there, valkey-cli leaves a mark that no server reads.
REDISCLI_AUTH=$REDIS_PASSWORD valkey-cli -p "${PORT:-6379}" --rdb export.rdb >&2
valkey-check-rdb export.rdb >&2
cat export.rdb
