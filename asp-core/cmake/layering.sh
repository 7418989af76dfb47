#!/usr/bin/env bash
# layering.sh ROOT   Reads every #include of ours below asp-core and apps, and fails on one that
# points upwards. What each layer may use stands in the table below; a folder that is not in it fails.
set -euo pipefail
cd "$1"

folders=()
for folder in asp-core apps; do [[ -d $folder ]] && folders+=("$folder"); done
((${#folders[@]})) || { echo "layering: neither asp-core nor apps in $1"; exit 1; }

find "${folders[@]}" -type f \( -name '*.hpp' -o -name '*.cpp' -o -name '*.h' -o -name '*.cu' \) -print0 |
    LC_ALL=C sort -z | xargs --null --no-run-if-empty awk '
BEGIN {
    # layer: the layers just below it; it may use those, and what they may use.
    below["base"] = ""
    below["kernel"] = ""
    below["config"] = "base"
    below["io"] = "base"
    below["ir"] = "base"
    below["harts"] = "base"
    below["jit"] = "base"
    below["cuda"] = "jit"
    below["db"] = "base"
    below["specialize"] = "ir jit"
    below["tune"] = "specialize db"
    below["stencil"] = "specialize tune harts"
    below["pointwise"] = "specialize harts"
    below["newton"] = "specialize tune harts"
    for (layer in below) allow(layer, layer)
}

function allow(layer, lower,    names, count, i) {
    allowed[layer, lower] = 1
    count = split(below[lower], names, " ")
    for (i = 1; i <= count; ++i) allow(layer, names[i])
}

function folder_of(path) { return match(path, /.*\//) ? substr(path, 1, RLENGTH - 1) : "" }

function fail(why) {
    printf "%s:%d: %s: %s\n", FILENAME, FNR, $0, why
    failed = 1
}

# Any layer, and any app, may use the kernel prelude and have kernel templates.
function check_core(layer, included) {
    split(included, to, "/")
    if (to[1] != "asp") fail("the core knows no app")
    else if (!(layer in below)) fail("asp/" layer " is not in the table of layers")
    else if (!(to[2] in below)) fail("asp/" to[2] " is not in the table of layers")
    else if (to[2] != "kernel" && !((layer, to[2]) in allowed)) fail("asp/" layer " may not use asp/" to[2])
    else if (to[3] == "detail" && to[2] != layer) fail("detail/ belongs to asp/" to[2] " alone")
}

function check_app(app, included) {
    split(included, to, "/")
    if (to[1] == "asp") {
        if (!(to[2] in below)) fail("asp/" to[2] " is not in the table of layers")
        else if (to[3] == "detail") fail("detail/ belongs to asp/" to[2] " alone")
    } else if (to[1] != app) {
        fail("apps never include each other")
    }
}

# A template is compiled on the user'"'"'s machine, by itself: it has the prelude and its own folder.
function check_kernel(included, standard) {
    if (standard) fail("a kernel template includes no standard header")
    else if (included !~ /^asp\/kernel\// && folder_of(included) != folder_of(name)) \
        fail("a kernel template includes asp/kernel/ and its own folder only")
}

FNR == 1 {
    name = FILENAME
    sub(/^(asp-core|apps)\//, "", name)
    split(name, from, "/")
    # Tests beside a template are ordinary code.
    is_template = name ~ /\/kernels\/[^\/]*$/ && name !~ /\.(test|bench)\.cpp$/
    if (name ~ /^asp\/kernel\/[^\/]*\.hpp$/) is_template = 1
    in_core = FILENAME ~ /^asp-core\//
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    ++includes
    match($0, /[<"][^>"]*[>"]?/)
    standard = substr($0, RSTART, 1) == "<"
    included = substr($0, RSTART + 1, RLENGTH - 2)
    if (is_template) check_kernel(included, standard)
    # Our own headers are in quotes; angle brackets must not be a way around the table.
    if (standard && included !~ /^(asp|bloodflow|krylov|gmm)\//) next
    if (standard) fail("our own headers are included with quotes")
    else if (included ~ /(^|\/)\.\.?\//) fail("an include is the path from the root")
    else if (in_core && from[1] == "asp") check_core(from[2], included)
    else if (!in_core) check_app(from[1], included)
}

END {
    if (failed) exit 1
    printf "layering: %d includes, none points upwards\n", includes
}
'
