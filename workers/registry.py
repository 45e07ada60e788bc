"""What an exchange's workers know: all tasks, the reactions to facts, the schedule, the application."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import Flask

from config import Settings
from marketplace.kernel.events import Event

from . import queues
from .schedule import Periodic
from .tasks import Task

#: Where `lead-exchange worker` and `sweeper` find the registry, unless told otherwise.
DEFAULT = "workers.registry:exchange"


class RegistryError(Exception):
    """The registry contradicts itself, or is not where it was said to be."""


@dataclass(frozen=True)
class Registry:
    """The tasks by name and what starts them. Raises RegistryError where the parts do not fit."""

    tasks: Mapping[str, Task]
    reactions: Mapping[type[Event], Sequence[Task]]
    schedule: Sequence[Periodic]
    create_app: Callable[[Settings], Flask]

    def __post_init__(self) -> None:
        started = [task for tasks in self.reactions.values() for task in tasks]
        started += [periodic.task for periodic in self.schedule]
        for task in started:
            if self.tasks.get(task.name) is not task:
                raise RegistryError(f"the task {task.name} is started but not registered")
        names = [periodic.name for periodic in self.schedule]
        if len(set(names)) != len(names):
            raise RegistryError("two periodic jobs have one name")

    @cached_property
    def topics_by_queue(self) -> dict[str, list[str]]:
        """The names of the tasks on each queue that has any."""
        listed = {queue: [t.name for t in self.tasks.values() if t.queue == queue] for queue in queues.ALL}
        return {queue: names for queue, names in listed.items() if names}


def by_name(tasks: Iterable[Task]) -> dict[str, Task]:
    """The tasks under their names. Raises RegistryError when two have one name."""
    named: dict[str, Task] = {}
    for task in tasks:
        if named.setdefault(task.name, task) is not task:
            raise RegistryError(f"two tasks are called {task.name}")
    return named


def exchange() -> Registry:
    """The registry of the exchange: every task that a module of this package names."""
    # Here, since the tasks of every step come with them; a registry of tests needs none of those.
    from .reactions import REACTIONS  # noqa: PLC0415
    from .schedule import SCHEDULE  # noqa: PLC0415

    package = importlib.import_module(__package__ or "workers")
    modules = [
        importlib.import_module(f"{package.__name__}.{m.name}")
        for m in pkgutil.iter_modules(package.__path__)
    ]
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Task))
    return Registry(by_name(found), REACTIONS, SCHEDULE, work_app)


def work_app(settings: Settings) -> Flask:
    """The application that jobs run in: database and keys, no routes."""
    from marketplace.app import configure  # noqa: PLC0415  # brings every route with it

    app = Flask("workers", static_folder=None)
    configure(app, settings)
    return app


def load(address: str = DEFAULT) -> Registry:
    """The registry that the function at *address* (``module:function``) makes."""
    module, _, name = address.partition(":")
    try:
        made = getattr(importlib.import_module(module), name)()
    except (ModuleNotFoundError, AttributeError) as error:
        raise RegistryError(f"There is no registry at {address}: {error}.") from error
    if not isinstance(made, Registry):
        raise RegistryError(f"{address} does not make a registry.")
    return made
