"""Plays one behaviour script against a running server."""
from __future__ import annotations

import codecs
import json
import re
import shlex
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from typing import Any

from behaviour.invariants import broken, broken_api
from behaviour.match import header_mismatch, mismatch
from behaviour.script import Script, Step
from support.client import Client, NoAnswer, Response
from support.outcome import Outcome
from support.program import CommandFailed
from support.server import PASSWORD, Server

URIS = {
    "USER": "urn:ietf:params:scim:schemas:core:2.0:User",
    "GROUP": "urn:ietf:params:scim:schemas:core:2.0:Group",
    "ENT": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "SPC": "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    "MSG": "urn:ietf:params:scim:api:messages:2.0",
}
MACROS = {"USER": [URIS["USER"]], "GROUP": [URIS["GROUP"]], "SEARCH": [URIS["MSG"] + ":SearchRequest"]}
VARIABLE = re.compile(r"\$\{([^}]+)\}")
EXPECTED = re.compile(r"^(?P<status>\d{3}(?:\|\d{3})*)(?: (?P<type>(?!as |same )[a-zA-Z]+))?"
                      r"(?: same as (?P<same>\w+))?(?: as (?P<name>\w+))?$")
COUNTED = re.compile(r"^(\d+) x (\d{3}(?:\|\d{3})*)(?: ([a-zA-Z]+))?$")


class Unknown(Exception):
    pass


class Player:
    def __init__(self, server: Server, script: Script, outcome: Outcome) -> None:
        self.server = server
        self.script = script
        self.outcome = outcome
        self.variables: dict[str, Any] = dict(URIS)
        self.client = Client(server.port)

    # ---- preparation

    def prepare(self) -> None:
        run = uuid.uuid4().hex[:8]
        self.variables.update(run=run, port=str(self.server.port), origin=f"http://127.0.0.1:{self.server.port}",
                              base=f"http://127.0.0.1:{self.server.port}/scim/v2", here=str(self.script.path.parent))
        tenants: list[tuple[str, list[str]]] = [("main", [])]
        credentials: list[list[str]] = []
        service_keys: list[list[str]] = []
        administrators: list[list[str]] = []
        for words in self.script.directives:
            if words[0] == "tenant":
                options = words[2:]
                if words[1] == "main":
                    tenants[0] = ("main", options)
                else:
                    tenants.append((words[1], options))
            elif words[0] == "credential":
                credentials.append(words[1:])
            elif words[0] == "servicekey":
                service_keys.append(words[1:])
            elif words[0] in ("operator", "admin"):
                administrators.append(words)
        for name, options in tenants:
            slug = f"{name}-{run}"
            self.server.create_tenant(slug, None, *options)
            self.keep_credential(name, self.server.issue_credential(slug, "First"))
            self.variables["tenant" if name == "main" else f"tenant_{name}"] = slug
        for name, *options in credentials:
            options = [moment(option) if option.startswith("+") else option for option in options]
            self.keep_credential(name, self.server.issue_credential(self.variables["tenant"], name, *options))
        for name, *options in service_keys:
            tenant = self.variables["tenant"]
            if options and not options[0].startswith("--"):
                tenant = self.variables[f"tenant_{options.pop(0)}"]
            self.keep_credential(name, self.server.issue_service_key(tenant, name, *options))
        self.prepare_administrators(administrators, run)

    def prepare_administrators(self, wanted: list[list[str]], run: str) -> None:
        """`operator NAME`; `admin NAME ROLE [TENANT]`, a member with a password and a session."""
        if not wanted:
            return
        self.variables["password"] = PASSWORD
        operator = self.server.operator(f"op-{run}")
        self.variables["operator"] = f"op-{run}"
        for kind, name, *options in wanted:
            if kind == "operator":
                self.variables[f"token_{name}"] = operator["token"]
                continue
            tenant = self.variables[f"tenant_{options[1]}" if len(options) > 1 else "tenant"]
            made = self.server.administrator(tenant, name, options[0], operator["token"])
            self.variables[name] = made
            self.variables[f"token_{name}"] = made["token"]

    def keep_credential(self, name: str, issued: dict[str, Any]) -> None:
        suffix = "" if name == "main" else "_" + name
        self.variables["token" + suffix] = issued["token"]
        self.variables["credential" + suffix] = issued.get("id", "")

    # ---- variables

    def lookup(self, path: str) -> Any:
        if path.startswith("repeat:"):
            text, _, count = path[7:].rpartition(":")
            return text * int(count)
        if path.startswith("upper:"):
            return self.as_text(path[6:]).upper()
        name, _, header = path.partition("@")
        if header:
            return self.variables[f"{name}@"].get(header.lower(), "")
        value: Any = self.variables
        for part in re.findall(r"[^.\[\]]+", name):
            if isinstance(value, list) and part.lstrip("-").isdigit():
                value = value[int(part)]
            elif isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, dict) and part in URIS and URIS[part] in value:
                value = value[URIS[part]]
            else:
                raise Unknown(path)
        return value

    def as_text(self, path: str) -> str:
        value = self.lookup(path)
        if isinstance(value, dict) and "id" in value:
            value = value["id"]
        return value if isinstance(value, str) else json.dumps(value)

    def text(self, text: str) -> str:
        return VARIABLE.sub(lambda match: self.as_text(match[1]), text)

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            match = VARIABLE.fullmatch(value)
            if match:
                found = self.lookup(match[1])
                return found["id"] if isinstance(found, dict) and "id" in found and "." not in match[1] else found
            return self.text(value)
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self.fill(one) for name, one in value.items()}
        return value

    # ---- bodies and targets

    def body(self, text: str) -> bytes | None:
        if not text:
            return None
        if text.startswith("RAW "):
            return codecs.decode(self.text(text[4:]), "unicode_escape").encode("latin-1")
        if match := VARIABLE.fullmatch(text):
            return json.dumps(self.lookup(match[1]), ensure_ascii=False).encode()
        return json.dumps(self.fill(parse_body(text)), ensure_ascii=False).encode()

    def target(self, text: str) -> str:
        path = self.text(text)
        if path.startswith("root:"):
            path = path[5:]
        elif path.startswith(self.variables["origin"]):
            path = path.removeprefix(self.variables["origin"])
        else:
            path = "/scim/v2" + path
        return urllib.parse.quote(path, safe="%/?&=+:@!$'()*,;~-._")

    # ---- steps

    def play(self) -> None:
        try:
            self.prepare()
        except CommandFailed as error:
            self.outcome.fail(f"{self.script.name}: preparation", str(error))
            return
        for step in self.script.steps:
            name = f"{self.script.name}:{step.line} {step.title} {' '.join(step.ids)}".rstrip()
            reference = f"behaviour/{self.script.path.name}: {step.heading}"
            try:
                why = self.play_step(step)
            except Unknown as error:
                why = f"${{{error}}} is not known: the step that should have given it failed"
            except (ValueError, KeyError, NoAnswer) as error:
                why = f"{type(error).__name__}: {error}"
            if why:
                self.outcome.fail(name, why, reference)
                if step.kind == "given":
                    break
            elif step.kind not in ("given", "wait"):
                self.outcome.ok(name, reference)
        self.client.close()

    def play_step(self, step: Step) -> str | None:
        if step.kind == "wait":
            time.sleep(int(step.target) / 1000)
            return None
        if step.kind == "given":
            return self.given(step)
        if step.kind == "cli":
            return self.command(step)
        if step.kind == "sql":
            return self.query(step)
        if step.parallel > 1:
            return self.together(step)
        for index in range(1, step.repeat + 1):
            self.variables["i"] = str(index)
            if why := self.request(step):
                return why
        return None

    def given(self, step: Step) -> str | None:
        endpoint = "/Users" if step.target == "User" else "/Groups"
        document = {"schemas": [URIS[step.target.upper()]]}
        if step.target == "User":
            document["userName"] = step.method
        else:
            document["displayName"] = step.method
        document.update(self.fill(json.loads(step.body)))
        self.client.token = self.variables["token"]
        answer = self.client.scim("POST", endpoint, document)
        if answer.status != 201:
            return f"{answer.status} {answer.body[:300]!r}"
        self.keep(step.method, answer)
        return None

    def keep(self, name: str, answer: Response) -> None:
        self.variables[name] = answer.json()
        self.variables[f"{name}@"] = {key.lower(): value for key, value in answer.headers}

    def message(self, step: Step) -> tuple[str, str, dict[str, str], bytes | None]:
        """Method, target, headers and body, with the variables as they are now."""
        headers = {name: self.text(value) for name, value in step.headers if name not in ("As", "Accept-Nothing")}
        who = next((value for name, value in step.headers if name == "As"), "main")
        if who != "none" and not any(name.lower() == "authorization" for name in headers):
            token = self.variables["token" if who == "main" else f"token_{who}"]
            headers["Authorization"] = "Bearer " + token
        body = self.body(step.body)
        if body is not None and not any(name.lower() == "content-type" for name in headers):
            is_api = step.target.startswith("root:/api/") and "/scim" not in step.target
            is_form = step.body.startswith("RAW ")
            headers["Content-Type"] = ("application/x-www-form-urlencoded" if is_form else "application/json") \
                if is_api else "application/scim+json"
        headers = {name: value for name, value in headers.items() if value != "<none>"}
        return step.method, self.target(step.target), headers, body

    def request(self, step: Step) -> str | None:
        answer = self.client.send(*self.message(step))
        why = self.judge(step, answer)
        return f"{why}\n{step.method} {self.text(step.target)[:200]} gave {answer.status} " \
               f"{answer.text()[:500].decode('utf-8', 'replace')}" if why else None

    def judge(self, step: Step, answer: Response) -> str | None:
        expected = EXPECTED.match(step.expected)
        if not expected:
            return f"not understood: => {step.expected}"
        if str(answer.status) not in expected["status"].split("|"):
            return f"status {answer.status}, expected {expected['status']}"
        scim = not step.target.startswith("root:") or "/scim" in step.target
        accept = next((value for name, value in step.headers if name.lower() == "accept"), "")
        if scim and (why := broken(answer, step.method, accept.startswith("application/json") and "scim" not in accept,
                                   "ttributes=" in step.target or "ttributes" in step.body,
                                   "cursor" in self.text(step.target) or "cursor" in step.body)):
            return why
        if not scim and "/api/" in step.target and (why := broken_api(answer)):
            return why
        if expected["type"] and not scim and (answer.json() or {}).get("code") == expected["type"]:
            pass                                      # the same word stands in a problem document
        elif expected["type"] and (answer.json() or {}).get("scimType") != expected["type"]:
            return f"scimType is {(answer.json() or {}).get('scimType')}, expected {expected['type']}"
        for name, value in step.expected_headers:
            if why := header_mismatch(name, self.text(value), answer.header(name)):
                return why
        if expected["same"] and answer.json() != self.variables[expected["same"]]:
            return mismatch(self.variables[expected["same"]], answer.json()) or \
                f"has more than ${{{expected['same']}}}: {answer.text()[:300]!r}"
        if step.expected_body.startswith("TEXT "):
            part = self.text(step.expected_body[5:])
            if part.encode() not in answer.body:
                return f"{part!r} is not in the answer"
        elif step.expected_body:
            if why := mismatch(self.fill(parse_body(step.expected_body)), answer.json()):
                return why
        if expected["name"]:
            self.keep(expected["name"], answer)
        return None

    def together(self, step: Step) -> str | None:
        """A request from many clients at once, each with its own ${i}; what is expected is how many got what."""
        answers: list[Response | str] = []
        barrier = threading.Barrier(step.parallel)

        def one(message: tuple[str, str, dict[str, str], bytes | None]) -> None:
            client = Client(self.server.port)
            barrier.wait()
            try:
                answers.append(client.send(*message))
            except NoAnswer as error:
                answers.append(str(error))
            client.close()

        threads = []
        for index in range(1, step.parallel + 1):
            self.variables["i"] = str(index)
            threads.append(threading.Thread(target=one, args=(self.message(step),)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = Counter(f"{a.status} {(a.json() or {}).get('scimType', '') if a.status >= 400 else ''}".strip()
                        if isinstance(a, Response) else a for a in answers)
        left = Counter(found)
        for part in step.expected.split(","):
            match = COUNTED.match(part.strip())
            if not match:
                return f"not understood: => {step.expected}"
            keys = [f"{status} {match[3] or ''}".strip() for status in match[2].split("|")]
            if sum(left.pop(key, 0) for key in keys) != int(match[1]):
                return f"got {dict(found)}, expected {step.expected}"
        return f"got {dict(found)}, expected {step.expected}" if left else None

    def command(self, step: Step) -> str | None:
        result = self.server.command(*shlex.split(self.text(step.target)))
        wanted = int(step.expected.removeprefix("exit").split()[0])
        if result.returncode != wanted:
            return f"exit {result.returncode}, expected {wanted}: {result.stdout[-300:]} {result.stderr[-300:]}"
        name = re.search(r" as (\w+)$", step.expected)
        if step.expected_body:
            document = json.loads(result.stdout)
            if why := mismatch(self.fill(parse_body(step.expected_body)), document):
                return why
        if name:
            document = self.variables[name[1]] = json.loads(result.stdout)
            if "token" in document:
                self.keep_credential(name[1], document)
        return None

    def query(self, step: Step) -> str | None:
        """Rows of reads are written in batches: what is expected may come a little later."""
        why: str | None = "no answer"
        deadline = time.monotonic() + 3
        while why and time.monotonic() < deadline:
            why = mismatch(self.fill(parse_body(step.expected_body)), self.server.rows(self.text(step.target)))
            if why:
                time.sleep(0.05)
        return why

    # ---- form only

    @staticmethod
    def lint(step: Step) -> str | None:
        try:
            if step.kind == "given":
                json.loads(step.body)
                return None
            if step.kind == "wait":
                return None
            for text in (step.body, step.expected_body):
                if text and not text.startswith(("RAW ", "TEXT ")) and not VARIABLE.fullmatch(text):
                    parse_body(text)
        except ValueError as error:
            return f"{step.title}: body: {error}"
        if step.kind == "http" and step.parallel == 1 and not EXPECTED.match(step.expected):
            return f"not understood: => {step.expected}"
        return None


def moment(offset: str) -> str:
    """+1 is one second from now, as a date and time in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + float(offset)))


def parse_body(text: str) -> Any:
    """JSON, or a macro before it: USER {...}, GROUP {...}, SEARCH {...} add schemas, OPS [...] makes a PatchOp,
    BULK [...] a BulkRequest."""
    name, _, rest = text.partition(" ")
    if name == "OPS":
        return {"schemas": [URIS["MSG"] + ":PatchOp"], "Operations": json.loads(rest)}
    if name == "BULK":
        return {"schemas": [URIS["MSG"] + ":BulkRequest"], "Operations": json.loads(rest)}
    if name in MACROS:
        return {"schemas": MACROS[name], **json.loads(rest)}
    return json.loads(text)
