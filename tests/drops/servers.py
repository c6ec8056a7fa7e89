"""Where stores drop their files: a folder, an S3-compatible server (moto's), an SFTP server (Debian's OpenSSH)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from fsspec.implementations.sftp import SFTPFileSystem

from tests.databases.servers import NotInstallableError, install

KEY, SECRET = "drop-key-0815", "drop-secret-4711"
Environment = dict[str, str]


class Drop(ABC):
    """A place with files. `environment` are the settings and secrets by which dlt gets in."""

    location: str
    environment: Environment

    @abstractmethod
    def put(self, path: str, content: bytes) -> None: ...

    @abstractmethod
    def remove(self, path: str) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...


class FolderDrop(Drop):
    """A folder of this machine."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="evermart-drop-"))
        self.location, self.environment = str(self.folder), {}

    def put(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def stop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class S3Drop(Drop):
    """A bucket of moto's server, spoken to over HTTP as any S3-compatible store is."""

    def __init__(self) -> None:
        import boto3  # type: ignore[import-untyped]
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.location = "s3://drops/pos"
        prefix = "SOURCES__FILESYSTEM__CREDENTIALS__"
        self.environment = {
            f"{prefix}AWS_ACCESS_KEY_ID": KEY,
            f"{prefix}AWS_SECRET_ACCESS_KEY": SECRET,
            f"{prefix}ENDPOINT_URL": self.endpoint,
            f"{prefix}REGION_NAME": "us-east-1",
        }
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        self.client.create_bucket(Bucket="drops")

    def put(self, path: str, content: bytes) -> None:
        self.client.put_object(Bucket="drops", Key=f"pos/{path}", Body=content)

    def remove(self, path: str) -> None:
        self.client.delete_object(Bucket="drops", Key=f"pos/{path}")

    def stop(self) -> None:
        self.server.stop()


class SftpDrop(Drop):
    """OpenSSH's own server, on a port of its own, with a key and a folder of its own."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="evermart-sftp-"))
        if shutil.which("sshd", path=_PATH) is None or shutil.which("ssh-keygen") is None:
            install("openssh-server", "openssh-client")
        self.folder = self.home / "drops"
        self.folder.mkdir()
        for name in ("host", "till"):
            run = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.home / name)]
            subprocess.run(run, check=True, capture_output=True)
        shutil.copy(self.home / "till.pub", self.home / "authorized")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._serve()
        self.location = f"sftp://127.0.0.1:{self.port}{self.folder}"
        prefix = "SOURCES__FILESYSTEM__CREDENTIALS__"
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        self.environment = {
            f"{prefix}SFTP_USERNAME": user,
            f"{prefix}SFTP_PORT": str(self.port),
            f"{prefix}SFTP_KEY_FILENAME": str(self.home / "till"),
            f"{prefix}SFTP_ALLOW_AGENT": "false",
            f"{prefix}SFTP_LOOK_FOR_KEYS": "false",
            "HOME": str(self.home),
        }
        self.know("host")

    def know(self, key: str | None) -> None:
        """Write the known_hosts file of who fetches: with a key of this folder for the server, or empty."""
        known_hosts = self.home / ".ssh" / "known_hosts"
        known_hosts.parent.mkdir(exist_ok=True)
        line = f"[127.0.0.1]:{self.port} {(self.home / f'{key}.pub').read_text()}" if key else ""
        known_hosts.write_text(line)
        SFTPFileSystem.clear_instance_cache()  # connections that are open already know the server

    def _serve(self) -> None:
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": self.home / "host",
            "AuthorizedKeysFile": self.home / "authorized",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "yes",
            "PidFile": "none",
            "Subsystem": "sftp internal-sftp",
        }
        (self.home / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # Debian's place of the unprivileged child
        command = [str(shutil.which("sshd", path=_PATH)), "-D", "-e", "-f", str(self.home / "config")]
        with (self.home / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        ends = time.monotonic() + 30
        while time.monotonic() < ends and self.process.poll() is None:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        said = (self.home / "log").read_text()
        self.stop()
        raise NotInstallableError(f"sshd does not start here: {said}")

    def put(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        shutil.rmtree(self.home, ignore_errors=True)


_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
