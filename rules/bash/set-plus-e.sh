#!/bin/bash
run_tests() {
  # ruleid: set-plus-e
  set +e
  make test
  make report
}

deploy() {
  # ruleid: set-plus-e
  set +o errexit
  ./migrate
  ./restart
}

if [ -n "$CI" ]; then
  # ruleid: set-plus-e
  set +eu
fi

tolerate() {
  # ok: set-plus-e
  set +e
  make lint
  status=$?
  echo "lint: $status"
}

around() {
  {
    make clean
  }
  # ok: set-plus-e
  set +e
  make lint
  set -e
  make build
}

strictly() {
  set -e
  make lint
  # ok: set-plus-e
  set +e
}

cleanup() {
  status=$1
  # ok: set-plus-e
  set +e
  stop_server
  exit "$status"
}

quiet() {
  # ok: set-plus-e
  set +x
  # ok: set-plus-e
  set +u
  # set +e
  # ok: set-plus-e
  echo "set +e"
}

