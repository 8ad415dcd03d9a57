"""At most ten credits at the first vendor; what does not fit goes to the second one."""

from dataclasses import replace

import imagetasks_mock
from imagetasks import Client, ImageRequest, PollPolicy

QUICK = PollPolicy(min_gap=0.1)  # for the mock; leave it out for a real vendor


def main() -> None:
    # For a real vendor: Access(os.environ["GPTIMAGE2API_API_KEY"], credit_limit=10)
    with imagetasks_mock.serve(duration=0.5) as mock:
        first = replace(mock.access("gptimage2api"), credit_limit=10)
        access = {"gptimage2api": first, "akool": mock.access("akool")}
        with Client(access, policy=QUICK) as client:
            for n in range(5):
                request = ImageRequest(f"a pier, view {n}")
                task = client.run(["gptimage2api", "akool"], request, timeout=60)
                print(
                    task.provider,
                    *(f"(not {one.provider}: {one.error})" for one in task.tried),
                )
            for row in client.spent():
                print(f"{row.provider}: {row.tasks} tasks, {row.credits:g} credits")


if __name__ == "__main__":
    main()
