#!/usr/bin/env bash
# Builds, then measures:
#   benchmarks/run.sh [JMH OPTIONS]   micro-benchmarks, all or those that match (-h for JMH's help)
#   benchmarks/run.sh icu DIR         one whole fine-tuning run on PhysioNet 2012
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
module=$root/benchmarks

(cd "$root" && mvn -B -ntp -q package -pl benchmarks -am -DskipTests >&2)

if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; else java=java; fi
main=org.openjdk.jmh.Main
if [ "${1:-}" = icu ]; then
  shift
  main=org.quietune.benchmarks.IcuFineTuningRun
fi
exec "$java" ${QUIETUNE_JAVA_OPTS:-} -cp "$module/target/classes:$(cat "$module/target/classpath")" "$main" "$@"
