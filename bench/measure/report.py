"""The record of a run: JSON for machines, a table for people, both in bench/results."""
from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

from .chart import draw
from .rounds import Result

TITLES = {
    "get": "GET /Users/{id}",
    "filter": "GET ?filter=userName eq",
    "list": "list page, count=100",
    "list_of_many": "list page, none kept",
    "create": "POST /Users",
    "bulk": "POST /Bulk of 1,000 users",
    "add_member": "PATCH, add one member",
    "growth_get": "GET, all users against 1,000",
    "growth_filter": "userName eq, all users against 1,000",
    "rules_create": "POST /Users, every rule on",
    "rules_rename": "PATCH of a title, every rule on",
    "ready": "start to ready",
    "memory": "own memory after 100,000 mixed requests",
}
YARDSTICKS = {
    "get": "nginx", "filter": "nginx", "list": "nginx", "list_of_many": "nginx", "create": "raw SQLite",
    "bulk": "single POSTs", "add_member": "empty group", "growth_get": "1,000 users", "growth_filter": "1,000 users",
    "rules_create": "every rule off", "rules_rename": "every rule off",
    "ready": "what is allowed", "memory": "what is allowed",
}
# works for which the jobs of one commit say something
CHANGES = {"create", "bulk", "add_member", "rules_create", "rules_rename"}
UNITS = {"per_second": "/s", "bytes_per_second": " MB/s", "mean_us": " us", "p99_us": " us", "ready_ms": " ms",
         "rss_anonymous_mib": " MiB"}
MARK_BEGIN, MARK_END = "<!-- results: begin -->", "<!-- results: end -->"


def shown(value: float, metric: str) -> str:
    if metric == "bytes_per_second":
        value /= 1e6
    return f"{value:,.0f}{UNITS.get(metric, '')}"


def text_of(result: Result, metric: str, form: str = "{:,.0f}") -> str:
    return form.format(result.median("server", metric)) if result.has("server", metric) else ""


HEADINGS = ["work", "conns", "yardstick", "its value", "Rollcall", "ratio", "from..to", "reach", "aim", "verdict",
            "p50 us", "p99 us", "CPU us/req", "nginx CPU", "jobs/commit", "RSS MiB", "anon MiB", "noise"]


def row_of(result: Result) -> list[str]:
    case = result.case
    ratios = sorted(pair.ratio for pair in result.pairs)
    sign = "<= " if case.lower_is_better else ""
    yardstick_cpu = ""
    if YARDSTICKS.get(case.work) == "nginx":
        yardstick_cpu = f"{result.median('yardstick', 'server_cpu_us'):,.1f}"
    return [
        TITLES.get(case.work, case.work), str(case.connections), YARDSTICKS.get(case.work, ""),
        shown(result.median("yardstick", case.metric), case.metric),
        shown(result.median("server", case.metric), case.metric),
        f"{result.ratio:.2f}", f"{ratios[0]:.2f}..{ratios[-1]:.2f}",
        "" if case.reach is None else f"{sign}{case.reach:g}", "" if case.aim is None else f"{sign}{case.aim:g}",
        result.verdict, text_of(result, "p50_us"), text_of(result, "p99_us"),
        text_of(result, "server_cpu_us", "{:,.1f}"), yardstick_cpu,
        text_of(result, "jobs_per_commit", "{:,.1f}") if case.work in CHANGES else "", text_of(result, "rss_mib"),
        text_of(result, "rss_anonymous_mib"), f"{max(pair.noise for pair in result.pairs):.0%}",
    ]


def markdown(results: list[Result]) -> str:
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(row_of(result)) + " |" for result in results]
    return "\n".join(lines) + "\n"


def plain(results: list[Result]) -> str:
    rows = [HEADINGS, *(row_of(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def commit_of(source: Path) -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(source), *arguments], capture_output=True, text=True,
                              check=False).stdout.strip()
    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--", "src") else "")


def version_of(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().split("\n")[0]


def save(results: list[Result], facts: dict[str, Any], folder: Path, readme: Path | None) -> None:
    """`readme`: its table is replaced too."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    record = {"time": now.isoformat(timespec="seconds"), **facts, "results": [result.as_json() for result in results]}
    text = json.dumps(record, indent=1) + "\n"
    (folder / f"{now:%Y-%m-%d}.json").write_text(text, encoding="utf-8")
    (folder / "latest.json").write_text(text, encoding="utf-8")
    (folder / "latest.md").write_text(markdown(results), encoding="utf-8")
    (folder / "latest.svg").write_text(draw(results, TITLES), encoding="utf-8")
    if readme is not None and readme.exists():
        content = readme.read_text(encoding="utf-8")
        if MARK_BEGIN in content and MARK_END in content:
            before, rest = content.split(MARK_BEGIN, 1)
            after = rest.split(MARK_END, 1)[1]
            readme.write_text(f"{before}{MARK_BEGIN}\n{markdown(results)}{MARK_END}{after}", encoding="utf-8")
