"""Ten pictures at two vendors, saved as they end."""

import asyncio

import imagetasks_mock
from imagetasks import AsyncClient, ImageRequest, PollPolicy, Task

QUICK = PollPolicy(min_gap=0.1)  # for the mock; leave it out for a real vendor
VENDORS = ("akool", "gptimage2api")


async def save(client: AsyncClient, vendor: str) -> int:
    requests = [ImageRequest(f"a lighthouse, view {n}") for n in range(5)]
    labels = [f"view-{n}" for n in range(5)]
    outcomes = await client.submit_many(vendor, requests, label=labels)
    tasks = [each for each in outcomes if isinstance(each, Task)]
    saved = 0
    async for task in client.as_completed(tasks, timeout=120, return_errors=True):
        if isinstance(task, Task):
            saved += len(await client.download(task, "out/", name="{label}-{provider}"))
        else:
            print(vendor, task.label, "-", task)
    return saved


async def main() -> None:
    # For a real vendor: async with AsyncClient.from_env() as client:
    with imagetasks_mock.serve(duration=0.5) as mock:
        access = {vendor: mock.access(vendor) for vendor in VENDORS}
        async with AsyncClient(access, policy=QUICK) as client:
            counts = await asyncio.gather(*(save(client, vendor) for vendor in VENDORS))
            print(dict(zip(VENDORS, counts, strict=True)))


if __name__ == "__main__":
    asyncio.run(main())
