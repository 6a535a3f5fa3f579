#!/bin/sh
# Replaces every container of `worker`, `api` and `web` while people chat, so that they notice nothing:
#
#   deploy/compose/upgrade.sh              build the images from this folder, then replace the containers
#   deploy/compose/upgrade.sh --no-build   replace them with the images and the settings that are here already
#   deploy/compose/upgrade.sh --back       replace them with the images that ran before the last upgrade
#
# New workers and APIs start while the old ones still run. When they are healthy, the old ones stop in order: a worker takes no
# new questions then, and has DRAIN_SECONDS for its replies. A `web` holds a port, so each one stops just before its
# successor starts. `redis`, `model`, `prometheus` and `grafana` keep running as they are.
#
# It may be interrupted at any time and started again: the file .upgrade says what is left to replace. The images that
# ran before have the tag `previous`. COMPOSE names another command than `docker compose`: COMPOSE=podman-compose.
set -eu

COMPOSE=${COMPOSE:-docker compose}
case $COMPOSE in *podman*) ENGINE=podman ;; *) ENGINE=docker ;; esac
STATE=.upgrade
LOCK=.upgrade.pid
HEALTHY_SECONDS=180
export BUILDAH_FORMAT=docker BUILDX_NO_DEFAULT_ATTESTATIONS=1 # Podman: keep health checks. Docker: same files, same image

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# have VALUE …: whether no value is empty.
have() { for value in "$@"; do [ -n "$value" ] || return 1; done; }

# shellcheck disable=SC2086  # a command and its arguments
compose() { $COMPOSE "$@"; }

# containers SERVICE [-a]: the ids of its running containers, or of all.
containers() {
  set -- "$1" ${2:+"$2"} --no-trunc -q --filter "label=com.docker.compose.project=$project"
  service=$1
  shift
  [ "$ENGINE" = podman ] || set -- "$@" --filter label=com.docker.compose.oneoff=False
  "$ENGINE" ps "$@" --filter "label=com.docker.compose.service=$service"
}

# count ID …
count() { echo $#; }

# setting SERVICE KEY: a line of the service in the configuration, such as its `image`.
setting() { printf '%s\n' "$config" | sed -n "/^services:/,/^[a-z]/{/^  $1:/,/^  [a-z]/s/^    $2: *//p;}" | tr -d "\"'"; }

image_id() { "$ENGINE" image inspect -f '{{.Id}}' "$1" 2>/dev/null || true; }

image_of() { "$ENGINE" inspect -f '{{.Image}}' "$1"; }

# previous IMAGE: the name under which the image that ran before is kept.
previous() {
  case ${1##*/} in *:*) echo "${1%:*}:previous" ;; *) echo "$1:previous" ;; esac
}

is_healthy() {
  case $ENGINE in
    podman) podman healthcheck run "$1" >/dev/null 2>&1 ;; # leaves health checks to systemd, which may be absent
    *) [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ] ;;
  esac
}

# old SERVICE, new SERVICE: its running containers that the state says have to go, and the others.
old() { containers "$1" | grep -xF "$(sed -n 's/^old //p' "$STATE")" || true; }

new() { containers "$1" | grep -vxF "$(sed -n 's/^old //p' "$STATE")" || true; }

wanted() { sed -n "s/^replicas $1 //p" "$STATE"; }

# one_more SERVICE OPTION …: creates one replica more than there are, and changes no other container.
one_more() {
  service=$1
  shift
  # shellcheck disable=SC2046  # one argument for each id
  compose up "$@" --no-build --no-deps --no-recreate \
    --scale "$service=$(($(count $(containers "$service" -a)) + 1))" "$service" >/dev/null 2>.upgrade.log ||
    { cat .upgrade.log >&2; fail "Another replica of $service could not be created. $(how_to_go_on)"; }
}

# becomes_healthy ID: waits for it. A container that does not become healthy is removed; its last words are shown.
becomes_healthy() {
  seconds=0
  until is_healthy "$1"; do
    if [ "$seconds" -ge "$HEALTHY_SECONDS" ] || [ "$("$ENGINE" inspect -f '{{.RestartCount}}' "$1")" -ge 3 ]; then
      "$ENGINE" logs "$1" 2>&1 | tail -n 20 >&2
      "$ENGINE" rm -f "$1" >/dev/null
      return 1
    fi
    sleep 1
    seconds=$((seconds + 1))
  done
}

all_become_healthy() {
  for id in $(new "$1"); do
    becomes_healthy "$id" ||
      fail "The new $1 does not become healthy; above is the end of its log. The old ones still run. $(how_to_go_on)"
  done
}

how_to_go_on() { echo "Run the same command again to go on, or '$0 --back' to return to the earlier version."; }

# grace SERVICE ID: the seconds that a container may take to stop. A worker needs its own DRAIN_SECONDS and a bit more.
grace() {
  case $1 in
    worker)
      drain=$("$ENGINE" inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$2" | sed -n 's/^DRAIN_SECONDS=//p')
      drain=${drain%%.*}
      echo $((${drain:-30} + 15))
      ;;
    *) echo 20 ;;
  esac
}

# stop_all SERVICE ID …: stops containers at the same time, and removes them. One that was asked before is not asked
# again, because a second signal ends a worker at once.
stop_all() {
  [ $# -gt 1 ] || return 0
  seconds=$(grace "$1" "$2")
  shift
  first='' again=''
  for id in "$@"; do
    if grep -q "^stopping $id\$" "$STATE"; then again="$again $id"; else first="$first $id"; fi
  done
  for id in $first; do echo "stopping $id" >>"$STATE"; done
  # shellcheck disable=SC2086  # one argument for each id
  [ -z "$first" ] || "$ENGINE" stop -t "$seconds" $first >/dev/null
  for id in $again; do wait_until_stopped "$id" "$seconds"; done
  "$ENGINE" rm "$@" >/dev/null
}

wait_until_stopped() {
  seconds=$2
  while [ "$seconds" -gt 0 ] && [ "$("$ENGINE" inspect -f '{{.State.Running}}' "$1")" = true ]; do
    sleep 1
    seconds=$((seconds - 1))
  done
  "$ENGINE" stop -t 1 "$1" >/dev/null
}

# start_new SERVICE: starts new replicas one by one, so that their start takes little of the machine at a time.
start_new() {
  # shellcheck disable=SC2046
  while present=$(count $(new "$1")) && [ "$present" -lt "$(wanted "$1")" ]; do
    say "$1: starting new replica $((present + 1)) of $(wanted "$1") …"
    one_more "$1" -d
    all_become_healthy "$1"
  done
  all_become_healthy "$1"
}

replace_workers() {
  start_new worker
  say "worker: the old ones take no more questions, finish their replies and stop; this may take DRAIN_SECONDS …"
  # shellcheck disable=SC2046
  stop_all worker $(old worker)
}

replace_apis() {
  start_new api
  sleep 3 # `web` looks for new replicas every two seconds
  say "api: the old ones stop; their readers go on with the new ones …"
  for id in $(old api); do stop_all api "$id"; done
}

# A new `web` is created before an old one stops, and started as soon as the port is free. The only one is stopped at
# once: a longer stop would refuse new visitors for as long as somebody reads a reply.
replace_webs() {
  for id in $(old web); do replace_web "$id"; done
  # shellcheck disable=SC2046
  while [ "$(count $(new web))" -lt "$(wanted web)" ]; do
    one_more web -d
    all_become_healthy web
  done
}

replace_web() {
  say "web: a new replica takes the place of an old one …"
  remove_stopped web
  one_more web --no-start
  created=$(containers web -a | grep -vxF "$(containers web)")
  seconds=10
  [ "$(wanted web)" -gt 1 ] || seconds=0
  "$ENGINE" stop -t "$seconds" "$1" >/dev/null
  if ! "$ENGINE" start "$created" >/dev/null || ! becomes_healthy "$created"; then
    "$ENGINE" start "$1" >/dev/null
    fail "The new web does not start; the old one runs again. $(how_to_go_on)"
  fi
  "$ENGINE" rm "$1" >/dev/null
}

# remove_stopped SERVICE: removes containers that do not run; compose would start them, whatever version they are of.
remove_stopped() {
  for id in $(containers "$1" -a | grep -vxF "$(containers "$1")"); do "$ENGINE" rm "$id" >/dev/null; done
}

check_tools() {
  "$ENGINE" ps -q >/dev/null 2>&1 || fail "$ENGINE does not answer. Is it running, and may you use it?"
  version=$(compose version --short 2>/dev/null || true)
  case $ENGINE:${version#v} in
    podman:*) ;;
    docker:[01].* | docker:2.[0-9] | docker:2.[0-9].* | docker:2.1[0-9].* | docker:2.2[0-3].* | docker:)
      fail "Docker Compose 2.24 or newer is needed; this is ${version:-not there}."
      ;;
  esac
}

read_configuration() {
  config=$(compose config) || fail "Nothing was changed."
  project=${COMPOSE_PROJECT_NAME:-$(printf '%s\n' "$config" | sed -n 's/^name: *//p')}
  app_image=$(setting worker image)
  web_image=$(setting web image)
  have "$project" "$app_image" "$web_image" ||
    fail "The configuration names no project, or no images of worker and web. Nothing was changed."
}

check_state() {
  # shellcheck disable=SC2046
  [ -f "$STATE" ] || [ "$(count $(containers worker) $(containers api) $(containers web))" -gt 0 ] ||
    fail "Nothing of the project $project runs here, so nothing can be replaced. Start it: $COMPOSE up -d --build"
  for id in $(containers redis); do
    is_healthy "$id" || fail "redis is not healthy, so new containers could not start. Nothing was changed."
  done
}

take_lock() {
  if [ -f "$LOCK" ] && kill -0 "$(cat "$LOCK")" 2>/dev/null; then
    fail "Another run is active: process $(cat "$LOCK"). If it is another program, remove $LOCK. Nothing was changed."
  fi
  echo $$ >"$LOCK"
  trap 'rm -f "$LOCK" .upgrade.log' EXIT
  trap 'say "Interrupted. $(how_to_go_on)" >&2; exit 130' INT TERM HUP
}

# write_state DIRECTION: notes how many replicas run and which of them have to go. An unfinished run has noted the
# numbers before; now there may be old and new ones. What it began to stop has to go in any case.
write_state() {
  unfinished=$(sed -n 's/^to //p' "$STATE" 2>/dev/null || true)
  {
    echo "to $1"
    if [ -n "$unfinished" ]; then
      sed -n '/^replicas /p; /^stopping /p' "$STATE"
      sed -n 's/^stopping /old /p' "$STATE"
      [ "$unfinished" != "$1" ] || grep '^old ' "$STATE" || true
    else
      for service in worker api web; do
        # shellcheck disable=SC2046
        echo "replicas $service $(count $(containers "$service"))"
        containers "$service" | sed 's/^/old /'
      done
    fi
  } >"$STATE.next"
  mv "$STATE.next" "$STATE"
}

# add_other_images: adds to the state what an unfinished run has started from images that are not wanted any more.
add_other_images() {
  for service in worker api web; do
    target=$(image_id "$app_image")
    [ $service != web ] || target=$(image_id "$web_image")
    for id in $(new "$service"); do
      [ "$(image_of "$id")" = "$target" ] || echo "old $id" >>"$STATE"
    done
  done
}

# keep_previous: tags the images that run now, if those to come differ. An unfinished run has done so before.
keep_previous() {
  [ ! -f "$STATE" ] || return 0
  app=$(first_image worker api)
  web=$(first_image web)
  if [ "${app:-none}" = "$(image_id "$app_image")" ] && [ "${web:-none}" = "$(image_id "$web_image")" ]; then
    return 0
  fi
  [ -z "$app" ] || "$ENGINE" tag "$app" "$(previous "$app_image")"
  [ -z "$web" ] || "$ENGINE" tag "$web" "$(previous "$web_image")"
}

# first_image SERVICE …: the image of the first container found.
first_image() {
  for service in "$@"; do
    for id in $(containers "$service"); do
      image_of "$id"
      return 0
    done
  done
}

prepare_upgrade() {
  if [ "$1" = --build ]; then
    say "Building the images …"
    compose build api web || fail "The build failed. Nothing that runs was changed."
  fi
  have "$(image_id "$app_image")" "$(image_id "$web_image")" ||
    fail "The images $app_image and $web_image are not here. Run it without --no-build."
  keep_previous
  write_state upgrade
}

prepare_return() {
  if ! grep -q '^to back$' "$STATE" 2>/dev/null; then
    have "$(image_id "$(previous "$app_image")")" "$(image_id "$(previous "$web_image")")" ||
      fail "There is no earlier version: no image has the tag 'previous'. Nothing was changed."
    write_state back
  fi
  for image in "$app_image" "$web_image"; do
    [ -z "$(image_id "$(previous "$image")")" ] || "$ENGINE" tag "$(previous "$image")" "$image"
  done
}

finish() {
  if grep -q '^to back$' "$STATE"; then
    for image in "$app_image" "$web_image"; do "$ENGINE" image rm "$(previous "$image")" >/dev/null 2>&1 || true; done
    say "Done. The earlier version runs."
  else
    say "Done. The new containers run."
    [ -z "$(image_id "$(previous "$app_image")")" ] || say "To return to the earlier version: $0 --back"
  fi
  rm -f "$STATE"
}

main() {
  [ -f docker-compose.yml ] || cd "$(dirname "$0")/../.."
  check_tools
  take_lock
  read_configuration
  check_state
  case ${1:-} in
    "") prepare_upgrade --build ;;
    --no-build) prepare_upgrade --no-build ;;
    --back) prepare_return ;;
    *) fail "usage: $0 [--no-build | --back]" ;;
  esac
  add_other_images
  for service in worker api web; do remove_stopped "$service"; done
  [ "$(wanted worker)" = 0 ] || replace_workers
  [ "$(wanted api)" = 0 ] || replace_apis
  [ "$(wanted web)" = 0 ] || replace_webs
  finish
}

main "$@"
