"""A certificate authority for tests, by the command `openssl`."""
from __future__ import annotations

import ssl
import subprocess
from pathlib import Path


class Authority:
    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.file = folder / f"{name}-ca.pem"
        self._key = folder / f"{name}-ca-key.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                      "keyUsage=critical,keyCertSign", "-keyout", str(self._key), "-out", str(self.file))

    @staticmethod
    def _openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def server_context(self, host: str = "127.0.0.1") -> ssl.SSLContext:
        """Of a server with a certificate for that address or name."""
        kind = "IP" if host[0].isdigit() else "DNS"
        base = self.folder / f"{self.name}-{host}"
        key, request, certificate, more = (base.with_suffix(suffix) for suffix in (".key", ".csr", ".crt", ".ext"))
        more.write_text(f"subjectAltName={kind}:{host}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}",
                      "-keyout", str(key), "-out", str(request))
        self._openssl("x509", "-req", "-in", str(request), "-CA", str(self.file), "-CAkey", str(self._key),
                      "-CAcreateserial", "-days", "2", "-extfile", str(more), "-out", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context
