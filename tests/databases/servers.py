"""Real database servers for tests: PostgreSQL and MariaDB from Debian, with a private data folder and a free port.

    server = PostgresServer().start() ... server.stop()

Where the programs are missing and we are root, apt-get installs them (without starting a service of theirs); where
that cannot be done, `NotInstallableError` says why, for the test to be skipped with.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path

import sqlalchemy as sa

INSTALL_SECONDS = 900
START_SECONDS = 90
ADMIN = "evermart_admin"
ADMIN_PASSWORD = "admin-secret-0815"
TILL_USER = "till_reader"
TILL_PASSWORD = "till#secret/4711@x"  # with characters that a URL must escape


class NotInstallableError(Exception):
    """The server cannot be had on this machine."""


class Server(ABC):
    """A server of this machine, with one administrator and a user who may read what he is granted."""

    def __init__(self) -> None:
        # Not below pytest's folder, which is closed to the user that PostgreSQL runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="evermart-server-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def dialect(self) -> str:
        """The driver by which tests administrate it."""

    @abstractmethod
    def prepare(self) -> None:
        """Install, and make the data folder."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that serves in the foreground."""

    @property
    def user(self) -> str | None:
        """The user of the machine that the server runs as; None: our own."""
        return None

    def url(self, database: str) -> sa.URL:
        return sa.URL.create(self.dialect, ADMIN, ADMIN_PASSWORD, "127.0.0.1", self.port, database)

    def engine(self, database: str) -> sa.Engine:
        return sa.create_engine(self.url(database))

    @abstractmethod
    def create_database(self, name: str) -> sa.Engine:
        """Make a database, with the user who may read nothing yet."""

    def start(self) -> Server:
        self.prepare()
        log = (self.folder / "server.log").open("wb")
        self.process = subprocess.Popen(
            self.command(), stdout=log, stderr=subprocess.STDOUT, user=self.user, cwd=self.folder
        )
        log.close()
        self._wait()
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        assert self.process is not None
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if self.process.poll() is not None:
                break
            try:
                self.accept()
            except (OSError, sa.exc.SQLAlchemyError, subprocess.CalledProcessError):
                time.sleep(0.2)
            else:
                return
        said = (self.folder / "server.log").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"{type(self).__name__} did not start:\n{said}")

    @abstractmethod
    def accept(self) -> None:
        """Raise while the server takes no connection."""


class PostgresServer(Server):
    """PostgreSQL, which refuses to run as root: it runs as `postgres` or, without that user, as `nobody`."""

    dialect = "postgresql+psycopg"

    @property
    def user(self) -> str | None:
        if os.geteuid() != 0:
            return None
        return "postgres" if _has_user("postgres") else "nobody"

    def prepare(self) -> None:
        if not _postgres_programs():
            _keep_debian_from_starting_a_cluster()
            install("postgresql")
        self._bin = _postgres_programs()[-1]
        password = self.folder / "password"
        password.write_text(ADMIN_PASSWORD)
        _give(self.folder, self.user)
        run = [str(self._bin / "initdb"), "-D", str(self.folder / "data"), "-U", ADMIN, "--auth=scram-sha-256"]
        run += [f"--pwfile={password}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(run, check=True, capture_output=True, user=self.user, cwd=self.folder)

    def command(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "fsync": "off", "timezone": "UTC"}
        settings |= {"unix_socket_directories": "", "shared_buffers": "64MB", "max_wal_size": "256MB"}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._bin / "postgres"), "-D", str(self.folder / "data"), *flags]

    def accept(self) -> None:
        engine = self.engine("postgres")
        with engine.connect():
            pass
        engine.dispose()

    def create_database(self, name: str) -> sa.Engine:
        admin = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(f"create database {name}"))
            found = connection.execute(sa.text(f"select 1 from pg_roles where rolname = '{TILL_USER}'")).all()
            if not found:
                connection.execute(sa.text(f"create role {TILL_USER} login password '{TILL_PASSWORD}'"))
        admin.dispose()
        return self.engine(name)


class MariaServer(Server):
    """MariaDB."""

    dialect = "mysql+pymysql"

    def prepare(self) -> None:
        if not (shutil.which("mariadbd", path=_PATH) and shutil.which("mariadb-install-db", path=_PATH)):
            install("mariadb-server-core", "mariadb-client-core")
        run = [str(shutil.which("mariadb-install-db", path=_PATH)), "--no-defaults"]
        run += [f"--datadir={self.folder / 'data'}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(
            [*run, *(["--user=root"] if os.geteuid() == 0 else [])], check=True, capture_output=True, cwd=self.folder
        )
        (self.folder / "init.sql").write_text(
            f"create user '{ADMIN}'@'127.0.0.1' identified by '{ADMIN_PASSWORD}';"
            f"\ngrant all on *.* to '{ADMIN}'@'127.0.0.1' with grant option;"
            f"\ncreate user '{TILL_USER}'@'127.0.0.1' identified by '{TILL_PASSWORD}';\n"
        )

    def command(self) -> list[str]:
        run = [str(shutil.which("mariadbd", path=_PATH)), "--no-defaults", f"--datadir={self.folder / 'data'}"]
        run += [f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"]
        run += [f"--socket={_short_socket(self.port)}", f"--pid-file={self.folder / 'pid'}"]
        run += [f"--init-file={self.folder / 'init.sql'}", "--innodb-flush-log-at-trx-commit=0"]
        run += ["--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4", "--default-time-zone=+00:00"]
        return [*run, *(["--user=root"] if os.geteuid() == 0 else [])]

    def stop(self) -> None:
        super().stop()
        Path(_short_socket(self.port)).unlink(missing_ok=True)

    def accept(self) -> None:
        engine = self.engine("mysql")
        with engine.connect():
            pass
        engine.dispose()

    def create_database(self, name: str) -> sa.Engine:
        admin = self.engine("mysql")
        with admin.begin() as connection:
            connection.execute(sa.text(f"create database {name} character set utf8mb4"))
        admin.dispose()
        return self.engine(name)


def install(*packages: str) -> None:
    """Install packages of Debian.

    Raises:
        NotInstallableError: we are not root, there is no apt-get, or it fails.
    """
    names = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotInstallableError(f"{names} is not installed, and only root on Debian can install it")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]):
        whole = [*command, *packages] if "install" in command else command
        try:
            done = subprocess.run(
                whole, env=environment, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise NotInstallableError(f"{names} could not be installed in {INSTALL_SECONDS} seconds") from None
    if done.returncode:
        raise NotInstallableError(f"{names} could not be installed: {done.stderr.strip()[-500:]}")


_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/bin"])


def _postgres_programs() -> list[Path]:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return sorted(found, key=lambda path: int(path.parent.name.split(".")[0]))


def _keep_debian_from_starting_a_cluster() -> None:
    folder = Path("/etc/postgresql-common")
    if os.geteuid() == 0 and not (folder / "createcluster.conf").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "createcluster.conf").write_text("create_main_cluster = false\n")


def _has_user(name: str) -> bool:
    return subprocess.run(["id", name], capture_output=True, check=False).returncode == 0


def _give(folder: Path, user: str | None) -> None:
    """Make a folder the user's."""
    if user is not None:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)


def _short_socket(port: int) -> str:
    return f"/tmp/evermart-maria-{port}.sock"  # a socket's path may have a hundred characters, which pytest's exceed


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
