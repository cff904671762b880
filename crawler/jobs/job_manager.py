"""Procrastinate's jobs, each of which ends by the word of the worker alone that it is given to.

Procrastinate (3.10) takes the word of any worker: one that was frozen, and whose job was given to
another, would end that one's.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback
from procrastinate.utils import utcnow

from crawler.jobs.job_words import URGENT
from crawler.jobs.queue_connector import QueueConnector
from crawler.state.lease import Lease, lease_clock

logger = logging.getLogger(__name__)

_MINE: LiteralString = """
WITH mine AS (
    SELECT id FROM procrastinate_jobs
    WHERE id = %(job_id)s AND status = 'doing' AND attempts = %(attempts)s
        AND worker_id IS NOT DISTINCT FROM %(worker_id)s::bigint
    FOR UPDATE
)
"""
_FINISH: LiteralString = (
    _MINE
    + """
SELECT id, procrastinate_finish_job_v1(id, %(status)s, %(delete)s) FROM mine
"""
)
_RETRY: LiteralString = (
    _MINE
    + """
SELECT id, procrastinate_retry_job_v2(id, %(at)s, %(priority)s, NULL, NULL) FROM mine
"""
)
_NOTE_RESULT: LiteralString = (
    _MINE
    + """
INSERT INTO newsreel_result (job_id, key, exit_code, result)
SELECT id, %(key)s, %(exit_code)s, %(result)s::jsonb FROM mine
ON CONFLICT (job_id) DO UPDATE
SET ended = now(), exit_code = excluded.exit_code, result = excluded.result
"""
)
_REGISTER: LiteralString = """
INSERT INTO newsreel_worker VALUES (%(worker_id)s, %(name)s)
ON CONFLICT DO NOTHING
"""
_BEAT: LiteralString = """
UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = %(worker_id)s RETURNING id
"""
# While the server was away nobody could be heard of.
_PRUNE: LiteralString = """
WITH gone AS (
    DELETE FROM procrastinate_workers
    WHERE greatest(last_heartbeat, pg_postmaster_start_time())
        < now() - make_interval(secs => %(seconds)s)
    RETURNING id
)
SELECT gone.id, worker.name
FROM gone LEFT JOIN newsreel_worker worker ON worker.worker_id = gone.id
"""
# A worker that begins anew has the name that it had.
_TERMINATE: LiteralString = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE application_name = ANY(%(names)s::text[]) AND pid <> pg_backend_pid()
    AND NOT EXISTS (SELECT FROM newsreel_worker WHERE name = application_name)
"""
# Its right to them is over, in whatever state its own clock and the server's are.
_FREE: LiteralString = """
DELETE FROM run_holder WHERE name = ANY(%(names)s::text[])
    AND NOT EXISTS (SELECT FROM newsreel_worker WHERE newsreel_worker.name = run_holder.name)
"""
_LEFT: LiteralString = """
SELECT id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name,
    attempts, worker_id
FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL
"""
_HELD: LiteralString = """
SELECT id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name,
    attempts, worker_id
FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %(worker_id)s
"""
_WAITING: LiteralString = """
SELECT args ->> 'key' AS key FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND args ? 'key'
UNION
SELECT key FROM newsreel_result
WHERE exit_code = ANY(%(failed)s) AND ended > now() - interval '10 minutes'
"""
_JOBS_OF: LiteralString = """
SELECT DISTINCT ON (args ->> 'key') args ->> 'key' AS key, id FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND args ->> 'key' = ANY(%(keys)s::text[])
ORDER BY args ->> 'key', status = 'todo', id
"""
_LEFT_OF: LiteralString = """
SELECT id FROM procrastinate_jobs WHERE id = ANY(%(jobs)s::bigint[]) AND status IN ('todo', 'doing')
"""
_RESULTS_OF: LiteralString = """
SELECT job_id, result FROM newsreel_result WHERE job_id = ANY(%(jobs)s::bigint[])
"""
_OLD_RESULTS: LiteralString = """
DELETE FROM newsreel_result WHERE ended < now() - interval '1 day'
"""
_OLD_JOBS: LiteralString = """
DELETE FROM procrastinate_jobs job
WHERE status <> 'doing' AND NOT (args ? 'key' AND args ->> 'key' = ANY(%(known)s::text[]))
    AND NOT EXISTS (
        SELECT FROM procrastinate_events event
        WHERE event.job_id = job.id AND event.at > now() - interval '1 day'
    )
RETURNING args ->> 'key' AS key
"""
_COUNT: LiteralString = """
SELECT (SELECT count(*) FROM procrastinate_workers
        WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)) AS workers
"""
_LISTEN_AGAIN = 2.0  # seconds: the queue is looked at as often
_FAILED = [1, 2]  # exit codes of runs that nobody can tell from the ledger: a defect, a bad entry


class FencedJobs(JobManager):
    """The jobs of this worker, which is taken for dead after *timeout* seconds without a heartbeat.

    *name* is that of all its connections, those to the ledger among them. ``lease`` is renewed by
    each `beat`. All raise ``ConnectorException``.
    """

    connector: QueueConnector

    def __init__(self, connector: QueueConnector, name: str, timeout: float) -> None:
        super().__init__(connector)
        self._name = name
        self.timeout = timeout
        self.lease = Lease(timeout)
        self.worker_id: int | None = None
        self._held: set[int] = set()
        self._doubted: set[int] = set()

    # The worker

    async def register_worker(self) -> int:
        asked = lease_clock()
        worker_id = await super().register_worker()
        await self.connector.execute_query_async(_REGISTER, worker_id=worker_id, name=self._name)
        self.lease = Lease(self.timeout)
        self.lease.renew(asked)
        self.worker_id = worker_id
        self._held.clear()
        return worker_id

    async def unregister_worker(self, worker_id: int) -> None:
        self.worker_id = None
        await super().unregister_worker(worker_id)

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:
        """Do nothing: `take_over` does."""
        return []

    async def beat(self) -> bool:
        """Say that this worker is alive; return whether the others had not given it up."""
        worker_id, lease, asked = self.worker_id, self.lease, lease_clock()
        if worker_id is None:
            return True
        found = await self.connector.execute_query_all_async(_BEAT, worker_id=worker_id)
        if found:
            lease.renew(asked)
        return bool(found) or self.worker_id != worker_id

    async def take_over(self) -> list[str]:
        """Put the jobs of workers that were not heard of back; return what is worth telling.

        Their connections are ended first, and their locks freed: what they were about to write is
        not written.
        """
        gone = await self.connector.execute_query_all_async(_PRUNE, seconds=self.timeout)
        if names := [row["name"] for row in gone if row["name"]]:
            await self.connector.execute_query_all_async(_TERMINATE, names=names)
            await self.connector.execute_query_async(_FREE, names=names)
        told = [f"{row['name']} was not heard of for {self.timeout:g} s" for row in gone]
        rows = await self.connector.execute_query_all_async(_LEFT)
        for job in map(Job.from_row, rows):
            await self.retry_job(job, priority=_cut_off(job))
            told.append(f"{_said(job)} is put back, its worker is gone")
        return told

    async def give_back_unknown(self) -> None:
        """Put back what was given to this worker, twice looked at, and never came to its ears."""
        if self.worker_id is None:
            return
        rows = await self.connector.execute_query_all_async(_HELD, worker_id=self.worker_id)
        unknown = {row["id"]: row for row in rows if row["id"] not in self._held}
        for job_id in unknown.keys() & self._doubted:
            await self.retry_job(Job.from_row(unknown[job_id]))
        self._doubted = set(unknown)

    # Its jobs

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        try:
            job = await super().fetch_job(queues, worker_id)
        except UniqueViolation:  # another worker was faster
            return None
        except ConnectorException as error:
            if isinstance(error.__cause__, psycopg.errors.ForeignKeyViolation):
                return None  # this worker is given up, of which `beat` hears
            raise
        if job and job.id:
            self._held.add(job.id)
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        await self._end(job, _FINISH, status=status.value, delete=delete_job)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        try:
            await self._end(job, _RETRY, at=retry_at or utcnow(), priority=priority)
        except UniqueViolation:  # the source was put in again meanwhile
            await self.finish_job(job, Status.ABORTED, delete_job=True)

    async def _end(self, job: Job, query: LiteralString, **arguments: Any) -> None:
        rows = await self.connector.execute_query_all_async(query, **_whose(job), **arguments)
        self._held.discard(job.id or 0)
        if not rows:
            logger.warning("%s is another worker's by now", _said(job))

    async def note_result(self, job: Job, key: str, exit_code: int, result: object) -> None:
        """Note what came of *job*, unless it is another worker's by now."""
        await self.connector.execute_query_async(
            _NOTE_RESULT, key=key, exit_code=exit_code, result=json.dumps(result), **_whose(job)
        )

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Listen to all queues, which is one channel; while the server is away, try again."""
        while True:
            try:
                await super().listen_for_jobs(on_notification=on_notification)
            except ConnectorException as error:
                logger.info("Nothing is heard of new jobs: %s", error.__cause__)
            await asyncio.sleep(_LISTEN_AGAIN)

    # The queue

    async def waiting_keys(self) -> set[str]:
        """Return the keys of sources that wait, are read, or failed of late in a way of our own."""
        rows = await self.connector.execute_query_all_async(_WAITING, failed=_FAILED)
        return {row["key"] for row in rows}

    async def jobs_of(self, keys: Iterable[str]) -> dict[str, int]:
        """Return the jobs of the sources with *keys* that are read, or else wait."""
        rows = await self.connector.execute_query_all_async(_JOBS_OF, keys=list(keys))
        return {row["key"]: row["id"] for row in rows}

    async def left_of(self, jobs: Iterable[int]) -> set[int]:
        """Return those of *jobs* that have not ended."""
        rows = await self.connector.execute_query_all_async(_LEFT_OF, jobs=list(jobs))
        return {row["id"] for row in rows}

    async def results_of(self, jobs: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Return what came of those of *jobs* that made a run."""
        rows = await self.connector.execute_query_all_async(_RESULTS_OF, jobs=list(jobs))
        return {row["job_id"]: row["result"] for row in rows}

    async def forget_old(self, known: Iterable[str]) -> list[str]:
        """Forget results of a day ago, and jobs of sources not *known* that nobody took in a day.

        Return the keys of the latter.
        """
        await self.connector.execute_query_async(_OLD_RESULTS)
        rows = await self.connector.execute_query_all_async(_OLD_JOBS, known=list(known))
        return [row["key"] for row in rows if row["key"]]

    async def count_workers(self) -> int:
        """Return how many workers are alive."""
        row = await self.connector.execute_query_one_async(_COUNT, seconds=self.timeout)
        return int(row["workers"])


def _whose(job: Job) -> dict[str, Any]:
    return {"job_id": job.id, "worker_id": job.worker_id, "attempts": job.attempts}


def _cut_off(job: Job) -> int | None:
    return URGENT if "key" in job.task_kwargs else None


def _said(job: Job) -> str:
    return f"job {job.id} ({job.task_kwargs.get('key', job.task_name)})"
