#!/bin/sh
# The start of tspm without Node, in the words of POSIX shells: dash, bash, busybox and zsh alike. `run` of a program and a `sync` with
# nothing to do are answered here when the stamp of the last sync proves what Node would do; everything else, and every doubt, goes to
# Node with the same words. docs/run.md says what the stamp proves. Beside builtins only grep and sha256sum are started.

# Why Node is asked; shown where there is none.
tspm_doubt="this command is not one of those that need no Node"

tspm_doubts() {
  tspm_doubt=$1
  return 1
}

# Whether no variable has a name that is none in a shell (exported functions of bash, names with a dot): dash and busybox drop those.
tspm_keeps_variables() {
  [ -z "${BASH_VERSION-}${ZSH_VERSION-}" ] || return 0
  tspm_status=0
  LC_ALL=C PATH=/usr/bin:/bin:$PATH grep -qsz -e '^[^=]*[^A-Za-z0-9_=]' -e '^[0-9]' "/proc/$$/environ" || tspm_status=$?
  [ "$tspm_status" = 1 ] || [ ! -e "/proc/$$" ] || tspm_doubts "the environment has names that this shell would lose"
}

# The folder of this file, behind the link that npm made.
tspm_find_dist() {
  case $0 in
  */*) tspm_folder=${0%/*} ;;
  *) tspm_folder=. ;;
  esac
  for tspm_dist in "$tspm_folder" "$tspm_folder/../lib/node_modules/tspm/dist" "$tspm_folder/../tspm/dist"; do
    [ "$0" -ef "$tspm_dist/tspm.sh" ] && return
  done
  tspm_file=$0
  while [ -L "$tspm_file" ]; do
    # The final x keeps line ends that belong to the name.
    tspm_target=$(readlink "$tspm_file" && echo x)
    tspm_target=${tspm_target%??}
    case $tspm_target in
    /*) tspm_file=$tspm_target ;;
    *) tspm_file=${tspm_file%/*}/$tspm_target ;;
    esac
  done
  tspm_dist=${tspm_file%/*}
}

# Becomes Node with the words of the command line, in the environment that came.
tspm_to_node() {
  tspm_leave_folder
  tspm_find_dist
  if ! command -v node >/dev/null 2>&1; then
    printf '%s\n' "error: tspm needs Node here, and no node is in PATH: $tspm_doubt" >&2
    exit 127
  fi
  if ! tspm_keeps_variables; then
    TSPM_LOST_VARIABLES=$(LC_ALL=C grep -z -e '^[^=]*[^A-Za-z0-9_=]' -e '^[0-9]' "/proc/$$/environ" | od -An -v -tx1)
    export TSPM_LOST_VARIABLES
  fi
  # Node reads these certificates at every start, for 30 ms; tspm reads them where it needs them.
  if [ -n "${NODE_EXTRA_CA_CERTS-}" ]; then
    export TSPM_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"
    unset NODE_EXTRA_CA_CERTS
  fi
  # Without the two hyphens Node 20 takes an --env-file among the words for its own.
  exec node -- "$tspm_dist/tspm.js" "$@"
}

# Makes $PWD the physical path, as Node sees it; tspm_leave_folder gives the variables back.
tspm_enter_folder() {
  tspm_pwd=${PWD-} tspm_oldpwd=${OLDPWD-} tspm_had_oldpwd=${OLDPWD+yes}
  cd -P . 2>&- || tspm_doubts "the current folder cannot be told" || return
  tspm_entered=yes tspm_cwd=$PWD
}

tspm_leave_folder() {
  [ -n "${tspm_entered-}" ] || return 0
  PWD=$tspm_pwd
  if [ -n "$tspm_had_oldpwd" ]; then OLDPWD=$tspm_oldpwd; else unset OLDPWD; fi
}

# The nearest folder with a pyproject.toml, from the current one upwards.
tspm_find_root() {
  tspm_root=$tspm_cwd
  until [ -e "$tspm_root/pyproject.toml" ]; do
    tspm_root=${tspm_root%/*}
    [ -n "$tspm_root" ] || tspm_doubts "there is no pyproject.toml here or above" || return
  done
  [ "$tspm_root" != / ] || tspm_doubts "the project is the root of the file system"
}

# The variables that change what run or sync do; a test compares the list with the code.
tspm_has_plain_variables() {
  [ -z "${PDM_PROJECT+x}${PDM_CONFIG_FILE+x}${PDM_IGNORE_SAVED_PYTHON+x}${PDM_PYTHON_VERSION+x}${PDM_SKIP_HOOKS+x}" ] &&
    [ -z "${PDM_LOCKFILE+x}${PDM_LOCK_FORMAT+x}${PDM_NO_SELF+x}${PDM_NO_EDITABLE+x}${PDM_IN_VENV+x}" ] &&
    [ -z "${PDM_NO_BINARY+x}${PDM_ONLY_BINARY+x}${PDM_PREFER_BINARY+x}${PDM_OVERRIDE+x}" ] &&
    [ -z "${PDM_FROZEN_LOCKFILE+x}${PDM_NO_LOCK+x}${PDM_NO_CACHE+x}${PDM_BUILD_ISOLATION+x}" ] ||
    tspm_doubts "a variable PDM_... is set"
}

# What PDM_PYTHON or .pdm-python names; a file of several lines is a doubt.
tspm_read_python() {
  tspm_python=${PDM_PYTHON-}
  [ -z "$tspm_python" ] || return 0
  [ -r "$tspm_root/.pdm-python" ] || tspm_doubts "no Python is saved in .pdm-python" || return
  {
    IFS= read -r tspm_python || :
    IFS= read -r tspm_line || :
    [ -z "$tspm_line" ] || tspm_python=
  } 2>&- <"$tspm_root/.pdm-python" || tspm_doubts "no Python is saved in .pdm-python"
}

# Whether the settings of the user ($1 with, "no" without a file) are still those at the path $2; $3 is where they are looked for now.
tspm_same_settings() {
  case $1 in
  no*) [ ! -e "$3" ] ;;
  *) [ "$2" = "$3" ] ;;
  esac || tspm_doubts "$3 is not the settings file of the last sync"
}

tspm_home_settings() {
  if [ -n "${XDG_CONFIG_HOME-}" ]; then
    tspm_settings=$XDG_CONFIG_HOME/pdm/config.toml
  else
    [ -n "${HOME-}" ] || tspm_doubts "HOME is not set" || return
    tspm_settings=$HOME/$tspm_suffix/pdm/config.toml
  fi
}

tspm_site_settings() {
  tspm_settings=${XDG_CONFIG_DIRS-}
  tspm_settings=${tspm_settings%%:*}
  tspm_settings=${tspm_settings:-/etc/xdg}/pdm/config.toml
}

# One line of a stamp: a name, a blank and a value.
tspm_holds() {
  tspm_value=${1#* }
  case $tspm_value in
  /*) tspm_path=$tspm_value ;;
  *) tspm_path=$tspm_root/$tspm_value ;;
  esac
  case $1 in
  "version "*) [ "$tspm_value" = "@VERSION@" ] || tspm_doubts "the last sync was made by another tspm" ;;
  "root "*) [ "$tspm_value" = "$tspm_root" ] || tspm_doubts "the project was moved" ;;
  "python "*) [ "$tspm_value" = "$tspm_python" ] || tspm_doubts "the last sync was made for another Python" ;;
  "executable "*) tspm_executable=$tspm_value ;;
  "real "*) tspm_real=$tspm_value ;;
  "hook "*)
    tspm_hook=$tspm_value
    [ "$0" = "${tspm_hook%/pep582}/tspm.sh" ] || [ "$0" -ef "$tspm_hook/../tspm.sh" ] || tspm_doubts "the last sync was made by a tspm at another place"
    ;;
  "suffix "*) tspm_suffix=$tspm_value ;;
  "home "* | "no-home "*) tspm_home_settings && tspm_same_settings "$1" "$tspm_value" "$tspm_settings" ;;
  "site "* | "no-site "*) tspm_site_settings && tspm_same_settings "$1" "$tspm_value" "$tspm_settings" ;;
  "absent "*) [ ! -e "$tspm_path" ] || tspm_doubts "$tspm_value has appeared" ;;
  "present "*) [ -e "$tspm_path" ] || tspm_doubts "$tspm_value has gone" ;;
  "script "*) [ "$tspm_value" != "$tspm_word" ] || tspm_doubts "$tspm_word is a script of the project" ;;
  "alone "*) tspm_is_alone ;;
  "cache "*) [ "$tspm_value" = "${PDM_CACHE_DIR-}" ] || tspm_doubts "the cache is another one" ;;
  "no-cache "*) [ -z "${PDM_CACHE_DIR+set}" ] || tspm_doubts "the cache is another one" ;;
  "caches "*) [ "$tspm_value" = "${HOME-}:${XDG_CACHE_HOME-}" ] || tspm_doubts "the cache may be another one" ;;
  "words "*) [ "$tspm_value" = "$tspm_words" ] || tspm_doubts "the last sync was asked for with other words" ;;
  "boot "*) tspm_same_boot ;;
  "distributions "*) tspm_same_count ;;
  *) tspm_doubts "the stamp is not understood" ;;
  esac
}

# The kernel, its release and whether files may be lost in a power cut all hang on the start of the machine.
tspm_same_boot() {
  IFS= read -r tspm_boot </proc/sys/kernel/random/boot_id && [ "$tspm_boot" = "$tspm_value" ] ||
    tspm_doubts "the machine is another one, or has started anew"
}

# Whether no folder above has a project: it might be a workspace with this one in it.
tspm_is_alone() {
  tspm_path=$tspm_root
  while [ -n "$tspm_path" ]; do
    tspm_path=${tspm_path%/*}
    [ ! -e "$tspm_path/pyproject.toml" ] || tspm_doubts "there is a project in $tspm_path/" || return
  done
}

tspm_same_count() {
  set -- "$tspm_base"/lib/*.dist-info "$tspm_base"/lib/*.egg-info "$tspm_base"/lib/*.egg-link \
    "$tspm_base"/lib/.*.dist-info "$tspm_base"/lib/.*.egg-info "$tspm_base"/lib/.*.egg-link
  tspm_count=0
  for tspm_path; do
    [ ! -L "$tspm_path" ] && [ ! -e "$tspm_path" ] || tspm_count=$((tspm_count + 1))
  done
  [ "$tspm_count" = "$tspm_value" ] || tspm_doubts "packages have come or gone"
}

tspm_same_file() {
  if [ "$1" = "$tspm_real" ]; then [ -x "$1" ]; else [ "$1" -ef "$tspm_real" ]; fi
}

# The stamp has the time of the interpreter it was written for: another one at the same place, older or newer, is seen.
tspm_same_interpreter() {
  tspm_same_file "$tspm_executable" && { [ "$tspm_python" = "$tspm_executable" ] || tspm_same_file "$tspm_python"; } &&
    [ ! "$tspm_real" -nt "$tspm_stamp" ] && [ ! "$tspm_real" -ot "$tspm_stamp" ] ||
    tspm_doubts "the Python is not the one of the last sync"
}

# Whether every line of a stamp holds, and every file in the list below its first empty line has the digest it had.
tspm_stamp_holds() {
  tspm_stamp=$1 tspm_base=${1%/.tspm/*}
  # Of a file that is not there zsh tells, wherever its messages go.
  tspm_doubts "there is no stamp of a sync" || [ -r "$tspm_stamp" ] || return
  {
    while IFS= read -r tspm_line && [ -n "$tspm_line" ]; do
      tspm_holds "$tspm_line" || return
    done
    tspm_same_interpreter || return
    (cd "$tspm_root" && LC_ALL=C PATH=/usr/bin:/bin:$PATH sha256sum -c >/dev/null) ||
      tspm_doubts "a file the last sync read has changed" || return
  } 2>&- <"$tspm_stamp"
}

# Whether this is a place of which stamps can tell.
tspm_looks() {
  tspm_enter_folder && tspm_find_root && tspm_has_plain_variables && tspm_read_python
}

# Whether a stamp of the kind $1 (run or sync) proves that the project is as the last sync left it.
tspm_proves() {
  for tspm_file in "$tspm_root"/__pypackages__/*/.tspm/"$1"; do
    tspm_stamp_holds "$tspm_file" && return
  done
  return 1
}

# What a command word stands for: sets tspm_program, and tspm_hidden where site-packages is not shown.
tspm_find_program() {
  tspm_release=${tspm_base##*/} tspm_hidden=
  tspm_release=${tspm_release%t}
  case $1 in
  '' | -* | '~'*) tspm_doubts "of the word $1" ;;
  *.py) tspm_script "$1" && tspm_is_python ;;
  python | python"${tspm_release%%.*}" | python"$tspm_release") tspm_is_python ;;
  python*) tspm_doubts "$1 may be another Python" ;;
  */*) tspm_find_file "$1" ;;
  *) tspm_find_in_path "$1" ;;
  esac
}

tspm_is_python() {
  tspm_program=$tspm_executable
  tspm_hides "$tspm_real"
}

tspm_hides() {
  case ${1##*/} in python*) tspm_hidden=yes ;; esac
}

# Node warns of metadata inside a script.
tspm_script() {
  tspm_status=0
  LC_ALL=C PATH=/usr/bin:/bin:$PATH grep -q -e '^# /// script' -- "$1" 2>/dev/null || tspm_status=$?
  [ "$tspm_status" = 1 ] || tspm_doubts "$1 cannot be read, or has script metadata"
}

tspm_find_file() {
  case $1 in
  *//* | */./* | */../* | */. | */.. | ../*) tspm_doubts "$1 is a winding path" || return ;;
  /*) tspm_program=$1 ;;
  ./*) tspm_program=$tspm_cwd/${1#./} ;;
  *) tspm_program=$tspm_cwd/$1 ;;
  esac
  tspm_can_start || tspm_doubts "$1 cannot be started"
}

tspm_find_in_path() {
  tspm_ifs=$IFS
  IFS=:
  set -f
  for tspm_folder in $tspm_base/bin $PATH; do
    case $tspm_folder in
    */)
      tspm_program=
      break
      ;;
    /*)
      tspm_program=$tspm_folder/$1
      [ ! -x "$tspm_program" ] || [ -d "$tspm_program" ] || break
      ;;
    esac
    tspm_program=
  done
  set +f
  IFS=$tspm_ifs
  [ -n "$tspm_program" ] && tspm_can_start || tspm_doubts "$1 is not found in PATH, or is a link"
}

# A link may lead to a Python, whose name decides; a script of a package names the Python it was made for.
tspm_can_start() {
  [ -f "$tspm_program" ] && [ -x "$tspm_program" ] || return
  case $tspm_program in
  "$tspm_base/bin/"*)
    tspm_hidden=yes
    IFS= read -r tspm_line <"$tspm_program" || :
    case $tspm_line in
    '#!'*)
      tspm_line=${tspm_line#??}
      [ -x "${tspm_line%% *}" ]
      ;;
    *) [ -n "$tspm_line" ] ;;
    esac
    ;;
  *) [ ! -L "$tspm_program" ] && tspm_hides "$tspm_program" ;;
  esac
}

# The environment of childEnvironment in src/run/environment.ts.
tspm_set_environment() {
  tspm_entries=${PYTHONPATH-}: tspm_kept=
  while [ -n "$tspm_entries" ]; do
    tspm_entry=${tspm_entries%%:*} tspm_entries=${tspm_entries#*:}
    case $tspm_entry in
    *[/\\]pep582*) ;;
    *) tspm_kept=$tspm_kept:$tspm_entry ;;
    esac
  done
  export PYTHONPATH="$tspm_hook${tspm_kept:-:}"
  export PATH="$tspm_base/bin:${PATH:+$PATH:}${tspm_executable%/*}"
  export PDM_PROJECT_ROOT="$tspm_root" PDM_RUN_CWD="$tspm_cwd" PEP582_PACKAGES="$tspm_base"
  [ -z "$tspm_hidden" ] || export NO_SITE_PACKAGES=1
}

# Node puts variables into words that have ${NAME}.
tspm_has_plain_words() {
  for tspm_path; do
    case $tspm_path in *'${'*) tspm_doubts "of the word $tspm_path" || return ;; esac
  done
}

tspm_run() {
  tspm_word=$1
  tspm_has_plain_words "$@" && tspm_looks && tspm_proves run && tspm_find_program "$1" && tspm_keeps_variables
}

# Becomes the program; a file that ends in .py is the first word of Python.
tspm_become() {
  tspm_leave_folder
  tspm_set_environment
  case $1 in *.py) ;; *) shift ;; esac
  exec "$tspm_program" "$@"
}

# Returns where Node has to do it.
tspm_sync() {
  tspm_word=
  tspm_looks || return
  if tspm_proves sync; then
    printf '%s\n' 'All packages are synced to date, nothing to do.' '  0:00:00 🎉 All complete! 0/0' 2>/dev/null && exit 0
    return
  fi
  if tspm_finds_recipe && tspm_keeps_variables; then
    tspm_leave_folder
    tspm_find_dist
    # Not what the proof names: whose that is will be looked at only then. Until the program listens, also while it is compiled, ^C ends Python
    # as it ends others: without a traceback.
    exec "$tspm_python" -I -S -c 'import _signal, sys
if _signal.getsignal(2) is _signal.default_int_handler: _signal.signal(2, _signal.SIG_DFL)
exec(open(sys.argv[1], "rb").read())' "$tspm_dist/repeat.py" "$tspm_recipe" "$tspm_root" "$tspm_dist/tspm.sh" "$@"
  fi
}

# Whether an earlier sync of the same lock left a recipe, by which Python can make the packages folder that is not there.
tspm_finds_recipe() {
  for tspm_path in "$tspm_root"/__pypackages__/*/; do
    [ ! -e "$tspm_path" ] || return
  done
  case ${XDG_CACHE_HOME-} in
  /*) tspm_recipes=$XDG_CACHE_HOME/tspm-recipes-v1 ;;
  *) tspm_recipes=${HOME-}/.cache/tspm-recipes-v1 ;;
  esac
  # Colours and terminals are Node's. What is not this user's is not trusted.
  [ ! -t 1 ] && [ ! -t 2 ] && [ -z "${FORCE_COLOR+x}${tspm_no_recipe-}" ] && [ -O "$tspm_recipes" ] || return
  tspm_line=$(LC_ALL=C PATH=/usr/bin:/bin:$PATH sha256sum "$tspm_root/pdm.lock" 2>/dev/null) || return
  for tspm_proof in "$tspm_recipes/${tspm_line%% *}"-*.proof; do
    tspm_recipe=${tspm_proof%.proof}.recipe
    [ -O "$tspm_proof" ] && [ -O "$tspm_recipe" ] && tspm_stamp_holds "$tspm_proof" && return
  done
  return 1
}

tspm_words="$# $*"
tspm_no_recipe=${TSPM_NO_RECIPE-}
unset TSPM_NO_RECIPE
if [ -z "${TSPM_NO_FRONT-}" ]; then
  case ${1-} in
  run)
    if [ $# -gt 1 ]; then
      shift
      tspm_run "$@" && tspm_become "$@"
      set -- run "$@"
    fi
    ;;
  sync) tspm_sync "$@" ;;
  esac
fi
tspm_to_node "$@"
