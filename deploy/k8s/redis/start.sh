# Starts Valkey with the data in /data, or with the backup that import.sh has put there. Arguments are further options.
set -eu
cd "${DATA_DIR:-/data}"

# May be repeated after a crash at any point.
if [ -e restore ]; then
  if [ -e appendonlydir ]; then
    rm -rf replaced && mv appendonlydir replaced
  fi
  mv restore appendonlydir
fi

# The rest of the memory limit is for the copies that a rewrite of the file needs, buffers of connections, and fragmentation.
maxmemory=$((MEMORY_LIMIT / 100 * MAXMEMORY_PERCENT))
# The password is read from standard input, because every user can read a command line.
exec valkey-server - --dir "$PWD" --appendonly yes --appendfsync everysec --save "" \
  --maxmemory "$maxmemory" --maxmemory-policy noeviction "$@" <<END
requirepass "$REDIS_PASSWORD"
END
