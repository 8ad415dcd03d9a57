"""The ASGI application: the way of a request to the vendor, the results or the admin part."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from time import perf_counter

from .._world import World
from ..http.answers import Answer
from ..http.effects import NOT_PASSED_ON, SPOILED
from ..http.fault import Fault
from ..http.operations import Routes
from ..http.requests import (
    MAX_BODY,
    BodyTooLarge,
    Disconnected,
    Receive,
    Request,
    Scope,
    Send,
    read_body,
)
from ..outside.results import serve_result
from ..specs.schemas import Violation
from ..specs.spec import Operation
from ..state.log import Received
from ..vendors._base import Vendor
from .admin import administer
from .check import Check
from .directory import SPEC_FILES, list_everything, serve_spec
from .page import serve_page, wants_page


class App:
    def __init__(
        self,
        world: World,
        vendors: Iterable[Vendor],
        check: Check | None,
        host: str,
    ) -> None:
        self._host = host
        """As the server was told to listen: one of the names that it may be called by."""
        self._world = world
        self._check = check
        self._vendors = {vendor.name: vendor for vendor in vendors}
        self._routes = {
            name: Routes(vendor.spec) for name, vendor in self._vendors.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope)
        # There is no one to answer once the client has gone, or this server is stopping.
        with suppress(Disconnected, asyncio.CancelledError):
            try:
                if request.method != "GET":  # what comes with a GET has no meaning
                    await read_body(receive, request)
            except BodyTooLarge:
                words = f"a body has {MAX_BODY} bytes at most"
                await self._send(Answer.json(413, {"error": words}), receive, send)
                return
            _, name, *rest = [*request.path.split("/", 2), ""]
            if name in self._vendors and rest[0] not in SPEC_FILES:
                await self._answer_as_vendor(name, request, receive, send)
            else:
                answer = await self._answer(name, request)
                await self._send(answer, receive, send)

    async def _answer_as_vendor(
        self, name: str, request: Request, receive: Receive, send: Send
    ) -> None:
        started = perf_counter()
        received = self._call_vendor(name, request)
        try:
            await self._send(received.answer, receive, send)
        finally:
            received.took = perf_counter() - started
            self._world.changes.tell()

    async def _answer(self, name: str, request: Request) -> Answer:
        if name in self._vendors:
            return await serve_spec(request, self._vendors[name].spec)
        if request.path == "/" and request.method in ("GET", "HEAD"):
            if wants_page(request):
                return serve_page("index.html")
            return list_everything(request.origin, self._world)
        if name == "_page":
            return serve_page(request.path.removeprefix("/_page/"))
        if name == "_results":
            return await serve_result(request, self._world.tasks)
        if name == "_mock":
            return administer(request, self._world, self._host)
        names = ", ".join(f"/{name}/" for name in self._vendors)
        return Answer.json(404, {"error": f"the vendors are at {names}"})

    def _call_vendor(self, name: str, request: Request) -> Received:
        if tick := self._world.scenario.tick:
            with suppress(ValueError):  # the clock has come to its end
                self._world.clock.advance(tick)
        path = request.path.removeprefix(f"/{name}")
        server_path = self._vendors[name].spec.server_path
        # The path of the vendor's server may be left out: /<provider> stands for the whole of it too.
        if server_path and not path.startswith(f"{server_path}/"):
            path = server_path + path
        request.path = path
        methods = self._routes[name].find(request.path)
        operation = methods.get(request.method) if methods else None
        if methods is None:
            answer, fault = _no_such_path(name, self._routes[name]), None
        elif operation is None:
            answer, fault = _no_such_method(request, methods), None
        else:
            fault = self._world.faults.draw(name, operation, request)
            answer = self._perform(self._vendors[name], operation, request, fault)
        operation_id = operation.id if operation else None
        return self._world.log.add(name, operation_id, request, answer, fault)

    def _perform(
        self,
        vendor: Vendor,
        operation: Operation,
        request: Request,
        fault: Fault | None,
    ) -> Answer:
        if fault and fault.kind in NOT_PASSED_ON:
            now = self._world.clock.time()
            answer = NOT_PASSED_ON[fault.kind](fault, operation, now)
            return vendor.judge(operation, request, answer)
        answer = vendor.answer(operation, request)
        if self._check:
            answer = self._check(vendor, operation, answer)
        if fault:
            return SPOILED[fault.kind](answer, fault, vendor.lifecycle)
        return answer

    async def _send(self, answer: Answer, receive: Receive, send: Send) -> None:
        headers = [
            *answer.headers,
            (b"content-length", b"%d" % len(answer.body)),
            (b"date", self._world.clock.http_date()),
        ]
        start = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": headers,
        }
        await answer.delivery(start, answer.body, receive, send)


def _no_such_path(provider: str, routes: Routes) -> Answer:
    words = f"{provider} has {routes}"
    return _invalid(Answer.json(404, {"error": words}), "no such path", "path")


def _no_such_method(request: Request, methods: Mapping[str, Operation]) -> Answer:
    allow = ", ".join(methods)
    words = f"{request.method} is not among the methods of this path: {allow}"
    answer = Answer.json(405, {"error": words}, ((b"allow", allow.encode()),))
    return _invalid(answer, "no such method", "method")


def _invalid(answer: Answer, words: str, rule: str) -> Answer:
    return replace(answer, invalid=words, violations=(Violation("", words, rule),))
