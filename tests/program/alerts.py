"""Alerts of mass changes go to the webhook: signed, until it has taken them, and never into the network beside it."""
from __future__ import annotations

import base64
import json
import sqlite3
import time

from program.check import Check
from program.mails import wait
from support.client import Client
from support.server import Server
from support.webhook_sink import WebhookSink, signature

KEYS = [b"k" * 32, b"K" * 24]
LOOPBACK = ("--outgoing-loopback", "true")


def key_file(check: Check, keys: list[bytes]) -> str:
    path = check.folder / "webhook-keys"
    path.write_text("".join(f"whsec_{base64.b64encode(key).decode()}\n" for key in keys))
    return str(path)


def options(check: Check, url: str, *more: str) -> tuple[str, ...]:
    return ("--webhook-url", url, "--webhook-key-file", key_file(check, KEYS), *more)


def lose(server: Server, slug: str = "acme") -> Client:
    """Three of three members are deactivated; two are too many."""
    scim = server.tenant_client(slug, "plur", "/scim/v2", "--set", "mass_change_members=1", "--set",
                                "mass_change_percent=0")
    for name in ("ann", "bob", "cid"):
        made = scim.scim("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                                            "userName": name, "emails": [{"value": f"{name}@acme.example"}]})
        scim.scim("PATCH", f"/Users/{made.json()['id']}", {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": False}]})
    return scim


def waiting(server: Server) -> int:
    with sqlite3.connect(f"file:{server.store_path}?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM mass_change WHERE alert_due IS NOT NULL").fetchone()[0])


def make_due(server: Server) -> None:
    with sqlite3.connect(server.store_path) as database:
        database.execute("UPDATE mass_change SET alert_due = 0 WHERE alert_due IS NOT NULL")


def test_webhook(check: Check) -> None:
    """T66, T64: who, how many and from where, signed with every key, and known by its id when it comes again."""
    with WebhookSink() as sink, Server(*options(check, sink.url, *LOOPBACK)) as server:
        sink.answers = [500]
        lose(server)
        check.that("T66 the alert comes", wait(lambda: len(sink.calls) == 1), server.log()[-800:])
        check.that("a refusal is in the log", wait(lambda: "alert not delivered" in server.log())
                   and "webhook_status_500" in server.log())
        check.that("and it waits", waiting(server) == 1)
        check.that("T66 it comes again, 5 s later", wait(lambda: len(sink.calls) == 2), server.log()[-800:])
        check.that("and not after it was taken", wait(lambda: waiting(server) == 0))
        first, second = sink.calls
        body = json.loads(second["body"])
        data = body["data"]
        check.that("it says what happened", body["type"] == "mass_change.notice" and data["tenant"] == "acme"
                   and data["losses"] == 3 and data["state"] == "open" and data["address"] == "127.0.0.1"
                   and len(data["sample"]) == 3 and "credential" in data and "due" in data, str(body))
        check.that("T64 signed with both keys", second["headers"]["webhook-signature"].split(" ")
                   == [signature(key, second) for key in KEYS], str(second["headers"]))
        check.that("T64 at the time of the try, with the id of the first",
                   abs(int(second["headers"]["webhook-timestamp"]) - second["time"]) < 5
                   and first["headers"]["webhook-id"] == second["headers"]["webhook-id"] == data["mass_change"])
        check.that("as JSON, to the path that was given", second["headers"]["content-type"] == "application/json"
                   and second["path"] == "/alerts" and "authorization" not in second["headers"])
        everything = server.log() + sink.calls[0]["body"].decode() + sink.calls[1]["body"].decode()
        check.that("T35 no key, no name and no address of a person in the log or in the alert", not any(
            part in everything for part in ("whsec_", base64.b64encode(KEYS[0]).decode(), "acme.example", "\"bob\"")))


def test_webhook_down(check: Check) -> None:
    """The alert waits in the store, over a restart, and is given up after three days."""
    with WebhookSink() as sink, Server(*options(check, sink.url, *LOOPBACK)) as server:
        sink.answers = [503, 302]
        lose(server)
        check.that("tried", wait(lambda: len(sink.calls) == 1 and "alert not delivered" in server.log()))
        server.stop()
        make_due(server)
        server.start()
        check.that("T66 after a restart it is tried again", wait(lambda: len(sink.calls) == 2), str(sink.calls))
        check.that("T63 a redirect is not followed, and is no success",
                   wait(lambda: "webhook_status_302" in server.log()) and waiting(server) == 1)
        make_due(server)
        check.that("T66 at last it arrives", wait(lambda: waiting(server) == 0) and len(sink.calls) == 3)
        with sqlite3.connect(server.store_path) as database:
            database.execute("UPDATE mass_change SET alert_due = 0, noticed = noticed - 260000000")
        check.that("what is older than three days is given up", wait(lambda: "alert given up" in server.log())
                   and waiting(server) == 0 and len(sink.calls) == 3)


def test_quarantine(check: Check) -> None:
    """T36: a restored database sends no old alert, and releases no mass change before somebody had the time to look."""
    day = 86_400_000
    with WebhookSink() as sink, Server(*options(check, sink.url, *LOOPBACK)) as server:
        sink.answers = [500]
        lose(server)
        check.that("the alert is tried", wait(lambda: len(sink.calls) == 1), server.log()[-800:])
        server.stop()
        with sqlite3.connect(server.store_path) as database:
            database.execute("UPDATE mass_change SET alert_due = 0, noticed = noticed - ?, due = due - ?", (day, day))
        began = int(time.time() * 1_000)
        server.command("credential", "quarantine")
        with sqlite3.connect(server.store_path) as database:
            due, alert = database.execute("SELECT due - ?, alert_due - due FROM mass_change", (began,)).fetchone()
        check.that("T36 it has its three days again", 3 * day <= due < 3 * day + 60_000, str(due))
        check.that("T36 its alert waits as long", alert == 0, str(alert))
        server.start()
        time.sleep(2)
        check.that("T36 no alert is sent", len(sink.calls) == 1, str(len(sink.calls)))
        server.command("credential", "confirm")
        check.that("T36 until it is confirmed", wait(lambda: len(sink.calls) == 2), server.log()[-800:])
        check.that("and it is taken", wait(lambda: waiting(server) == 0))


def test_no_way_inside(check: Check) -> None:
    """T63: an address of this machine or of the network beside it is not called, by whatever name."""
    for url in ("https://localhost/alerts", "https://10.0.0.1/alerts", "https://[::ffff:169.254.169.254]/latest"):
        with Server(*options(check, url)) as server:
            lose(server)
            check.that(f"T63 {url} is refused when it is called", wait(lambda: "fetch_address_refused" in server.log()),
                       server.log()[-500:])
            check.that("and the alert waits", waiting(server) == 1)


def test_settings(check: Check) -> None:
    """What cannot work stops the start with a sentence."""
    bad = check.folder / "bad"
    bad.write_text("secret\n")
    good = key_file(check, KEYS)
    for flags in (["--webhook-url", "https://alerts.example/"], ["--webhook-key-file", good],
                  ["--webhook-url", "http://alerts.example/", "--webhook-key-file", good],
                  ["--webhook-url", "https://user:word@alerts.example/", "--webhook-key-file", good],
                  ["--webhook-url", "file:///etc/passwd", "--webhook-key-file", good],
                  ["--webhook-url", "https://alerts.example/", "--webhook-key-file", str(bad)],
                  ["--webhook-url", "https://alerts.example/", "--webhook-key-file", "/nothing"]):
        check.run("serve", "--store", check.store(), "--listen", "127.0.0.1:0", *flags, code=(1, 2), timeout=20,
                  says="webhook", says_not="user:word")


def test_stop_during_a_call(check: Check) -> None:
    """P9: a receiver that does not answer keeps nobody from stopping."""
    with WebhookSink() as sink, Server(*options(check, sink.url, *LOOPBACK)) as server:
        sink.delay = 9
        lose(server)
        check.that("a call is under way", wait(lambda: len(sink.calls) == 1))
        started = time.monotonic()
        code = server.stop()
        took = time.monotonic() - started
        check.that("P9 the stop takes no longer than a moment", code == 0 and took < 5, f"{code}, {took:.1f} s")
        check.that("and the alert is not lost", waiting(server) == 1)
        server.start()
