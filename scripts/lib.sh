# shellcheck shell=bash
# What the scripts share: sourced, not run. Messages go to stderr, so that the standard output of a
# script holds nothing but the results of the program that it runs.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)

say() { printf '==> %s\n' "$*" >&2; }

# install_missing PACKAGE...: installs the packages that are not there; asks nothing.
install_missing() {
  if ! command -v apt-get >/dev/null; then
    say "No apt-get here, so these have to be there already, whatever they are called: $*"
    return
  fi

  local installed package missing=()
  # dpkg-query fails when it does not know one of the packages, and still lists the others.
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "installed $package" <<<"$installed" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      say "Missing, and neither root nor sudo to install them: ${missing[*]}"
      return 1
    fi
    apt=(sudo "${apt[@]}")
  fi
  say "Installing ${missing[*]}"
  # One stale source among several is no reason to stop: what is needed may come from the others.
  "${apt[@]}" update >/dev/null || say "apt-get update failed; trying with the lists at hand"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# install_build_packages: everything in apt-packages.txt.
install_build_packages() {
  local packages
  mapfile -t packages < <(sed 's/#.*//' "$root/scripts/apt-packages.txt" | xargs -n 1)
  install_missing "${packages[@]}"
}

# build PRESET [TARGET]: configures, and builds the target (default: everything).
build() {
  local preset=$1 target=${2:-all}
  say "Building $target in build/$preset"
  if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  fi
  mkdir -p "$root/build"
  # The lock keeps runs that are started side by side from building in one directory at once.
  (
    flock 9
    cd -- "$root" || exit
    cmake --preset "$preset" >/dev/null # warnings and errors go to stderr
    cmake --build "build/$preset" --target "$target" >&2
  ) 9>"$root/build/.lock"
}

# records RUN: the records of its metrics.jsonl, without what a clock had a hand in.
records() { sed -E 's/,?"(seconds|images_per_second)":[0-9.e+-]+//g' "$1/metrics.jsonl"; }
