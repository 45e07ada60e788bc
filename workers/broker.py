"""The settings of Celery, for each kind of broker."""

from __future__ import annotations

from typing import Any, Final

from kombu.entity import Queue

from config import Settings

from . import database_broker, queues

#: A duty is killed after this long; it must stay under the broker's redelivery time.
HARD_LIMIT_SECONDS: Final = 60
SOFT_LIMIT_SECONDS: Final = 45
REDELIVERY_SECONDS: Final = 180

_COMMON: Final[dict[str, Any]] = {
    # The truth is in PostgreSQL.
    "task_ignore_result": True,
    # Both, or a message is acknowledged although the child that had it died.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_time_limit": HARD_LIMIT_SECONDS,
    "task_soft_time_limit": SOFT_LIMIT_SECONDS,
    "task_publish_retry": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 4,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_soft_shutdown_timeout": 30,
    "worker_enable_soft_shutdown_on_idle": True,
    "worker_max_tasks_per_child": 1000,
    "worker_max_memory_per_child": 400_000,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_default_delivery_mode": 2,
    "task_default_queue": queues.DEFAULT,
    "task_create_missing_queues": False,
    # Health is a heartbeat row, so the channels of remote control are not needed on any broker.
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "enable_utc": True,
}


def configuration(settings: Settings) -> dict[str, Any]:
    """Everything that Celery is told, by the broker in use."""
    url = settings.broker_url
    if url is None:
        return {**_COMMON, **_database(settings.database_url)}
    if url.startswith(("redis://", "rediss://")):
        return {**_COMMON, **_redis(url)}
    return {**_COMMON, **_rabbitmq(url)}


def _plain_queues(arguments: dict[str, Any] | None = None) -> list[Queue]:
    return [Queue(name, routing_key=name, queue_arguments=arguments) for name in queues.ALL]  # type: ignore[no-untyped-call]  # kombu has no types


def _database(url: str) -> dict[str, Any]:
    database_broker.register()
    return {
        "broker_url": f"{database_broker.SCHEME}+{url}",
        "task_queues": _plain_queues(),
        # These go to SQLAlchemy's create_engine and nowhere else: an option of Redis would break it.
        "broker_transport_options": {
            "pool_pre_ping": True,
            "pool_size": 2,
            "max_overflow": 2,
            "connect_args": {"connect_timeout": 4, "application_name": "lead-exchange broker"},
        },
    }


def _redis(url: str) -> dict[str, Any]:
    visibility = {"visibility_timeout": REDELIVERY_SECONDS}
    return {
        "broker_url": url,
        "task_queues": _plain_queues(),
        "visibility_timeout": REDELIVERY_SECONDS,
        "result_backend_transport_options": visibility,
        "broker_transport_options": {
            **visibility,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "socket_keepalive": True,
            "health_check_interval": 15,
        },
    }


def _rabbitmq(url: str) -> dict[str, Any]:
    arguments = {
        "x-queue-type": "quorum",
        # A message is a hint: after so many deliveries it may go, the row is asked for again.
        "x-delivery-limit": 20,
        "x-consumer-timeout": 30 * 60 * 1000,
    }
    return {
        "broker_url": url,
        "task_default_queue_type": "quorum",
        "task_queues": _plain_queues(arguments),
        "broker_heartbeat": 15,
        # Without confirms a message is dropped silently when the broker is short of memory or disk.
        "broker_transport_options": {"confirm_publish": True, "confirm_timeout": 10},
    }
