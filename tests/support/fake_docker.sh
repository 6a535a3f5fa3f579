#!/bin/sh
# A stand-in for `docker`, `docker compose`, `podman` and `podman-compose`. Its containers and images are files in the
# folder of this program, and it changes them as an engine would. tests/support/fake_docker.py prepares and reads them.
# It runs hundreds of times for each upgrade, so it starts no other program where the shell itself can do the work.
cd "${0%/*}" || exit 1
program=${0##*/}

# show FILE: its only line.
show() {
  IFS= read -r line <"$1"
  echo "$line"
}

# fact CONTAINER NAME: what a file of the container says.
fact() { show "containers/$1/$2"; }

# count FILE …: how many there are of the files that a pattern stands for.
count() { if [ -e "$1" ]; then counted=$#; else counted=0; fi; }

is_sick() {
  while read -r line; do [ "$line" != "$1" ] || return 0; done <sick
  return 1
}

add() {
  read -r number <number
  number=$((number + 1))
  echo "$number" >number
  read -r image <"images/$2"
  mkdir "containers/$1-$number"
  echo "$image" >"containers/$1-$number/image"
  is_sick "$image" || : >"containers/$1-$number/ok"
  [ "$3" != running ] || : >"containers/$1-$number/running"
}

# note CALL …: records a call that changed something, and kills its callers where the test wants that.
note() {
  counts=''
  for service in worker api web; do
    count containers/"$service"-*/running
    counts="$counts $counted"
  done
  echo "$*|$counts" >>calls
  read -r kill_after <kill_after
  [ "$kill_after" = 0 ] || [ "$(wc -l <calls)" -ne "$kill_after" ] ||
    kill -9 -$$ -"$(ps -o pgid= -p $$ | tr -d ' ')" 2>/dev/null
}

compose() {
  case $1 in
    version) show version ;;
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
      count containers/"$service"-*
      while [ "$counted" -lt "$wanted" ]; do
        add "$service" "$image" "$state"
        counted=$((counted + 1))
      done
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
      *) if [ "$1" = rm ]; then rm "images/$name"; else [ -f "images/$name" ] && show "images/$name" || exit 1; fi ;;
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
      if [ -f "images/$1" ]; then show "images/$1" >"images/$2"; else echo "$1" >"images/$2"; fi
      note "tag $*"
      ;;
    stop)
      shift 2
      for name in "$@"; do rm -f "containers/$name/running"; done
      note "stop $*"
      ;;
    start) : >"containers/$1/running" && note "start $*" ;;
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
