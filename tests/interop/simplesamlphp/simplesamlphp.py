#!/usr/bin/env python3
"""Run Debian's SimpleSAMLphp as a SAML identity provider for a test. Standard library only.

    with start({"acs_url": "https://abcd.chat.qbusiness.us-east-1.on.aws/saml"}) as idp:
        idp.metadata_xml          # str
        login = idp.login()       # goes through the pages as a browser would
        login.saml_response       # base64, as it stands in the form
        login.action              # where the form would be sent

The IdP listens on 127.0.0.1 only. Keys, sessions and logs live in a temporary folder that
goes away with it. `python3 simplesamlphp.py [OPTIONS.json]` does one login and prints the
outcome as JSON ("-": options on standard input); exit code 77 when the package is missing.
"""

import atexit
import base64
import dataclasses
import html.parser
import http.cookiejar
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CODE = pathlib.Path(os.environ.get("SIMPLESAMLPHP_DIR", "/usr/share/simplesamlphp"))

AWS = "https://aws.amazon.com/SAML/Attributes/"
NAMEID = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
PERSISTENT = NAMEID + "persistent"
TRANSIENT = NAMEID + "transient"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:"

DEFAULTS = {
    # Both parties
    "entity_id": "https://idp.example.test/simplesamlphp",
    "audience": "https://signin.aws.amazon.com/saml",  # entity ID of the SP
    "extra_audiences": [],
    "acs_url": "https://abcd.chat.qbusiness.us-east-1.on.aws/saml",
    # Who logs in
    "user": "alice",
    "password": "password",
    # What the assertion says. name_id None: made up by SimpleSAMLphp (persistent, transient).
    "name_id_format": PERSISTENT,
    "name_id": None,
    "attributes": {
        AWS + "Role": [
            "arn:aws:iam::111122223333:role/QBusinessWebExperience,"
            "arn:aws:iam::111122223333:saml-provider/ExampleIdP"
        ],
        AWS + "RoleSessionName": ["alice@example.com"],
        AWS + "PrincipalTag:Email": ["alice@example.com"],
    },
    "attribute_name_format": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
    "assertion_lifetime": 300,
    # How it is protected
    "sign_assertion": True,
    "sign_response": True,
    # What the metadata offers
    "sso_bindings": [BINDING + "HTTP-Redirect"],
    # Set one to get the same persistent NameID in another run
    "secret_salt": None,
}


class IdpError(Exception):
    """The IdP did not start, or a page was not the one expected."""


class LoginFailed(IdpError):
    """The IdP showed the login form again."""


@dataclasses.dataclass
class Login:
    saml_response: str
    action: str
    relay_state: str | None

    @property
    def xml(self) -> bytes:
        return base64.b64decode(self.saml_response)


def missing() -> str | None:
    """Say what keeps the IdP from running here; None when all is there (for skipping a test)."""
    if not (CODE / "www" / "module.php").is_file():
        return f"no SimpleSAMLphp 1.x in {CODE} (Debian: apt-get install simplesamlphp)"
    for program in ("php", "openssl"):
        if shutil.which(program) is None:
            return f"no {program} on PATH"
    return None


def checked(options: dict) -> dict:
    unknown = set(options) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
    full = {**DEFAULTS, **options}
    if full["name_id"] is None and full["name_id_format"] not in (PERSISTENT, TRANSIENT):
        raise ValueError("name_id must be given with this name_id_format")
    if full["name_id"] in ("", "0"):
        raise ValueError("SimpleSAMLphp takes this name_id for empty")
    if ":" in full["user"]:
        raise ValueError("user may not hold a colon")
    full["attributes"] = {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in full["attributes"].items()
    }
    if any(name.startswith("test:") for name in full["attributes"]):
        raise ValueError("attribute names starting with test: are taken")
    return full


class Forms(html.parser.HTMLParser):
    """The forms of a page: action, and the values of their inputs."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        attr = dict(attrs)
        if tag == "form":
            self.open = True
            self.found.append((attr.get("action") or "", {}))
        elif tag == "input" and self.open and attr.get("name"):
            self.found[-1][1][attr["name"]] = attr.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = False

    def with_field(self, name: str):
        return next(((a, f) for a, f in self.found if name in f), None)


class Idp:
    def __init__(self, options: dict):
        why = missing()
        if why:
            raise IdpError(why)
        self._given = dict(options)
        full = checked(options)
        full["secret_salt"] = full["secret_salt"] or secrets.token_hex(16)
        self._salt = full["secret_salt"]
        self.process: subprocess.Popen | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="ssp-idp-")
        self.work = pathlib.Path(self._folder.name)
        atexit.register(self.stop)
        try:
            for name in ("cert", "log", "data", "tmp", "sessions"):
                (self.work / name).mkdir()
            self._make_key()
            self._start(full)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # -- starting and stopping

    def _make_key(self):
        cert = self.work / "cert"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "2",
             "-subj", "/CN=idp.example.test", "-keyout", cert / "idp.key", "-out", cert / "idp.crt"],
            check=True, stdin=subprocess.DEVNULL, capture_output=True,
        )

    def _write(self, full: dict):
        """Replace the options in one step: a request never sees half a file."""
        new = self.work / "options.json.new"
        new.write_text(json.dumps({**full, "base_url": self.base_url, "work_dir": str(self.work)}))
        new.replace(self.work / "options.json")
        self.options = full

    def _start(self, full: dict):
        # Another program may take the port between our look and PHP's: then try another one.
        for _ in range(3):
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
            self.base_url = f"http://127.0.0.1:{port}"
            self._write(full)
            with open(self.work / "log" / "php.log", "ab") as log:
                self.process = subprocess.Popen(
                    ["php",
                     # Warnings inside a page would break the form or the XML.
                     "-d", "display_errors=0", "-d", "log_errors=1",
                     "-d", f"sys_temp_dir={self.work / 'tmp'}",
                     "-S", f"127.0.0.1:{port}", "-t", str(CODE / "www")],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env={**os.environ,
                         "SIMPLESAMLPHP_CONFIG_DIR": str(HERE / "config"),
                         "SSP_TEST_OPTIONS": str(self.work / "options.json")},
                )
            if self._answers(port):
                self.metadata_xml = self._fetch_metadata()
                return
        raise IdpError("php -S did not start\n" + self.logs())

    def _answers(self, port: int) -> bool:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
                continue
            # Whoever answered must be our own PHP: it ends at once if the port was taken.
            time.sleep(0.05)
            return self.process.poll() is None
        self._end_process()
        return False

    def _end_process(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self):
        atexit.unregister(self.stop)
        self._end_process()
        self._folder.cleanup()

    def logs(self) -> str:
        parts = []
        for name in ("php.log", "simplesamlphp.log"):
            path = self.work / "log" / name
            if path.exists():
                parts.append(f"--- {name}\n" + path.read_text(errors="replace")[-3000:])
        return "\n".join(parts)

    # -- using it

    def configure(self, **changes):
        """Change options of the running IdP; keys and port stay, metadata_xml is read anew."""
        full = checked({**self._given, **changes})
        full["secret_salt"] = full["secret_salt"] or self._salt
        self._given.update(changes)
        self._write(full)
        self.metadata_xml = self._fetch_metadata()

    def _fetch_metadata(self) -> str:
        return self._get(self._opener(), f"{self.base_url}/saml2/idp/metadata.php")[1]

    @staticmethod
    def _opener():
        # A jar of its own for each login: no session is carried from one to the next.
        # No proxy, whatever the environment says: this is the loopback.
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def _get(self, opener, url: str, fields: dict | None = None) -> tuple[str, str]:
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            with opener.open(url, data, timeout=30) as answer:
                return answer.geturl(), answer.read().decode()
        except urllib.error.HTTPError as e:
            text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", e.read().decode(errors="replace"), flags=re.S)
            text = re.sub(r"\s+", " ", text)[:2000]
            raise IdpError(f"{e.code} from {url}: {text}\n{self.logs()}") from None

    def login(self, url: str | None = None, *, user: str | None = None, password: str | None = None,
              relay_state: str | None = None) -> Login:
        """Log in as a browser would and stop short of sending the response on.

        Without url the IdP starts the login itself. For a login that an SP starts, give the
        address of its redirect (…/SSOService.php?SAMLRequest=…).
        """
        if url is None:
            query = {"spentityid": self.options["audience"]}
            if relay_state is not None:
                query["RelayState"] = relay_state
            url = f"{self.base_url}/saml2/idp/SSOService.php?" + urllib.parse.urlencode(query)
        opener = self._opener()
        here, page = self._get(opener, url)
        form = Forms(page).with_field("password")
        if form is None:
            raise IdpError(f"no login form at {here}: {page[:1000]}\n{self.logs()}")
        action, fields = form
        fields["username"] = self.options["user"] if user is None else user
        fields["password"] = self.options["password"] if password is None else password
        here, page = self._get(opener, urllib.parse.urljoin(here, action), fields)
        forms = Forms(page)
        form = forms.with_field("SAMLResponse")
        if form is None:
            if forms.with_field("password"):
                raise LoginFailed("the IdP shows the login form again")
            raise IdpError(f"no SAMLResponse at {here}: {page[:1000]}\n{self.logs()}")
        action, fields = form
        return Login(fields["SAMLResponse"], action, fields.get("RelayState"))


def start(options: dict | None = None) -> Idp:
    return Idp(options or {})


def main(arguments: list[str]) -> int:
    why = missing()
    if why:
        print(why, file=sys.stderr)
        return 77
    options = {}
    if arguments:
        text = sys.stdin.read() if arguments[0] == "-" else pathlib.Path(arguments[0]).read_text()
        options = json.loads(text)
    with start(options) as idp:
        login = idp.login()
        json.dump({
            "entity_id": idp.options["entity_id"],
            "metadata_xml": idp.metadata_xml,
            "saml_response": login.saml_response,
            "action": login.action,
            "relay_state": login.relay_state,
        }, sys.stdout, indent=1)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
