"""dbt inside of this process, as a Dagster resource: one result per model or test, as soon as it is there.

A process of its own for dbt costs seconds for each start, and parsing costs more; the resource hands dbt the
manifest that is already parsed. Belongs here: calling dbt. Does not belong here: what a result means to Dagster.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

OK_STATUSES: Final = frozenset({"success", "pass", "warn", "no-op"})
_PARSED_FILE: Final = "partial_parse.msgpack"
_RESULTS_FILE: Final = "run_results.json"
_FINISHED: Final = "NodeFinished"
# Only ever on nodes in memory; dbt is kept from writing the manifest of a run, so nobody meets it.
_CHOSEN: Final = "evermart_chosen"


class DbtError(Exception):
    """dbt could not run at all; the message is dbt's own."""


@dataclass(frozen=True)
class NodeResult:
    """What dbt says when it has finished a node. `failures` are rows of a test; `compiled_sql` is known at the end."""

    unique_id: str
    status: str
    seconds: float
    message: str
    failures: int

    @property
    def is_ok(self) -> bool:
        """True when the model is built, or the test passed or only warned."""
        return self.status in OK_STATUSES


class DbtRunner(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Runs dbt commands in this process, one at a time.

    Attributes:
        target_path: dbt's target folder, where the parsed project lies.
    """

    target_path: str

    def stream(self, arguments: Sequence[str], unique_ids: Iterable[str]) -> Iterator[NodeResult]:
        """Run a command on exactly these nodes and yield the result of each when it ends; a failed one is no error.

        The nodes are chosen by a tag. dbt compares each name that it is asked for with every node of the project,
        three times over: with a thousand names that took longer than building a small retailer.

        Args:
            arguments: The command and its options, all but the selection.
            unique_ids: dbt's unique ids of the models, seeds, snapshots and tests to run.

        Raises:
            DbtError: dbt could not start or broke off.
            KeyError: The parsed project has no such node.
        """
        manifest = self._parsed()
        for unique_id in unique_ids:
            manifest.nodes[unique_id].tags.append(_CHOSEN)
        chosen = ["--select", f"tag:{_CHOSEN}", "--indirect-selection", "empty", "--no-write-json"]
        results: queue.SimpleQueue[NodeResult | BaseException | None] = queue.SimpleQueue()
        parameters = (manifest, [*arguments, *chosen], results)
        worker = threading.Thread(target=self._invoke, args=parameters, name="dbt", daemon=True)
        worker.start()
        while (result := results.get()) is not None:
            if isinstance(result, BaseException):
                raise DbtError(f"dbt {arguments[0]} broke off: {result}") from result
            yield result
        worker.join()

    def compiled_sql(self, node: Mapping[str, Any]) -> str | None:
        """Return the SQL that dbt ran for a test, or None when it never got so far."""
        folder = Path(self.target_path) / "compiled" / node["package_name"]
        source = Path(node["original_file_path"])
        generic = folder / source / node["path"] if source.suffix in {".yml", ".yaml"} else folder / source
        return generic.read_text(encoding="utf-8") if generic.is_file() else None

    def _invoke(
        self,
        manifest: Manifest,
        arguments: list[str],
        results: queue.SimpleQueue[NodeResult | BaseException | None],
    ) -> None:
        # Imported here since it takes seconds, which the definitions must not pay; the night's step server has it.
        from dbt.artifacts.schemas.run import RunExecutionResult  # noqa: PLC0415
        from dbt.cli.main import dbtRunner  # noqa: PLC0415

        def on_event(event: EventMsg) -> None:
            if event.info.name == _FINISHED:
                results.put(_node_result(event))

        done = dbtRunner(manifest=manifest, callbacks=[on_event]).invoke(["--log-level", "none", *arguments])
        if done.exception is not None:
            results.put(done.exception)
        elif isinstance(done.result, RunExecutionResult):
            done.result.write(str(Path(self.target_path) / _RESULTS_FILE))
        results.put(None)

    def _parsed(self) -> Manifest:
        from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415
        from dbt.parser.manifest import extended_mashumuro_decoder  # noqa: PLC0415

        content = (Path(self.target_path) / _PARSED_FILE).read_bytes()
        manifest = Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()  # type: ignore[no-untyped-call]
        return manifest


def _node_result(event: EventMsg) -> NodeResult:
    data = event.data
    result = data.run_result
    return NodeResult(
        unique_id=data.node_info.unique_id,
        status=result.status,
        seconds=round(result.execution_time, 3),
        message=result.message,
        failures=int(result.num_failures),
    )
