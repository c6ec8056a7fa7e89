"""Landing through Prism, which judges requests and answers by the vendor's OpenAPI and refuses what is not in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from ingestion.check import check_systems
from ingestion.errors import SourceUnavailableError
from tests.connectors.conftest import Retailer
from tests.connectors.server import Answer, Asked, System, serving
from tests.connectors.test_shapes import SQUARE, TYPEFORM, square_account
from tests.connectors.typeform import TypeformAccount

PACKAGE = "@stoplight/prism-cli@5.12.0"

pytestmark = pytest.mark.slow


class Through(System):
    """A system that is asked through Prism, as far as its document goes."""

    def __init__(self, behind: System, prism: str, document: re.Pattern[str]) -> None:
        super().__init__()
        self.behind, self.prism, self.document = behind, prism, document
        self.judged: list[tuple[str, int]] = []

    def answer(self, asked: Asked) -> Answer:
        if not self.document.search(asked.path):
            return self.behind.answer(asked)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in {"host", "connection"}}
        url = f"{self.prism}{asked.path}?{asked.query_text}"
        answer = httpx.request(asked.method, url, headers=headers, content=asked.body, timeout=30)
        self.judged.append((asked.path, answer.status_code))
        return Answer(answer.content, answer.status_code)


Judged = Callable[[System, Path, str], AbstractContextManager[Through]]


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prism's command, from npm."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so Prism cannot be fetched")
    folder = tmp_path_factory.mktemp("prism")
    command = folder / "node_modules" / ".bin" / "prism"
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", PACKAGE]
    for step in (install, [str(command), "--version"]):
        try:
            subprocess.run(step, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm does not give {PACKAGE} within five minutes")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"npm or this machine's Node.js does not give {PACKAGE}: {error.stderr.strip()[-200:]}")
    return command


@pytest.fixture
def judged(prism: Path, certificates: Path, tmp_path: Path) -> Judged:
    """Put Prism with a document before a system."""

    @contextmanager
    def start(system: System, document: Path, paths: str) -> Iterator[Through]:
        wanted = re.compile(paths)
        spec = json.loads(document.read_text())
        # Prism makes an example of every path when it starts, and Square has 240.
        spec["paths"] = {path: spec["paths"][path] for path in spec["paths"] if wanted.search(path)}
        (tmp_path / "openapi.json").write_text(json.dumps(spec))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        with serving(system, certificates) as url:
            command = [
                str(prism),
                "proxy",
                str(tmp_path / "openapi.json"),
                url,
                "--errors",
                "-h",
                "127.0.0.1",
                "-p",
                port,
            ]
            environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(certificates / "ca.pem")}
            with (tmp_path / "prism.log").open("w+") as log:
                process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
                try:
                    wait_for(lambda: "is listening" in Path(log.name).read_text(), process)
                    yield Through(system, f"http://127.0.0.1:{port}", wanted)
                finally:
                    process.terminate()
                    process.wait()

    return start


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None and time.monotonic() < until, "Prism does not start"
        time.sleep(0.1)


SQUARE_PATHS = r"^/v2/(locations|catalog|customers|orders|payments|refunds|loyalty)\b"


@pytest.mark.skipif(not SQUARE.exists(), reason="the vendor's OpenAPI is not here")
def test_a_seller_is_read_through_prism(retailer: Retailer, judged: Judged) -> None:
    seller = square_account()
    with judged(seller, SQUARE, SQUARE_PATHS) as through:
        retailer.connect("till", "square", through)
        assert check_systems(retailer.settings).ok
        retailer.land("till")
        retailer.assert_holds("till", seller.truth())
        assert {status for _, status in through.judged} == {200}
        assert len({path for path, _ in through.judged}) >= 8

        # What Square never answers is refused on the way, and nothing of it is taken.
        payment = next(iter(seller.truth()["payments"].values()))
        seller.edit("payments", payment["id"], amount_money={"amount": "ten", "currency": "EUR"})
        before = retailer.latest("till")
        with pytest.raises(SourceUnavailableError, match="500"):
            retailer.land("till")
        assert retailer.latest("till")["payments"] == before["payments"]


@pytest.mark.skipif(not TYPEFORM.exists(), reason="the vendor's schema is not here")
def test_an_account_is_read_through_prism(retailer: Retailer, judged: Judged) -> None:
    account = TypeformAccount()
    account.add_form("abc")
    account.respond("abc")
    account.leave_half_way("abc")
    with judged(account, TYPEFORM, "/responses$") as through:
        retailer.connect("voice", "typeform", through)
        assert check_systems(retailer.settings).ok
        retailer.land("voice")
        retailer.assert_holds("voice", account.truth())
        assert {status for _, status in through.judged} == {200}
