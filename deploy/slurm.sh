#!/usr/bin/env bash
#SBATCH --job-name=motiflens
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=24:00:00
#SBATCH --output=motiflens-%j.log
#
# Start Ray on a Slurm allocation, and the app on its first node:
#   sbatch --nodes=2 --gpus-per-node=4 deploy/slurm.sh
# The checkout with its .venv (make setup test-cluster, or pip install -r requirements-cluster.txt) and MOTIFLENS_HOME
# lie on a disk that all nodes see. Secrets come from a file that only you can read, by default ~/.motiflens.env, with
# lines NAME=value: MOTIFLENS_DATABASE_URL, MOTIFLENS_PASSWORD, RAY_AUTH_MODE, RAY_AUTH_TOKEN.
set -euo pipefail

checkout=${MOTIFLENS_CHECKOUT:-${SLURM_SUBMIT_DIR:-$PWD}}
secrets=${MOTIFLENS_SECRETS:-$HOME/.motiflens.env}
port=${MOTIFLENS_PORT:-8501}
python=$checkout/.venv/bin/python
ray=$checkout/.venv/bin/ray

say() { printf '%s\n' "$*" >&2; }

[[ -x $ray ]] || { say "There is no $ray. Set MOTIFLENS_CHECKOUT, and install requirements-cluster.txt there."; exit 2; }
[[ -r $secrets ]] || { say "There is no $secrets. Write MOTIFLENS_DATABASE_URL and the passwords into it; see deploy/README.md."; exit 2; }
if [[ -n $(find "$secrets" -perm /077) ]]; then
  say "Others can read $secrets. Run: chmod 600 $secrets"
  exit 2
fi
set -a
# shellcheck disable=SC1090
source "$secrets"
set +a
: "${MOTIFLENS_DATABASE_URL:?is missing in $secrets: the address of a PostgreSQL that all nodes reach}"
: "${MOTIFLENS_HOME:?is not set: export it, or write it into $secrets; a folder on a disk that all nodes see}"
export MOTIFLENS_DATABASE_URL MOTIFLENS_HOME
export RAY_USAGE_STATS_ENABLED=0
export RAY_JOB_START_TIMEOUT_SECONDS=604800

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
address=$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname --ip-address | awk '{print $1}')
# Two allocations may share a node: ports that follow from the number of the job keep them apart.
gcs=$((20000 + SLURM_JOB_ID % 10000))
dashboard=$((30000 + SLURM_JOB_ID % 10000))

resources=(--num-cpus="${SLURM_CPUS_ON_NODE:-1}" --num-gpus="${SLURM_GPUS_ON_NODE:-0}")
started=()
stop() {
  trap - EXIT INT TERM
  ((${#started[@]})) && kill "${started[@]}" 2>/dev/null
  wait 2>/dev/null || true
}
trap stop EXIT INT TERM

say "The head of the cluster is $head ($address)."
srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
  "$ray" start --head --block --disable-usage-stats --node-ip-address="$address" --port="$gcs" \
  --dashboard-host="$address" --dashboard-port="$dashboard" "${resources[@]}" &
started+=($!)

for _ in $(seq 60); do
  "$ray" health-check --address "$address:$gcs" 2>/dev/null && break
  sleep 2
done
"$ray" health-check --address "$address:$gcs" || { say "Ray did not start on $head; see the lines above."; exit 1; }

for node in "${nodes[@]:1}"; do
  srun --nodes=1 --ntasks=1 --nodelist="$node" --overlap \
    "$ray" start --block --disable-usage-stats --address="$address:$gcs" "${resources[@]}" &
  started+=($!)
done

export MOTIFLENS_RUNNER=ray
export RAY_ADDRESS=http://$address:$dashboard
cd "$checkout"
"$python" -m lib doctor >&2 || say "Something above needs to be mended before runs can start."
say "From your own machine: ssh -N -L $port:$head:$port LOGIN_NODE, then open http://localhost:$port"
"$python" -m streamlit run app.py --server.address="$address" --server.port="$port" &
started+=($!)
# The job ends when the app or a node does.
wait -n
