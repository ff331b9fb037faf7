#!/usr/bin/env bash
# Ranged reads out of an nginx on this machine, plain and encrypted: Penstock against what it is
# measured by, in turn. Prints a line for each way to read; the reports go to FOLDER.
#
# Usage: over_nginx.sh FOLDER [TABLE...]      all tables: plain tls small tiny chunks
#
# Needs nginx, openssl, 2 GB in FOLDER, bin/penstock and its tests built (mvn package), and the
# baselines: mvn -f docs/benchmarks/baselines package
# nginx answers ranges by sendfile, knows no credentials, and shares the processors with its client;
# so what counts is the processor time, which is that of the client's process alone.
set -euo pipefail

folder=$(readlink -f "${1:?FOLDER}")
shift
tables=("$@")
[[ ${#tables[@]} -gt 0 ]] || tables=(plain tls small tiny chunks)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
port=${PORT:-18780}
rounds=${ROUNDS:-5}

mkdir -p "$folder/bucket/bench/data"
object=$folder/bucket/bench/data/object
[[ -f $object ]] || head -c 1G /dev/urandom >"$object"
[[ -f $folder/key.pem ]] || openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=127.0.0.1 \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>"$folder/openssl.log"
trust=$folder/trust.p12
[[ -f $trust ]] || "$("$root/bin/find-jdk")/bin/keytool" -importcert -noprompt -storetype PKCS12 \
  -alias bench -file "$folder/cert.pem" -keystore "$trust" -storepass changeit 2>>"$folder/openssl.log"

# nginx has no listings: this is the one of data/. Its tags are nginx's own.
tag=$(printf '%x-%x' "$(stat -c %Y "$object")" "$(stat -c %s "$object")")
cat >"$folder/list.xml" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name><Prefix>data/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents>
<Key>data/object</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;$tag&quot;</ETag>
<Size>$(stat -c %s "$object")</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>
XML

cat >"$folder/nginx.conf" <<CONF
$([[ $(id -u) != 0 ]] || echo "user root;")
worker_processes 2;
pid $folder/nginx.pid;
error_log $folder/nginx.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 100000000;
  keepalive_timeout 300s;
  default_type application/octet-stream;
  client_body_temp_path $folder/tmp; proxy_temp_path $folder/tmp; fastcgi_temp_path $folder/tmp;
  uwsgi_temp_path $folder/tmp; scgi_temp_path $folder/tmp;
  ssl_certificate $folder/cert.pem;
  ssl_certificate_key $folder/key.pem;
  ssl_session_cache shared:bench:1m;
  server {
    listen 127.0.0.1:$port;
    listen 127.0.0.1:$((port + 1)) ssl;
    root $folder/bucket;
    location = /bench { default_type application/xml; alias $folder/list.xml; }
  }
}
CONF
nginx -c "$folder/nginx.conf"
trap 'kill "$(cat "$folder/nginx.pid")"' EXIT

plain=http://127.0.0.1:$port
encrypted=https://127.0.0.1:$((port + 1))
# The service looks at no signature: these stand for nobody.
export AWS_ACCESS_KEY_ID=test-access AWS_SECRET_ACCESS_KEY=test-secret
export PENSTOCK_JAVA_OPTS="-Djavax.net.ssl.trustStore=$trust -Djavax.net.ssl.trustStorePassword=changeit ${PENSTOCK_JAVA_OPTS:-}"

bench() {
  local name=$1
  shift
  echo "== $name: $*"
  "$root/bin/penstock" bench get s3://bench/data "$@" --rounds "$rounds" --html "$folder/$name.html" \
    --format json >"$folder/$name.json"
  python3 - "$folder/$name.json" <<'PY'
import json, sys
for row in json.load(open(sys.argv[1]))["contenders"]:
    shown = {"GB/s": row["bytesPerSecond"] / 1e9, "CPU-s/GB": row["cpuSecondsPerGB"],
             "us": row["cpuMicrosPerRequest"], "heap MB/GB": row["heapBytesPerGB"] / 1e6,
             "collections": row["collections"], "p99 ms": row["requestMillisP99"]}
    print(f'{row["contender"]:11}', *(f"{name} {value:.3f} " for name, value in shown.items()),
          *(f'{kind} {row[kind + "Ratio"]:.2f} ({row[kind + "RatioLeast"]:.2f} to {row[kind + "RatioMost"]:.2f})'
            for kind in ("rate", "cpu")))
PY
}

chunks() {
  local java object=$folder/bucket/bench/chunks/object
  java=("$("$root/bin/find-jdk")/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED
    -cp "$root/target/test-classes:$root/target/classes:$root/target/lib/*" io.penstock.bench.ServedChunks)
  echo "== chunks: landing and decoding"
  [[ -f $object.lengths ]] || "${java[@]}" make "$object"
  "${java[@]}" read "$plain" "$object" "$rounds"
}

for table in "${tables[@]}"; do
  case $table in
    plain) bench plain --endpoint "$plain" --anonymous --requests "${REQUESTS:-200}" --warm-up 4000 \
        --against "${AGAINST:-raw,http,sdk-apache,sdk-netty,crt}" ;;
    tls) bench tls --endpoint "$encrypted" --anonymous --requests "${REQUESTS:-100}" --warm-up 2500 \
        --against "${AGAINST:-raw,http,sdk-apache,sdk-netty,crt}" ;;
    small) bench small --endpoint "$plain" --range 64KiB --crc32c --requests "${REQUESTS:-20000}" \
        --warm-up 150000 --against "${AGAINST:-sdk-apache,sdk-netty}" ;;
    tiny) bench tiny --endpoint "$plain" --range 1 --requests "${REQUESTS:-20000}" --warm-up 150000 \
        --against "${AGAINST:-sdk-apache,sdk-netty}" ;;
    chunks) chunks ;;
    *) echo "no table $table" >&2; exit 2 ;;
  esac
done
