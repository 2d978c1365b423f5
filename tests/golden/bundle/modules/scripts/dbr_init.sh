#!/bin/bash
# For clusters that have the package installed when they start: their init script. Jobs do not need it, since their
# environments name the wheel. Put wheels there with
#   databricks fs cp dist/churn-0.1.0-py3-none-any.whl dbfs:/Volumes/main/churn_ops/wheels/
set -euo pipefail
shopt -s nullglob

wheels="${WHEELS:-/Volumes/main/churn_ops/wheels}"
found=("${wheels}"/churn-*.whl)
if ((${#found[@]} == 0)); then
  echo "no wheel of churn in ${wheels}" >&2
  exit 1
fi
newest="$(printf '%s\n' "${found[@]}" | sort --version-sort | tail --lines=1)"
"${PIP:-/databricks/python/bin/pip}" install --quiet "${newest}"
