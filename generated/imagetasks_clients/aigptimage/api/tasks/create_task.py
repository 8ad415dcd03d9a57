from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import UNSET, HttpAnswer, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.create_task_request import CreateTaskRequest
    from ...models.create_task_response import CreateTaskResponse
    from ...models.error import Error
    from ...models.rate_limit_error import RateLimitError


def get_kwargs(
    *,
    body: CreateTaskRequest,
    x_request_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_request_id, Unset):
        headers["X-Request-ID"] = x_request_id

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/jobs/createTask",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def parse_response(response: HttpAnswer) -> CreateTaskResponse | Error | RateLimitError | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.create_task_response import CreateTaskResponse
    from ...models.error import Error
    from ...models.rate_limit_error import RateLimitError

    if response.status_code == 200:
        response_200 = CreateTaskResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = Error.from_dict(response.json())

        return response_402

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 422:
        response_422 = Error.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = RateLimitError.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreateTaskResponse | Error | RateLimitError]:
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
    body: CreateTaskRequest,
    x_request_id: str | Unset = UNSET,
) -> Response[CreateTaskResponse | Error | RateLimitError]:
    """Submit an image or video task

     Answers at once with a task id. The task is accepted then, not finished.

    Send an X-Request-ID to be able to repeat the call: it is the only documented guard against a second
    task, and
    a second bill.

    Args:
        x_request_id (str | Unset):
        body (CreateTaskRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateTaskResponse | Error | RateLimitError]
    """

    kwargs = get_kwargs(
        body=body,
        x_request_id=x_request_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTaskRequest,
    x_request_id: str | Unset = UNSET,
) -> CreateTaskResponse | Error | RateLimitError | None:
    """Submit an image or video task

     Answers at once with a task id. The task is accepted then, not finished.

    Send an X-Request-ID to be able to repeat the call: it is the only documented guard against a second
    task, and
    a second bill.

    Args:
        x_request_id (str | Unset):
        body (CreateTaskRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateTaskResponse | Error | RateLimitError
    """

    return sync_detailed(
        client=client,
        body=body,
        x_request_id=x_request_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTaskRequest,
    x_request_id: str | Unset = UNSET,
) -> Response[CreateTaskResponse | Error | RateLimitError]:
    """Submit an image or video task

     Answers at once with a task id. The task is accepted then, not finished.

    Send an X-Request-ID to be able to repeat the call: it is the only documented guard against a second
    task, and
    a second bill.

    Args:
        x_request_id (str | Unset):
        body (CreateTaskRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreateTaskResponse | Error | RateLimitError]
    """

    kwargs = get_kwargs(
        body=body,
        x_request_id=x_request_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: CreateTaskRequest,
    x_request_id: str | Unset = UNSET,
) -> CreateTaskResponse | Error | RateLimitError | None:
    """Submit an image or video task

     Answers at once with a task id. The task is accepted then, not finished.

    Send an X-Request-ID to be able to repeat the call: it is the only documented guard against a second
    task, and
    a second bill.

    Args:
        x_request_id (str | Unset):
        body (CreateTaskRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreateTaskResponse | Error | RateLimitError
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            x_request_id=x_request_id,
        )
    ).parsed
