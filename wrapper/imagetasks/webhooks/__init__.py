"""
Webhooks: the vendor posts when there is news of a task. There is one module for each vendor that does. Needs `[webhooks]`.

    from imagetasks.webhooks import akool

    receiver = akool.Receiver(client_id, client_secret)
    app = receiver.asgi(client.notify)
"""

from ._event import WebhookEvent

__all__ = ["WebhookEvent"]
