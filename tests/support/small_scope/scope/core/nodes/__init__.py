"""Nodes, as far as plugins see them (from 0.2.4 on)."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel


class NodePort(BaseModel):
    name: str
    port_type: str
    required: bool = True
    description: str = ""
    default_value: Any = None


class NodeParam(BaseModel):
    name: str
    param_type: Literal["number", "string", "boolean", "select"]
    default: Any = None
    description: str = ""
    ui: dict[str, Any] | None = None
    convertible_to_input: bool = True


class NodeDefinition(BaseModel):
    node_type_id: str
    display_name: str
    category: str = "general"
    description: str = ""
    inputs: list[NodePort] = []
    outputs: list[NodePort] = []
    params: list[NodeParam] = []
    continuous: bool = False


class Node:
    node_type_id: ClassVar[str] = ""

    def __init__(self, node_id: str = "", config: dict[str, Any] | None = None) -> None:
        self.node_id = node_id
        self.config = config or {}

    def shutdown(self) -> None:
        pass
