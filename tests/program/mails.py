"""Mails to members by a relay: invitations and verifications; nothing is lost while the relay is down."""
from __future__ import annotations

import json
import re
import time
from typing import Any

from program.check import Check
from support.mail_sink import MailSink
from support.server import PASSWORD, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TOKEN = re.compile(r"rc_lnk_[A-Za-z0-9_-]+")
LINK = "https://app.example/welcome"
DUE = "UPDATE mail SET due = 0"


def options(sink: MailSink, *more: str) -> tuple[str, ...]:
    return ("--smtp-url", sink.url, "--mail-from", "rollcall@acme.example", "--mail-link", LINK, *more)


def wait(what: Any, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


class World:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.operator = server.operator("root")["token"]
        server.create_tenant("acme")
        self.owner = server.administrator("acme", "ann", "owner", self.operator)["token"]

    def member(self, name: str) -> str:
        made = self.server.command("member", "create", "--tenant", "acme", name, "--email", f"{name}@acme.example",
                                   "--role", "admin", "--json")
        return json.loads(made.stdout)["id"]

    def ask(self, member: str, what: str) -> Any:
        return self.server.api("POST", f"/members/{member}/{what}", None, self.owner)


def test_mails(check: Check) -> None:
    """MOB-14: the token goes to the address and to nobody else, and does what it is for."""
    password = check.folder / "password"
    password.write_text("hunter2 of the relay\n")
    with MailSink("rollcall", "hunter2 of the relay") as sink, Server(
            *options(sink, "--smtp-user", "rollcall", "--smtp-password-file", str(password))) as server:
        world = World(server)
        bob = world.member("bob")
        asked = world.ask(bob, "invitation")
        check.that("an invitation is sent, and whoever asked sees no token", asked.status == 202
                   and set(asked.json()) == {"member", "email"}, f"{asked.status} {asked.body!r}")
        check.that("the mail arrives", wait(lambda: len(sink.mails) == 1), server.log()[-800:])
        mail = sink.mails[0]
        token = TOKEN.search(mail["text"])
        check.that("from and to whom it should be", "<rollcall@acme.example>" in mail["from"]
                   and "<bob@acme.example>" in mail["to"][0] and "To: <bob@acme.example>" in mail["text"]
                   and f"{LINK}#purpose=invitation&token=" in mail["text"], str(mail))
        done = server.api("POST", "/invitations/accept", {"token": token[0] if token else "", "password": PASSWORD})
        signed = server.api("POST", "/sign-in", {"tenant": "acme", "user_name": "bob", "password": PASSWORD})
        check.that("its token chooses a password", done.status == 204 and signed.status == 201,
                   f"{done.status} {signed.status}")
        world.ask(bob, "email-verification")
        check.that("a verification arrives", wait(lambda: len(sink.mails) == 2))
        found = TOKEN.search(sink.mails[1]["text"])
        verified = server.api("POST", "/email-verifications", {"token": found[0] if found else ""})
        shown = json.loads(server.command("member", "list", "--tenant", "acme", "--json").stdout)
        row = next(one for one in shown if one["id"] == bob)
        check.that("MOD-02 its token verifies the address, and the account with it", verified.status == 200
                   and "emailVerifiedAt" in row and "account" in row, f"{verified.status} {row}")
        log = server.log()
        stored = server.contents()
        check.that("T35 no token, no password in the log", not TOKEN.search(log) and "hunter2" not in log)
        check.that("T34 nor in the database", b"rc_lnk_" not in stored and b"hunter2" not in stored
                   and b"bob@acme.example" in stored)


def test_relay_down(check: Check) -> None:
    """A mail waits for the relay, over a restart too; it is not sent to an address that is gone."""
    with MailSink() as sink, Server(*options(sink)) as server:
        world = World(server)
        bob, eve = world.member("bob"), world.member("eve")
        sink.refusing = True
        world.ask(bob, "invitation")
        world.ask(eve, "email-verification")
        check.that("both are tried", wait(lambda: sink.tries >= 2), str(sink.tries))
        check.that("and said in the log, without the address", wait(lambda: "mail not sent" in server.log())
                   and "@acme.example" not in server.log())
        server.command("member", "set", "--tenant", "acme", "eve", "--active", "false")
        server.stop()
        rows = server.rows("SELECT attempts, due > created AS later FROM mail")
        server.change_behind(DUE)
        check.that("T68 what was for a deactivated member is gone, the other waits",
                   rows == [{"attempts": 1, "later": 1}], str(rows))
        sink.refusing = False
        server.start()
        check.that("after the restart it arrives",
                   wait(lambda: len(sink.mails) == 1) and "bob" in sink.mails[0]["to"][0], str(sink.mails))
        check.that("once", wait(lambda: server.rows("SELECT email FROM mail") == []) and len(sink.mails) == 1,
                   str(sink.mails))


def test_quarantine(check: Check) -> None:
    """T36: mails of an older database that was restored wait until somebody confirms them."""
    with MailSink() as sink, Server(*options(sink)) as server:
        world = World(server)
        bob, eve = world.member("bob"), world.member("eve")
        sink.refusing = True
        world.ask(bob, "invitation")
        world.ask(eve, "invitation")
        check.that("both are tried", wait(lambda: sink.tries >= 2), str(sink.tries))
        server.stop()
        held = json.loads(server.command("credential", "quarantine", "--json").stdout)
        check.that("T36 mails and the links in them are held", held["mails"] == held["links"] == 2, str(held))
        server.change_behind(DUE)
        sink.refusing = False
        server.start()
        world.owner = server.sign_in(tenant="acme", user_name="ann")["token"]
        world.ask(eve, "email-verification")
        check.that("what is asked for now is sent", wait(lambda: len(sink.mails) == 1)
                   and "eve" in sink.mails[0]["to"][0], str(sink.mails))
        time.sleep(1.5)
        check.that("T36 what is held is not", len(sink.mails) == 1, str(sink.mails))
        confirmed = json.loads(server.command("credential", "confirm", "--json").stdout)
        check.that("T36 until it is confirmed", confirmed["mails"] == 2 and wait(lambda: len(sink.mails) == 3),
                   f"{confirmed} {sink.mails}")


def test_former_address(check: Check) -> None:
    """T4: who has the address that a member had is told of another one, even if it is deactivated then."""
    with MailSink() as sink, Server(*options(sink)) as server:
        world = World(server)
        client = server.client(server.issue_credential("acme")["token"])
        made = client.scim("POST", "/Users", {"schemas": [USER], "userName": "carl",
                                                 "emails": [{"value": "carl@acme.example", "primary": True}]}).json()
        server.command("member", "set", "--tenant", "acme", "carl", "--email-verified")
        sink.refusing = True
        for operation in ({"op": "replace", "path": "emails", "value": [{"value": "thief@evil.example"}]},
                          {"op": "replace", "path": "emails", "value": [{"value": "other@evil.example"}]},
                          {"op": "replace", "path": "active", "value": False}):
            answer = client.scim("PATCH", f"/Users/{made['id']}", {"schemas": [PATCH], "Operations": [operation]})
            check.that("the change is taken", answer.status in (200, 204), f"{answer.status} {answer.body!r}")
        check.that("T4 a notice waits for the relay", wait(lambda: sink.tries >= 1), str(sink.tries))
        server.stop()
        rows = server.rows("SELECT purpose, email FROM mail")
        server.change_behind(DUE)
        check.that("T4 it is for the address that was verified",
                   rows == [{"purpose": "address_changed", "email": "carl@acme.example"}], str(rows))
        sink.refusing = False
        server.start()
        check.that("T4 and is sent", wait(lambda: len(sink.mails) == 1), server.log()[-800:])
        mail = sink.mails[0]
        check.that("to the former address, without a token, and without the new address",
                   "<carl@acme.example>" in mail["to"][0] and "Your e-mail address was changed" in mail["text"]
                   and not TOKEN.search(mail["text"]) and "evil.example" not in mail["text"], str(mail))
        time.sleep(1.2)
        check.that("once, and nobody else is told", len(sink.mails) == 1, str(sink.mails))
        world.ask(world.member("bob"), "email-verification")
        check.that("other mails go on", wait(lambda: len(sink.mails) == 2), str(len(sink.mails)))


def test_settings(check: Check) -> None:
    """What contradicts itself stops the start with a sentence."""
    for flags in (["--smtp-url", "smtp://127.0.0.1:1"], ["--smtp-url", "http://127.0.0.1:1"],
                  ["--smtp-url", "smtp://user:secret@127.0.0.1:1"],
                  ["--smtp-url", "smtp://127.0.0.1:1", "--mail-from", "a@b.example\r\nBcc: c@d.example"],
                  ["--smtp-url", "smtp://127.0.0.1:1", "--mail-from", "a@b.example", "--smtp-user", "x"],
                  ["--smtp-url", "smtp://127.0.0.1:1", "--mail-from", "a@b.example", "--smtp-user", "x",
                   "--smtp-password-file", "/nothing"]):
        check.run("serve", "--store", check.store(), "--listen", "127.0.0.1:0", *flags, code=(1, 2), timeout=20)
    check.run("tenant", "create", "a", "--store", check.store())
