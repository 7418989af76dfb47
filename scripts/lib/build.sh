# What scripts/run and scripts/test share. Expects `root`; gives `build` and the steps.
build=$root/build/release

# One build at a time, however many terminals call; the lock ends with `unlock` or the process.
lock() {
    mkdir -p "$build"
    exec {lock_file}>"$build/.lock"
    flock --nonblock "$lock_file" || {
        echo "waiting for another build of this tree" >&2
        flock "$lock_file"
    }
}

unlock() { exec {lock_file}>&-; }

# The first time, and when .venv has come since; ninja itself configures again when a CMake file
# changes.
configure() {
    local python=OFF
    [[ -f $root/.venv/installed-requirements.txt ]] && python=ON
    [[ -f $build/build.ninja ]] && grep --quiet "^ASP_PYTHON:BOOL=$python$" "$build/CMakeCache.txt" &&
        return
    echo "configuring $build" >&2
    # From the root, where CMake looks for its presets.
    (cd "$root" && cmake --preset release -D ASP_PYTHON=$python) >"$build/configure.log" 2>&1 {lock_file}>&- || {
        cat "$build/configure.log" >&2
        rm -f "$build/build.ninja"
        exit 1
    }
}

# Builds the targets given (all without one). Prints nothing when there is nothing to do.
build_targets() {
    # In a dry run, a line that starts with '[' is a step to do.
    local plan
    plan=$(ninja -C "$build" -n "$@" 2>/dev/null) || true
    if [[ $plan != *$'\n['* ]]; then
        ninja -C "$build" --quiet "$@" >/dev/null
    elif [[ -t 2 ]]; then
        ninja -C "$build" "$@" >&2 {lock_file}>&-  # one line that overwrites itself
    else
        echo "building ${*:-everything}" >&2
        ninja -C "$build" "$@" >"$build/build.log" 2>&1 {lock_file}>&- || {
            cat "$build/build.log" >&2
            return 1
        }
    fi
}
