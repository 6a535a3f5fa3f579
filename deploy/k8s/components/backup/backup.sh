# Copies the data of a running Redis to /backups, checks the copy, and keeps the newest KEEP copies.
set -eu
umask 077
cd "${BACKUP_DIR:-/backups}"

name=holdfast-$(date -u +%Y%m%dT%H%M%SZ).rdb
rm -f -- *.part
REDISCLI_AUTH=$REDIS_PASSWORD valkey-cli -h "$REDIS_HOST" -p "${REDIS_PORT:-6379}" --rdb "$name.part"
valkey-check-rdb "$name.part"
mv -- "$name.part" "$name"
ls | grep '^holdfast-.*\.rdb$' | sort -r | tail -n "+$((KEEP + 1))" | xargs -r rm -f --
ls -l
