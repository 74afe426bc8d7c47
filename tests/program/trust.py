"""Other servers are known by their certificates: those of another authority, or for another name, are refused."""
from __future__ import annotations

from program import mails, openid
from program.check import Check
from support.authority import Authority
from support.mail_sink import MailSink
from support.openid_provider import OpenIdProvider
from support.server import Server


def test_openid(check: Check) -> None:
    """T63 T28: a provider whose certificate is not from the authority that was named is nobody."""
    ours, strange = Authority(check.folder, "ours"), Authority(check.folder, "strange")
    trust = ("--outgoing-ca-file", str(ours.file))
    with OpenIdProvider(check.folder, tls=ours.server_context()) as provider, Server(
            *openid.LOOPBACK, *trust) as server:
        world = openid.World(server, provider)
        check.that("T63 a certificate of the authority is good", world.sign_in().status == 201, server.log()[-500:])
    for name, context in (("of another authority", strange.server_context()),
                          ("for another name", ours.server_context("elsewhere.example"))):
        with OpenIdProvider(check.folder, tls=context) as provider, Server(*openid.LOOPBACK, *trust) as server:
            world = openid.World(server, provider)
            answer = world.sign_in()
            check.that(f"T63 one {name} is not: 503, and nothing was asked", answer.status == 503
                       and provider.requests == [], f"{answer.status} {provider.requests}")
            put = server.api("PUT", "/openid-provider?tenant=acme", {
                "issuer": provider.issuer, "client_id": provider.client_id}, world.operator)
            check.that(f"T63 nor is a provider taken with one {name}", put.status == 400, f"{put.status} {put.body!r}")
            keys = server.api("PUT", "/issuers?tenant=acme", {
                "issuer": provider.issuer, "audience": "rollcall",
                "keys_url": provider.issuer + "/keys"}, world.operator)
            check.that(f"T63 nor keys with one {name}", keys.status == 400, f"{keys.status} {keys.body!r}")
    with OpenIdProvider(check.folder, tls=ours.server_context()) as provider, Server(*openid.LOOPBACK) as server:
        answer = openid.World(server, provider).sign_in()
        check.that("T63 without the setting the system's authorities count", answer.status == 503, str(answer.status))


def test_mail(check: Check) -> None:
    """A relay whose certificate is wrong gets no password and no mail."""
    ours, strange = Authority(check.folder, "ours"), Authority(check.folder, "strange")
    password = check.folder / "password"
    password.write_text("hunter2\n")
    more = ("--smtp-user", "rollcall", "--smtp-password-file", str(password), "--outgoing-ca-file", str(ours.file))
    for name, context, arrives in (("of the authority", ours.server_context(), True),
                                   ("of another authority", strange.server_context(), False)):
        with MailSink("rollcall", "hunter2", tls=context) as sink, Server(*mails.options(sink, *more)) as server:
            world = mails.World(server)
            world.ask(world.member("bob"), "invitation")
            if arrives:
                check.that(f"a relay with a certificate {name} gets the mail", mails.wait(lambda: len(sink.mails) == 1),
                           server.log()[-500:])
            else:
                check.that(f"one with a certificate {name} is refused",
                           mails.wait(lambda: "mail not sent" in server.log())
                           and sink.tries == 0 and sink.mails == [], server.log()[-500:])


def test_settings(check: Check) -> None:
    check.run("serve", "--store", check.store(), "--listen", "127.0.0.1:0", "--outgoing-ca-file", "/nothing",
              code=(1, 2), says="outgoing_ca_file", timeout=20)
