"""A worker that is killed, and a second start that goes on where it stopped. Nothing is paid for twice."""

import os
import subprocess
import sys

import imagetasks_mock
from imagetasks import (
    Access,
    Client,
    ImageRequest,
    PollPolicy,
    SubmitOutcomeUnknown,
    Task,
)

QUICK = PollPolicy(min_gap=0.1)  # for the mock; leave it out for a real vendor
JOURNAL = "resume.db"


def work(base_url: str) -> None:
    """Submits three pictures, and dies before it waits for them."""
    with Client({"akool": Access("any", base_url)}, journal=JOURNAL) as client:
        for n in range(3):
            client.submit(
                "akool", ImageRequest(f"a lighthouse, view {n}"), label=f"view-{n}"
            )
        os._exit(9)  # as kill -9 would


def go_on(base_url: str) -> None:
    with Client(
        {"akool": Access("any", base_url)}, journal=JOURNAL, policy=QUICK
    ) as client:
        for outcome in client.resume_all(timeout=60):
            if isinstance(outcome, Task):
                print("saved:", *client.download(outcome, "out/", name="{label}"))
            elif isinstance(outcome, SubmitOutcomeUnknown):
                print(
                    "look it up at the vendor, then resolve, resubmit or abandon:",
                    outcome.intent,
                )
            else:
                print(outcome)


def main() -> None:
    with imagetasks_mock.serve(duration=0.5) as mock:
        url = mock.base_url("akool")
        killed = subprocess.run([sys.executable, __file__, url])
        print("the first one ended with", killed.returncode)
        go_on(url)
        print(len(mock.tasks), "tasks at the vendor")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1])
    else:
        main()
