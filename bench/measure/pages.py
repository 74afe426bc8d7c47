"""What depth costs a list: the page at nine tenths of the users beside the first one, by cursor and by index."""
from __future__ import annotations

import json
from urllib.parse import quote

from .works import Bench, Case, Sample, Session


class Pages(Session):
    """The ratio is time of the deep page to time of the first page; at most 1.5 is asked for."""

    ROWS = 100
    STEP = 200           # rows of a page on the way to the deep one

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.cursors: dict[str, str] = {}
        self.depth = bench.base.users * 9 // 10
        self.shortest = len(self.ask(f"/Users?startIndex=1&count={self.ROWS}")) // 2

    def cases(self) -> list[Case]:
        cases = [Case(f"pages_by_cursor{name}", connections, "mean_us",
                      lambda order=order, count=connections: self.page(order, "", count),
                      lambda order=order, count=connections: self.page(order, self.deep(order), count),
                      1.5, 1.1, True)
                 for name, order in (("", ""), ("_sorted", "sortBy=userName&")) for connections in (1, 32)]
        return cases + [Case("pages_by_index", connections, "mean_us",
                             lambda count=connections: self.in_sequence(0, count),
                             lambda count=connections: self.in_sequence(self.depth // self.ROWS, count),
                             1.5, 1.1, True) for connections in (1, 32)]

    def page(self, order: str, cursor: str, connections: int) -> Sample:
        return self.load_rollcall("path", connections, answer_bytes_min=self.shortest,
                                  path=f"/scim/v2/Users?{order}cursor={quote(cursor)}&count={self.ROWS}")

    def in_sequence(self, first_page: int, connections: int) -> Sample:
        pages = max(1, (self.bench.base.users - self.depth) // self.ROWS)
        return self.load_rollcall("list", connections, pages=pages, first_page=first_page,
                                  answer_bytes_min=self.shortest)

    def deep(self, order: str) -> str:
        """The cursor in front of the page; walked to once, it lives for an hour."""
        if order not in self.cursors:
            cursor, seen = "", 0
            while seen < self.depth:
                page = json.loads(self.ask(f"/Users?{order}cursor={cursor}&count={self.STEP}"))
                cursor, seen = page["nextCursor"], seen + page["itemsPerPage"]
            self.cursors[order] = cursor
        return self.cursors[order]
