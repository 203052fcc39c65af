"""Reads `date,symbol,close` files."""

import csv
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class PriceFile:
    rows: tuple[tuple[str, str, float], ...]

    @classmethod
    def read(cls, path: str) -> "PriceFile":
        with open(path, newline="") as file:
            return cls(tuple((row["date"], row["symbol"], float(row["close"])) for row in csv.DictReader(file)))

    def problems(self):
        symbols = {symbol for _, symbol, _ in self.rows}
        seen = defaultdict(set)
        last = ""
        for date, symbol, close in self.rows:
            if date < last:
                yield f"{date} comes after {last}"
            if close <= 0:
                yield f"{symbol} closes at {close} on {date}"
            seen[date].add(symbol)
            last = date
        for date, present in seen.items():
            for symbol in sorted(symbols - present):
                yield f"{symbol} is missing on {date}"
