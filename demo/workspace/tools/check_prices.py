"""Checks a price file: dates in order, no symbol missing on a day, no close at or below zero."""

import sys

from .price_file import PriceFile


def main(path: str) -> int:
    problems = list(PriceFile.read(path).problems())
    for problem in problems:
        print(problem)
    print("ok" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
