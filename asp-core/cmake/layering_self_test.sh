#!/usr/bin/env bash
# Plants violations, one at a time, in a small tree that is right, and expects each to be found.
set -euo pipefail
check=${BASH_SOURCE[0]%/*}/layering.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

write() { mkdir -p "$(dirname "$tree/$1")" && printf '%s\n' "$2" >"$tree/$1"; }

# $1: the file; $2: its line; $3: what the complaint says, empty for none.
expect() {
    local output
    write "$1" "$2"
    if output=$("$check" "$tree" 2>&1); then
        [[ -z $3 ]] || { echo "not found: $1: $2"; failed=1; }
    elif [[ -z $3 || $output != *"$1:1: $2: "*"$3"* ]]; then
        echo "expected of $1: $2: '$3'; got: $output"
        failed=1
    fi
    rm "$tree/$1"
}

write asp-core/asp/base/error.hpp '#include <string>'
write asp-core/asp/kernel/prelude.hpp '#pragma once'

expect asp-core/asp/config/a.cpp '#include "asp/base/error.hpp"' ''
expect asp-core/asp/tune/a.cpp '#include "asp/jit/cache.hpp"' ''
expect asp-core/asp/stencil/a.cpp '#include "asp/base/error.hpp"' ''
expect asp-core/asp/jit/a.cpp '#include "asp/jit/detail/b.hpp"' ''
expect asp-core/asp/jit/a.test.cpp '#include "asp/kernel/prelude.hpp"' ''
expect apps/krylov/a.cpp '#include "asp/newton/solve.hpp"' ''
expect apps/krylov/a.cpp '#include "krylov/csr.hpp"' ''
expect apps/krylov/a.cpp '#include <mkl/bloodflow.h>' ''
expect apps/krylov/kernels/a.hpp '#include "asp/kernel/prelude.hpp"' ''
expect apps/krylov/kernels/a.hpp '#include "krylov/kernels/b.hpp"' ''
expect apps/krylov/kernels/a.test.cpp '#include <vector>' ''

expect asp-core/asp/base/a.hpp '#include "asp/config/node.hpp"' 'asp/base may not use asp/config'
expect asp-core/asp/config/a.cpp '#include "asp/io/hdf5.hpp"' 'asp/config may not use asp/io'
expect asp-core/asp/jit/a.cpp '  #  include "asp/tune/x.hpp"' 'asp/jit may not use asp/tune'
expect asp-core/asp/base/a.cpp '#include "krylov/csr.hpp"' 'the core knows no app'
expect asp-core/asp/base/a.cpp '#include <asp/io/hdf5.hpp>' 'with quotes'
expect asp-core/asp/utils/a.cpp '#include "asp/base/error.hpp"' 'not in the table'
expect asp-core/asp/config/a.cpp '#include "asp/base/../io/hdf5.hpp"' 'path from the root'
expect asp-core/asp/tune/a.cpp '#include "asp/jit/detail/b.hpp"' 'belongs to asp/jit alone'
expect apps/krylov/a.cpp '#include "gmm/em.hpp"' 'apps never include each other'
expect apps/krylov/a.cpp '#include "asp/jit/detail/b.hpp"' 'belongs to asp/jit alone'
expect apps/krylov/a.cpp '#include "csr.hpp"' 'apps never include each other'
expect apps/krylov/kernels/a.hpp '#include <cmath>' 'no standard header'
expect apps/krylov/kernels/a.hpp '#include "krylov/csr.hpp"' 'its own folder only'
expect apps/krylov/kernels/a.hpp '#include "asp/base/array.hpp"' 'its own folder only'
expect asp-core/asp/kernel/a.hpp '#include <cmath>' 'no standard header'

((failed == 0)) && echo "layering self-test: all violations were found"
exit "$failed"
