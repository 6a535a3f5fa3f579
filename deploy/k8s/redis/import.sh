# Reads a copy of a store from standard input and checks it. start.sh uses it from the next start on, instead of the data that is there.
set -eu
cd "${DATA_DIR:-/data}"

rm -rf import restore
mkdir import
# An append-only file that consists of nothing but its base.
echo 'file appendonly.aof.1.base.rdb seq 1 type b' > import/appendonly.aof.manifest
cat > import/appendonly.aof.1.base.rdb
# The copy has to end after its checksum: no server reads one with anything behind it.
size=$(wc -c < import/appendonly.aof.1.base.rdb)
if valkey-check-rdb import/appendonly.aof.1.base.rdb | grep -F "[offset $size] Checksum OK"; then
  mv import restore
  echo "This copy is complete. The next start uses it."
else
  echo "This is no complete copy. Nothing was changed." >&2
  exit 1
fi
