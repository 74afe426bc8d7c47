"""Rounds: yardstick, server, yardstick, server ... so that both see the same machine; noisy pairs are repeated."""
from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from .machine import Quiet, moment, share_of_others
from .works import Case, Sample, Session


@dataclass
class Pair:
    yardstick: Sample
    server: Sample
    ratio: float
    noise: float                 # part of the machine that others used during the pair


@dataclass
class Result:
    case: Case
    pairs: list[Pair] = field(default_factory=list)        # those that count
    repeated: int = 0                                      # pairs dropped because others were busy

    @property
    def ratio(self) -> float:
        return statistics.median(pair.ratio for pair in self.pairs)

    def median(self, side: str, metric: str) -> float:
        return statistics.median(getattr(pair, side)[metric] for pair in self.pairs)

    def has(self, side: str, metric: str) -> bool:
        return all(metric in getattr(pair, side) for pair in self.pairs)

    @property
    def verdict(self) -> str:
        case = self.case
        if case.reach is None or case.aim is None:
            return ""
        meets = (lambda goal: self.ratio <= goal) if case.lower_is_better else (lambda goal: self.ratio >= goal)
        return "aim" if meets(case.aim) else "reach" if meets(case.reach) else "MISSED"

    def as_json(self) -> dict[str, Any]:
        case = self.case
        return {
            "work": case.work, "connections": case.connections, "metric": case.metric, "also": case.also,
            "lower_is_better": case.lower_is_better, "reach": case.reach, "aim": case.aim,
            "ratio": round(self.ratio, 3), "verdict": self.verdict, "repeated": self.repeated,
            "pairs": [{"ratio": round(pair.ratio, 3), "noise": round(pair.noise, 3), "yardstick": pair.yardstick,
                       "server": pair.server} for pair in self.pairs],
        }


def run_pair(session: Session, case: Case) -> Pair:
    begin = moment(session.pids)
    yardstick = case.yardstick()
    between = moment(session.pids)
    server = case.server()
    end = moment(session.pids)
    noise = max(share_of_others(begin, between), share_of_others(between, end))
    return Pair(yardstick, server, case.ratio(yardstick, server), noise)


def run_case(session: Session, case: Case, rounds: int, quiet: Quiet, repeats_max: int) -> Result:
    result = Result(case)
    noisy: list[Pair] = []
    while len(result.pairs) < rounds and len(result.pairs) + len(noisy) < rounds + repeats_max:
        session.warm()
        quiet.wait(session.pids)
        pair = run_pair(session, case)
        (result.pairs if pair.noise <= quiet.limit else noisy).append(pair)
        print(f"  {case.name:24} {pair.yardstick[case.metric]:>14,.0f} {pair.server[case.metric]:>14,.0f} "
              f"{case.metric:16} ratio {pair.ratio:5.2f}  others {pair.noise:4.0%}"
              f"{'  noisy' if pair.noise > quiet.limit else ''}", flush=True)
    # Not enough quiet: the least noisy ones fill up, and their noise is in the record.
    noisy.sort(key=lambda pair: pair.noise)
    missing = rounds - len(result.pairs)
    result.pairs += noisy[:missing]
    result.repeated = len(noisy) - len(noisy[:missing])
    return result
