"""One picture, from submit to file, with the three errors that you meet first."""

import imagetasks_mock
from imagetasks import (
    Client,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    TaskFailed,
    WaitTimeout,
)

QUICK = PollPolicy(min_gap=0.1)  # for the mock; leave it out for a real vendor


def picture(client: Client, prompt: str) -> None:
    try:
        task = client.run(
            "akool", ImageRequest(prompt, aspect_ratio="16:9"), timeout=60
        )
        print("saved:", *client.download(task, "out/"))
    except TaskFailed as error:
        print("the vendor could not make it:", error.task and error.task.error)
    except WaitTimeout as error:
        print("not yet; go on later with", error.task and error.task.to_token())
    except ImageTasksError as error:
        print(type(error).__name__, "-", error)


def main() -> None:
    # For a real vendor: with Client.from_env() as client:
    with (
        imagetasks_mock.serve(duration=0.5, fail="doomed") as mock,
        Client({"akool": mock.access("akool")}, policy=QUICK) as client,
    ):
        picture(client, "a lighthouse")
        picture(client, "doomed")


if __name__ == "__main__":
    main()
