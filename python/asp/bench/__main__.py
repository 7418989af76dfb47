"""``python -m asp.bench``: what this machine makes of it, beside its limits and its peers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asp

from . import calls, solvers, stencils
from .measure import Row, print_head, print_row

CASES: dict[str, Callable[[], Iterator[Row]]] = {
    "calls": calls.rows,
    "stencils": stencils.rows,
    "solvers": solvers.rows,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m asp.bench", description=__doc__)
    parser.add_argument("--case", choices=CASES, help="only this one")
    parser.add_argument("--summary", type=Path, help="also write the rows to this JSON file")
    parser.add_argument("--quiet", action="store_true", help="print no table")
    arguments = parser.parse_args()

    load = os.getloadavg()[0]
    rows: list[Row] = []
    if not arguments.quiet:
        print_head()
    for name, case in CASES.items():
        if arguments.case not in (None, name):
            continue
        for row in case():
            rows.append(row)
            if not arguments.quiet:
                print_row(row)
    after = os.getloadavg()[0]
    if not arguments.quiet:
        print(f"load average {load:.2f} before and {after:.2f} after")
    if arguments.summary is not None:
        summary = {
            "program": "asp.bench",
            "version": asp.__version__,
            "status": "converged",
            "results": {
                "load_average": load,
                "load_average_after": after,
                "rows": [row.to_json() for row in rows],
            },
        }
        arguments.summary.write_text(json.dumps(summary, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
