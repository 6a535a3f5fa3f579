#!/bin/sh
# A stand-in for `docker`, `docker compose`, `podman` and `podman-compose`. Its containers and images are files in the
# folder of this program, and it changes them as an engine would. tests/support/fake_docker.py prepares and reads them.
cd "$(dirname "$0")" || exit 1
program=${0##*/}

# fact CONTAINER NAME: what a file of the container says.
fact() { cat "containers/$1/$2"; }

running() { for found in containers/"$1"-*; do [ ! -f "$found/running" ] || echo "${found#*/}"; done; }

add() {
  number=$(($(cat number) + 1))
  echo "$number" >number
  image=$(cat "images/$2")
  mkdir "containers/$1-$number"
  echo "$image" >"containers/$1-$number/image"
  grep -qxF "$image" sick || touch "containers/$1-$number/ok"
  [ "$3" != running ] || touch "containers/$1-$number/running"
}

# note CALL …: records a call that changed something, and kills its callers where the test wants that.
note() {
  counts=$(for service in worker api web; do printf ' %s' "$(running "$service" | wc -l)"; done)
  echo "$*|$counts" >>calls
  [ "$(wc -l <calls)" -ne "$(cat kill_after)" ] || kill -9 -$$ -"$(ps -o pgid= -p $$ | tr -d ' ')" 2>/dev/null
}

compose() {
  case $1 in
    version) cat version ;;
    config) cat config ;;
    build)
      [ -d built ] || { echo "the build fails" >&2; exit 1; }
      cp built/* images/
      note build
      ;;
    up)
      state=running
      for argument in "$@"; do
        case $argument in *=*) wanted=${argument#*=} ;; --no-start) state=created ;; esac
        service=$argument
      done
      image=holdfast-app
      [ "$service" != web ] || image=holdfast-web
      present=$(find containers -name "$service-*" | wc -l)
      for _ in $(seq $((present + 1)) "$wanted"); do add "$service" "$image" "$state"; done
      note "up $service=$wanted $state"
      ;;
  esac
}

inspect() {
  case $2 in
    *Health*) if [ -f "containers/$3/ok" ]; then echo healthy; else echo starting; fi ;;
    *Image*) fact "$3" image ;;
    *Running*) if [ -f "containers/$3/running" ]; then echo true; else echo false; fi ;;
    *Restart*) if [ -f "containers/$3/ok" ]; then echo 0; else echo 3; fi ;;
    *Env*) printf 'PATH=/bin\nDRAIN_SECONDS=7\n' ;;
  esac
}

ps_() {
  all='' service=''
  for argument in "$@"; do
    case $argument in -a) all=1 ;; *compose.service=*) service=${argument##*=} ;; esac
  done
  for found in containers/"$service"*-*; do
    [ ! -e "$found/running" ] && [ -z "$all" ] || [ ! -d "$found" ] || echo "${found#*/}"
  done
}

image() {
  shift
  for name in "$@"; do
    case $name in
      rm | -f | '{{.Id}}') ;;
      *) if [ "$1" = rm ]; then rm "images/$name"; else cat "images/$name" 2>/dev/null || exit 1; fi ;;
    esac
  done
}

engine() {
  command=$1
  shift
  case $command in
    ps) ps_ "$@" ;;
    inspect) inspect "$@" ;;
    healthcheck) [ -f "containers/$2/ok" ] ;;
    image)
      case $1 in inspect) image "$@" ;; rm) image _ "$@" && note "image $*" ;; esac
      ;;
    logs) echo "its last words" ;;
    tag)
      if [ -f "images/$1" ]; then cp "images/$1" "images/$2"; else echo "$1" >"images/$2"; fi
      note "tag $*"
      ;;
    stop)
      shift 2
      for name in "$@"; do rm -f "containers/$name/running"; done
      note "stop $*"
      ;;
    start) touch "containers/$1/running" && note "start $*" ;;
    rm)
      case $1 in -f) shift ;; *) for name in "$@"; do [ ! -f "containers/$name/running" ] || exit 1; done ;; esac
      for name in "$@"; do rm -r "containers/$name"; done
      note "rm $*"
      ;;
  esac
}

echo "$*" >>all_calls
case $program:$1 in
  podman-compose:*) compose "$@" ;;
  *:compose) shift && compose "$@" ;;
  *) engine "$@" ;;
esac
