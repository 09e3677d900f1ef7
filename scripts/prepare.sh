# Set-up shared by scripts/run and scripts/test; sourced, with the project as working directory.
#
# Callers use `prepare LOCK LIBRARIES...`: afterwards .venv holds what LOCK names and the project
# itself. Whatever cannot be had ends the script with a message that says what to type.
# shellcheck shell=bash

VENV=.venv

# Shared libraries that the wheels of Qt leave to the system, each with its Debian package.
QT_LIBRARIES="libGL.so.1=libgl1 libEGL.so.1=libegl1 libxkbcommon.so.0=libxkbcommon0
 libglib-2.0.so.0=libglib2.0-0 libdbus-1.so.3=libdbus-1-3 libfontconfig.so.1=libfontconfig1"
X11_LIBRARIES="libxkbcommon-x11.so.0=libxkbcommon-x11-0 libxcb-cursor.so.0=libxcb-cursor0
 libxcb-icccm.so.4=libxcb-icccm4 libxcb-image.so.0=libxcb-image0
 libxcb-keysyms.so.1=libxcb-keysyms1 libxcb-randr.so.0=libxcb-randr0
 libxcb-render-util.so.0=libxcb-render-util0 libxcb-shape.so.0=libxcb-shape0
 libxcb-xinerama.so.0=libxcb-xinerama0 libxcb-xkb.so.1=libxcb-xkb1 libX11-xcb.so.1=libx11-xcb1"

say() { printf '%s\n' "$*" >&2; }

stop() {
  say "$@"
  exit 1
}

is_linux() { [ "$(uname -s)" = Linux ]; }

# Prints the first Python from 3.11 to 3.14 that really starts; the system's own choice goes first.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
}

# Prints the Debian packages that are missing: Python, its venv module, then the libraries.
missing_packages() {
  local python pair known
  python=$(find_python)
  if [ -z "$python" ]; then
    echo python3 python3-venv
  elif [ ! -x "$VENV/bin/python" ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # The package carries the number of the interpreter unless that is the system's default one.
    case $python in */python3) echo python3-venv ;; *) echo "${python##*/}-venv" ;; esac
  fi
  known=$(/sbin/ldconfig -p 2>/dev/null || ldconfig -p)
  for pair in "$@"; do
    case $known in *"${pair%%=*} "*) ;; *) echo "${pair#*=}" ;; esac
  done
}

# Installs packages where this user may; else prints the one line to type, and stops.
install_packages() {
  local packages=$* line
  line="apt-get install -y --no-install-recommends $packages"
  if ! command -v apt-get >/dev/null; then
    stop "These packages are missing (Debian's names; other systems call them alike): $packages." \
      "Install them with your package manager, then start this script again."
  fi
  if [ "$(id -u)" = 0 ]; then
    as_root env
  elif sudo -n true 2>/dev/null; then
    as_root sudo -n env
  else
    say "System packages are missing, and installing them needs an administrator. Nothing was changed."
    say "Type this line, then start this script again:"
    say ""
    if command -v sudo >/dev/null; then say "    sudo $line"; else say "    su -c \"/usr/bin/$line\""; fi
    exit 1
  fi
}

# Runs the installation with the given way to become root; uses `line` and `packages` of the caller.
as_root() {
  say "Installing system packages: $packages"
  # shellcheck disable=SC2086
  "$@" DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    "$@" DEBIAN_FRONTEND=noninteractive $line >&2 ||
    stop "The system packages could not be installed (the lines above say why)." \
      "Put that right, then start this script again; nothing else was changed."
}

# Installs what some tests need, given as COMMAND=PACKAGE, where this user may; they skip without.
offer_commands() {
  local pair packages=""
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || packages+=" ${pair#*=}"
  done
  [ -n "$packages" ] || return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    say "Some tests will be skipped; they need:$packages"
    return 0
  fi
  say "Installing what some tests need:$packages"
  # shellcheck disable=SC2086
  { env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages; } >&2 ||
    say "They could not be installed; those tests will be skipped."
}

make_environment() {
  [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c '' 2>/dev/null && return
  say "Making the virtual environment in $VENV"
  "$(find_python)" -m venv --clear "$VENV" || stop "The virtual environment could not be made; the lines above say why."
}

# Installs LOCK and the project unless a stamp says that this was done for the same files.
# The lock for development contains the one for use, so its stamp counts for both.
install_locked() {
  local lock=$1 wanted stamp
  for stamp in "$lock" requirements-dev.lock; do
    wanted=$(cat "$stamp" pyproject.toml | cksum)
    [ "$(cat "$VENV/installed-$stamp" 2>/dev/null)" = "$wanted" ] && return
  done
  wanted=$(cat "$lock" pyproject.toml | cksum)
  rm -f "$VENV"/installed-*
  say "Installing the dependencies of $lock"
  # The lock is complete and every file has its hash, so pip has nothing to choose or to build.
  local pip=("$VENV/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps)
  "${pip[@]}" --require-hashes --only-binary :all: -r "$lock" ||
    stop "The dependencies could not be installed; the lines above say why." \
      "Check the network, then start this script again: it goes on where it stopped."
  "${pip[@]}" --no-index --no-build-isolation -e . || stop "The project itself could not be installed; the lines above say why."
  printf '%s\n' "$wanted" >"$VENV/installed-$lock"
}

prepare() {
  local lock=$1 missing
  shift
  if is_linux; then
    missing=$(missing_packages "$@" | tr '\n' ' ')
    # shellcheck disable=SC2086
    [ -z "$missing" ] || install_packages ${missing% }
  fi
  [ -n "$(find_python)" ] || stop "UsageFlow needs Python 3.11, 3.12, 3.13 or 3.14, and found none." \
    "Install one of them, then start this script again."
  make_environment
  install_locked "$lock"
}
