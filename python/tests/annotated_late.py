"""A task and types whose annotations are text until somebody asks, as with names that come later in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, Required, TypedDict

from task_api.tasks import Task


class Late(Task):
    name = "late"

    class Own(TypedDict):
        size: int
        name: NotRequired[str]

    Number = int

    def run(self, node: Node, own: Number = 1) -> Own:
        return {"size": node["size"]}


class Node(TypedDict, total=False):
    size: Required[int]
    name: NotRequired[str]
    depth: int


@dataclass
class Tree:
    branches: list[Tree]


@dataclass
class Broken:
    place: Nowhere  # type: ignore[name-defined]  # noqa: F821


@dataclass
class Odd:
    number: complex
