from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...types import HttpAnswer, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.error import Error
    from ...models.task import Task


def get_kwargs(
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/ai/tasks/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }

    return _kwargs


def parse_response(response: HttpAnswer) -> Error | Task | None:
    """The typed body of a documented answer; None for any other status."""
    from ...models.error import Error
    from ...models.task import Task

    if response.status_code == 200:
        response_200 = Task.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | Task]:
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
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Error | Task]:
    """Read an image or video task

     The state of a task. 1 and 2 are terminal and answered from the vendor's database. While a task is
    pending,
    the model's provider is asked at most every 30 seconds; calls in between get the stored state.

    The vendor recommends to poll every 2 seconds. Faster polls gain nothing; gaps above 30 seconds are
    allowed. The
    vendor's sample loop stops after 180 seconds; that does not promise that the task has ended by then.

    An HTTP answer 200 can carry a failed task. A failed task is refunded: at once by one page, at once
    or soon
    after by another, so `status` 2 may come before the refund flag.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | Task]
    """

    kwargs = get_kwargs(
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Error | Task | None:
    """Read an image or video task

     The state of a task. 1 and 2 are terminal and answered from the vendor's database. While a task is
    pending,
    the model's provider is asked at most every 30 seconds; calls in between get the stored state.

    The vendor recommends to poll every 2 seconds. Faster polls gain nothing; gaps above 30 seconds are
    allowed. The
    vendor's sample loop stops after 180 seconds; that does not promise that the task has ended by then.

    An HTTP answer 200 can carry a failed task. A failed task is refunded: at once by one page, at once
    or soon
    after by another, so `status` 2 may come before the refund flag.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | Task
    """

    return sync_detailed(
        id=id,
        client=client,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Error | Task]:
    """Read an image or video task

     The state of a task. 1 and 2 are terminal and answered from the vendor's database. While a task is
    pending,
    the model's provider is asked at most every 30 seconds; calls in between get the stored state.

    The vendor recommends to poll every 2 seconds. Faster polls gain nothing; gaps above 30 seconds are
    allowed. The
    vendor's sample loop stops after 180 seconds; that does not promise that the task has ended by then.

    An HTTP answer 200 can carry a failed task. A failed task is refunded: at once by one page, at once
    or soon
    after by another, so `status` 2 may come before the refund flag.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | Task]
    """

    kwargs = get_kwargs(
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Error | Task | None:
    """Read an image or video task

     The state of a task. 1 and 2 are terminal and answered from the vendor's database. While a task is
    pending,
    the model's provider is asked at most every 30 seconds; calls in between get the stored state.

    The vendor recommends to poll every 2 seconds. Faster polls gain nothing; gaps above 30 seconds are
    allowed. The
    vendor's sample loop stops after 180 seconds; that does not promise that the task has ended by then.

    An HTTP answer 200 can carry a failed task. A failed task is refunded: at once by one page, at once
    or soon
    after by another, so `status` 2 may come before the refund flag.

    Args:
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | Task
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
        )
    ).parsed
