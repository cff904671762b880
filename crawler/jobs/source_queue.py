"""The queue as this process uses it: jobs that read a source each, and the one that plans."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, TaskNotFound
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.utils import utcnow
from procrastinate.worker import Worker

from crawler.jobs.job_manager import FencedJobs
from crawler.jobs.job_words import (
    PLAN,
    PLAN_FIRST,
    READ,
    READ_NOW,
    GivenBackError,
    QueueError,
    plan_name,
    queue_name,
)
from crawler.jobs.queue_connector import QueueConnector
from crawler.state.postgresql.server import Server, application_name

if TYPE_CHECKING:
    from crawler.jobs.host_groups import HostGroups
    from crawler.sources.round_sources import Source

_POLL = 2.0  # seconds: what was put back, or waited for its host, is told to nobody


class GiveBack(BaseRetryStrategy):
    """Gives back what ends with `GivenBackError`."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, TaskNotFound):  # of a later release: another worker may know it
            return RetryDecision(retry_in={"seconds": 60})
        if not isinstance(exception, GivenBackError):
            return None
        at = utcnow() + timedelta(seconds=exception.after)
        return RetryDecision(retry_at=at, priority=exception.priority)


class SourceQueue:
    """The queue beside the ledger at *uri*, for *node*; ``app`` is Procrastinate's.

    *timeout* as in `FencedJobs`. While the server is away it waits: a worker, which is *endless*,
    for as long as that takes, others as long as for the ledger.
    """

    def __init__(self, uri: str, timeout: float, node: str = "", *, endless: bool = False) -> None:
        name, server = application_name(node), Server(uri)
        self.connector = QueueConnector(server, name)
        if not endless:
            self.connector.patience = server.patience
        self.jobs = FencedJobs(self.connector, name, timeout)
        self.app = App(connector=self.connector)
        self.app.job_manager = self.jobs
        self._worker: Worker | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Have the queue open in the block. Raises StorageError if that cannot be."""
        await self.connector.prepare()
        async with self.app.open_async():
            yield

    async def work(self, queues: list[str] | None, concurrency: int) -> None:
        """Take jobs from *queues* (None: all), so many at once, until `stop`. Raises QueueError."""
        self._worker = Worker(
            self.app,
            queues=queues,
            concurrency=concurrency,
            fetch_job_polling_interval=_POLL,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=1e9,  # `beat` goes on while the last runs end
        )
        with _queue_errors():
            await self._worker.run()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Take no job any more; `work` returns when those under way have ended."""
        if self._worker:
            self._worker.stop()  # type: ignore[no-untyped-call]

    def take_from(self, queues: list[str] | None) -> None:
        """Take jobs from *queues* from now on."""
        if self._worker:
            self._worker.queues = queues

    async def beat(self) -> list[str] | None:
        """Say that this worker is alive, and take over from those that are not.

        Return what is worth telling; None if this one was given up itself. Raises QueueError.
        """
        with _queue_errors():
            if not await self.jobs.beat():
                return None
            told = await self.jobs.take_over()
            await self.jobs.give_back_unknown()
            return told

    async def put(
        self, source: Source, groups: HostGroups, priority: int, *, now: bool = False
    ) -> int | None:
        """Put *source* in; return its job, None if one is waiting already. *now*: due or not.

        Raises QueueError.
        """
        job = self.app.configure_task(
            READ_NOW if now else READ,
            lock=groups.name(source),
            queueing_lock=f"source/{source.key}",
            queue=queue_name(source.key),
            priority=priority,
        )
        with _queue_errors():
            try:
                return await job.defer_async(key=source.key)
            except AlreadyEnqueued:
                return None

    async def jobs_of(self, keys: Iterable[str]) -> dict[str, int]:
        """Return the jobs of the sources with *keys* that are read, or else wait. QueueError."""
        with _queue_errors():
            return await self.jobs.jobs_of(keys)

    async def left_of(self, jobs: list[int]) -> set[int]:
        """Return those of *jobs* that have not ended. Raises QueueError."""
        with _queue_errors():
            return await self.jobs.left_of(jobs)

    async def results_of(self, jobs: list[int]) -> dict[int, dict[str, Any]]:
        """Return what came of those of *jobs* that made a run. Raises QueueError."""
        with _queue_errors():
            return await self.jobs.results_of(jobs)

    async def count_workers(self) -> int:
        """Return how many workers are alive. Raises QueueError."""
        with _queue_errors():
            return await self.jobs.count_workers()

    def name_task(self, name: str, do: Callable[..., Awaitable[None]]) -> None:
        """Have *do* do the jobs of the task *name*: it gets their context, and their arguments."""
        self.app.task(name=name, pass_context=True, retry=GiveBack())(do)

    def plan_each(self, seconds: int, keys: Iterable[str], tag: str) -> None:
        """Have some worker plan the sources with *keys* and *tag* every so many *seconds*."""
        chosen = sorted(keys)
        name = plan_name(chosen, tag)
        self.app.periodic(
            cron=f"* * * * * */{seconds}" if seconds < 60 else "* * * * *",
            periodic_id=name,
            queue=PLAN,
            lock=name,
            queueing_lock=name,
            priority=PLAN_FIRST,
            task_kwargs={"keys": [*chosen], "tag": tag},
        )(self.app.tasks[PLAN])


@contextmanager
def _queue_errors() -> Iterator[None]:
    try:
        yield
    except ConnectorException as error:
        raise QueueError(str(error.__cause__ or error)) from error
