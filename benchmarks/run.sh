#!/usr/bin/env bash
# Builds, then measures:
#   benchmarks/run.sh [JMH OPTIONS]   micro-benchmarks, all or those that match (-h for JMH's help)
#   benchmarks/run.sh ratio           PrivateSum against a plain double sum, taking turns
#   benchmarks/run.sh gradients       per-record gradients in subspaces and plain ones, by JMH
#   benchmarks/run.sh gradient-ratio  the same as ratios, taking turns
#   benchmarks/run.sh pytorch [N ...] the same against PyTorch, on 1 and 2 (or N) threads, taking turns;
#                                     PYTHON names the interpreter that has it (/usr/bin/python3)
#   benchmarks/run.sh icu DIR         one whole fine-tuning run on PhysioNet 2012
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
module=$root/benchmarks

# Offline where everything has been fetched before; else again, with the network.
build() { (cd "$root" && mvn "$@" -B -ntp -q package -pl benchmarks -am -DskipTests); }
build -o >/dev/null 2>&1 || build >&2

if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; else java=java; fi
main=org.openjdk.jmh.Main
case "${1:-}" in
  ratio) shift && main=org.quietune.benchmarks.PrivateSumRatio ;;
  gradients) shift && set -- GradientPath "$@" ;;
  gradient-ratio) shift && main=org.quietune.benchmarks.GradientPathRatio ;;
  pytorch) shift && main=org.quietune.benchmarks.PyTorchRatio && set -- "${PYTHON:-/usr/bin/python3}" "$module/pytorch.py" "$@" ;;
  icu) shift && main=org.quietune.benchmarks.IcuFineTuningRun ;;
esac
exec "$java" ${QUIETUNE_JAVA_OPTS:-} -cp "$module/target/classes:$(cat "$module/target/classpath")" "$main" "$@"
