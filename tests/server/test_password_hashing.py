"""A few passwords are hashed at once and a few requests wait; others are refused without using a thread."""

import asyncio
import threading

import pytest
from django.contrib.auth import get_user_model, hashers
from django.http import HttpResponse
from django.test import AsyncClient, RequestFactory

from broadcast.asgi.threads import SharedThreads
from broadcast.page.password_hashing import MAX_AT_ONCE, MAX_WAITING, HashingQueue, bounded_hashing, hashes
from tests.support.server import until

ROOM = MAX_AT_ONCE + MAX_WAITING


class Work:
    """Requests that are answered when they may be; counts how many are at work."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.now = self.most = self.begun = 0

    async def __call__(self, request: object = None) -> HttpResponse:
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.may_end.wait()
        self.now -= 1
        return HttpResponse("done")


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
async def test_logins_beyond_the_queue_are_refused_with_a_delay(path):
    work = Work()
    answer = bounded_hashing(work)
    asked = [asyncio.create_task(answer(RequestFactory().post(path))) for _ in range(60)]
    await until(lambda: sum(task.done() for task in asked) == 60 - ROOM)
    refused = [task.result() for task in asked if task.done()]
    assert {response.status_code for response in refused} == {503}
    assert all(int(response["Retry-After"]) > 0 for response in refused)
    work.may_end.set()
    answers = [(await task).status_code for task in asked]
    assert answers.count(200) == ROOM
    assert work.most == MAX_AT_ONCE
    assert (await answer(RequestFactory().post(path))).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "is_bound"),
    [
        ("post", "/login/", True),
        ("put", "/login/", True),
        ("post", "/admin/login/", True),
        ("post", "/admin/password_change/", True),
        ("post", "/admin/auth/user/add/", True),
        ("post", "/admin/auth/user/1/password/", True),
        ("get", "/login/", False),
        ("post", "/api/events", False),
        ("post", "/nowhere/", False),
    ],
)
def test_every_form_that_hashes_a_password_is_bound(method, path, is_bound):
    assert hashes(getattr(RequestFactory(), method)(path)) is is_bound


async def test_whoever_goes_while_waiting_leaves_the_queue():
    work, queue = Work(), HashingQueue(at_once=1, waiting=2)
    first = asyncio.create_task(queue.run(work))
    await until(lambda: work.begun)
    for _ in range(20):
        waits = asyncio.create_task(queue.run(work))
        await asyncio.sleep(0)
        waits.cancel()
        await asyncio.wait([waits])
    assert work.begun == 1
    rest = [asyncio.create_task(queue.run(work)) for _ in range(2)]
    await asyncio.sleep(0)
    assert await queue.run(work) is None
    work.may_end.set()
    assert all(await asyncio.gather(first, *rest))


async def test_a_cancelled_login_holds_its_slot_while_hashing():
    work, queue = Work(), HashingQueue(at_once=1, waiting=100)
    for _ in range(20):
        gone = asyncio.create_task(queue.run(work))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
    assert work.most == 1
    work.may_end.set()
    assert await queue.run(work)


@pytest.mark.django_db(transaction=True)
async def test_few_hashes_run_at_once_and_others_are_served(monkeypatch):
    """Through middleware, view and backend, on threads; the hasher is held until the end."""
    await get_user_model().objects.acreate_user("ada", password="correct horse")
    may_end, now, most = threading.Event(), set(), []
    check = hashers.MD5PasswordHasher.encode

    def encode(self, *args, **more):
        now.add(threading.get_ident())
        most.append(len(now))
        may_end.wait(60)
        now.discard(threading.get_ident())
        return check(self, *args, **more)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", encode)
    threads = threading.active_count()
    client = AsyncClient()
    asked = [asyncio.create_task(client.post("/login/", {"username": f"u{n}", "password": "x"})) for n in range(60)]
    await until(lambda: sum(task.done() for task in asked) == 60 - ROOM and most)
    assert max(most) <= MAX_AT_ONCE
    assert (await AsyncClient().get("/livez")).status_code == 200
    assert threading.active_count() - threads < 20
    may_end.set()
    assert sorted({(await task).status_code for task in asked}) == [200, 503]


async def test_many_requests_share_a_few_threads():
    from asgiref.sync import sync_to_async

    used = set()

    async def view(scope, receive, send):
        await sync_to_async(lambda: used.add(threading.get_ident()))()
        await asyncio.sleep(0)
        await sync_to_async(lambda: used.add(threading.get_ident()))()

    shared = SharedThreads(view, threads=3)
    await asyncio.gather(*(shared({}, None, None) for _ in range(200)))
    assert len(used) == 3


async def test_a_request_stays_on_its_thread_and_avoids_a_busy_one():
    from asgiref.sync import sync_to_async

    may_end, seen = threading.Event(), []

    async def view(scope, receive, send):
        if scope["is_long"]:
            await sync_to_async(may_end.wait)(60)
        else:
            seen.append([await sync_to_async(threading.get_ident)() for _ in range(3)])

    shared = SharedThreads(view, threads=2)
    long = asyncio.create_task(shared({"is_long": True}, None, None))
    await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.wait_for(shared({"is_long": False}, None, None), 60)
    may_end.set()
    await long
    assert {len(set(idents)) for idents in seen} == {1}
