from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.error import Error
    from ...models.generate_video_request import GenerateVideoRequest
    from ...models.insufficient_credits_error import InsufficientCreditsError
    from ...models.invalid_request_error import InvalidRequestError
    from ...models.submitted_task import SubmittedTask


def get_kwargs(
    *,
    body: GenerateVideoRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/ai/video/generate",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(
    response: HttpAnswer,
) -> Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.error import Error
    from ...models.insufficient_credits_error import InsufficientCreditsError
    from ...models.invalid_request_error import InvalidRequestError
    from ...models.submitted_task import SubmittedTask

    if response.status_code == 200:
        response_200 = SubmittedTask.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = InvalidRequestError.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = InsufficientCreditsError.from_dict(response.json())

        return response_402

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask]:
    parsed = parse_response(response)
    if parsed is None and client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=parsed,
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: GenerateVideoRequest,
) -> Response[Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask]:
    """Submit a video task

     Answers at once with a task id and takes the credits; they come back by themselves when the task
    fails.
    A video is said to take 30 to 120 seconds.

    Not idempotent, as the vendor says itself: a repeated call creates, and bills, a second task. After
    an answer
    that got lost, the dashboard shows whether a task was created.

    No page that was read shows an answer of this call; it is described like the one of the image call.

    Args:
        body (GenerateVideoRequest): Resolution and other controls are fields of their own, by
            model; their names are not documented in what was
            read. Further fields are therefore accepted.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: GenerateVideoRequest,
) -> Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask | None:
    """Submit a video task

     Answers at once with a task id and takes the credits; they come back by themselves when the task
    fails.
    A video is said to take 30 to 120 seconds.

    Not idempotent, as the vendor says itself: a repeated call creates, and bills, a second task. After
    an answer
    that got lost, the dashboard shows whether a task was created.

    No page that was read shows an answer of this call; it is described like the one of the image call.

    Args:
        body (GenerateVideoRequest): Resolution and other controls are fields of their own, by
            model; their names are not documented in what was
            read. Further fields are therefore accepted.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: GenerateVideoRequest,
) -> Response[Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask]:
    """Submit a video task

     Answers at once with a task id and takes the credits; they come back by themselves when the task
    fails.
    A video is said to take 30 to 120 seconds.

    Not idempotent, as the vendor says itself: a repeated call creates, and bills, a second task. After
    an answer
    that got lost, the dashboard shows whether a task was created.

    No page that was read shows an answer of this call; it is described like the one of the image call.

    Args:
        body (GenerateVideoRequest): Resolution and other controls are fields of their own, by
            model; their names are not documented in what was
            read. Further fields are therefore accepted.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask]
    """

    kwargs = get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: GenerateVideoRequest,
) -> Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask | None:
    """Submit a video task

     Answers at once with a task id and takes the credits; they come back by themselves when the task
    fails.
    A video is said to take 30 to 120 seconds.

    Not idempotent, as the vendor says itself: a repeated call creates, and bills, a second task. After
    an answer
    that got lost, the dashboard shows whether a task was created.

    No page that was read shows an answer of this call; it is described like the one of the image call.

    Args:
        body (GenerateVideoRequest): Resolution and other controls are fields of their own, by
            model; their names are not documented in what was
            read. Further fields are therefore accepted.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | InsufficientCreditsError | InvalidRequestError | SubmittedTask
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
