from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import UNSET, HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.error import Error
    from ...models.get_task_response import GetTaskResponse
    from ...models.rate_limit_error import RateLimitError


def get_kwargs(
    *,
    task_id: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["taskId"] = task_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/jobs/recordInfo",
        "params": params,
    }

    return _kwargs


def parse_response(response: HttpAnswer) -> Error | GetTaskResponse | RateLimitError | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.error import Error
    from ...models.get_task_response import GetTaskResponse
    from ...models.rate_limit_error import RateLimitError

    if response.status_code == 200:
        response_200 = GetTaskResponse.from_dict(response.json())

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
) -> Response[Error | GetTaskResponse | RateLimitError]:
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
    task_id: str,
) -> Response[Error | GetTaskResponse | RateLimitError]:
    """Read a task

     The state of a task. `success` and `fail` are terminal; `fail` also stands for a cancelled task,
    which nothing
    tells apart. There is no word for a task that waits in the queue as against one that runs, and no
    progress.

    How often to poll is not documented, apart from the limits of the key's tier.

    Args:
        task_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | GetTaskResponse | RateLimitError]
    """

    kwargs = get_kwargs(
        task_id=task_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    task_id: str,
) -> Error | GetTaskResponse | RateLimitError | None:
    """Read a task

     The state of a task. `success` and `fail` are terminal; `fail` also stands for a cancelled task,
    which nothing
    tells apart. There is no word for a task that waits in the queue as against one that runs, and no
    progress.

    How often to poll is not documented, apart from the limits of the key's tier.

    Args:
        task_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | GetTaskResponse | RateLimitError
    """

    return sync_detailed(
        client=client,
        task_id=task_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    task_id: str,
) -> Response[Error | GetTaskResponse | RateLimitError]:
    """Read a task

     The state of a task. `success` and `fail` are terminal; `fail` also stands for a cancelled task,
    which nothing
    tells apart. There is no word for a task that waits in the queue as against one that runs, and no
    progress.

    How often to poll is not documented, apart from the limits of the key's tier.

    Args:
        task_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | GetTaskResponse | RateLimitError]
    """

    kwargs = get_kwargs(
        task_id=task_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    task_id: str,
) -> Error | GetTaskResponse | RateLimitError | None:
    """Read a task

     The state of a task. `success` and `fail` are terminal; `fail` also stands for a cancelled task,
    which nothing
    tells apart. There is no word for a task that waits in the queue as against one that runs, and no
    progress.

    How often to poll is not documented, apart from the limits of the key's tier.

    Args:
        task_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | GetTaskResponse | RateLimitError
    """

    return (
        await asyncio_detailed(
            client=client,
            task_id=task_id,
        )
    ).parsed
