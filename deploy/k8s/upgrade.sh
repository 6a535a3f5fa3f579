#!/bin/sh
# Rolls an overlay out without a pause, and back if a tier does not become ready: docs/kubernetes.md, "Upgrade".
#
#   deploy/k8s/upgrade.sh deploy/my       workers first, then APIs, then the page
#   deploy/k8s/upgrade.sh --rollback      what the last upgrade replaced, in the opposite order
set -eu
umask 077
NAMESPACE=${NAMESPACE:-holdfast}
KUBECTL=${KUBECTL:-kubectl}
LABEL=app.kubernetes.io/name

kube() {
  "$KUBECTL" -n "$NAMESPACE" "$@"
}

annotation() { # of a tier's Deployment; empty if there is none
  kube get deployment "$1" --ignore-not-found -o "jsonpath={.metadata.annotations.$2}"
}

revision() {
  annotation "$1" 'deployment\.kubernetes\.io/revision'
}

wait_for() {
  kube rollout status "deployment/$1" --timeout=15m
}

rollback() {
  for tier in web api worker; do
    to=$(annotation "$tier" 'holdfast/rollback-to')
    if [ -n "$to" ] && [ "$to" != "$(revision "$tier")" ]; then
      kube rollout undo "deployment/$tier" --to-revision="$to"
      wait_for "$tier"
    fi
    [ -z "$to" ] || kube annotate deployment "$tier" holdfast/rollback-to- > /dev/null
  done
}

apply() {
  kube apply -f "$rendered" -l "$1"
}

upgrade() {
  rendered=$(mktemp)
  trap 'rm -f "$rendered"' EXIT # it contains the secrets
  trap 'exit 130' INT HUP TERM
  "$KUBECTL" kustomize "$1" > "$rendered"
  for tier in worker api web; do
    now=$(revision "$tier")
    [ -z "$now" ] || kube annotate --overwrite deployment "$tier" "holdfast/rollback-to=$now" > /dev/null
  done
  apply "$LABEL notin (worker, api, web, redis)"
  if has_redis && [ -z "$(kube get statefulset redis --ignore-not-found -o name)" ]; then
    apply "$LABEL=redis"
  fi
  for tier in worker api web; do
    apply "$LABEL=$tier"
    if ! wait_for "$tier"; then
      echo "$tier does not become ready: going back. See kubectl -n $NAMESPACE describe pods -l $LABEL=$tier" >&2
      rollback
      exit 1
    fi
  done
  if has_redis; then
    compare_redis "$1"
  fi
}

has_redis() {
  grep -q '^kind: StatefulSet' "$rendered"
}

compare_redis() { # A store that runs is left alone, because its restart is a pause.
  changed=0
  kube diff -f "$rendered" -l "$LABEL=redis" > /dev/null || changed=$?
  case $changed in
    0) ;;
    1) echo "Redis differs from what runs. This restarts it: $KUBECTL apply -k $1 -l $LABEL=redis" ;;
    *) exit "$changed" ;;
  esac
}

case ${1:-} in
  --rollback) rollback ;;
  "" | -*) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  *) upgrade "$1" ;;
esac
