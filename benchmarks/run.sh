#!/usr/bin/env bash
# Builds, then measures:
#   benchmarks/run.sh [JMH OPTIONS]   micro-benchmarks, all or those that match (-h for JMH's help)
#   benchmarks/run.sh ratio           PrivateSum against a plain double sum, taking turns
#   benchmarks/run.sh gradients       per-record gradients in subspaces against plain ones, taking turns
#   benchmarks/run.sh icu DIR         one whole fine-tuning run on PhysioNet 2012
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
module=$root/benchmarks

(cd "$root" && mvn -B -ntp -q package -pl benchmarks -am -DskipTests >&2)

if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; else java=java; fi
main=org.openjdk.jmh.Main
case "${1:-}" in
  ratio) shift && main=org.quietune.benchmarks.PrivateSumRatio ;;
  gradients) shift && main=org.quietune.benchmarks.GradientPathRatio ;;
  icu) shift && main=org.quietune.benchmarks.IcuFineTuningRun ;;
esac
exec "$java" ${QUIETUNE_JAVA_OPTS:-} -cp "$module/target/classes:$(cat "$module/target/classpath")" "$main" "$@"
