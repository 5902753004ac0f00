"""LangChain's `ChatBedrockConverse`, imported without what a function never uses of it.

Most of what `from langchain_aws import ChatBedrockConverse` costs at a cold start is not the chat
model: it is the client of LangSmith (a tracing service outside AWS, to which no conversation of
Tandem goes), two HTTP libraries, YAML, pydantic's old version 1, the other model providers, and the
building of pydantic validators for classes that are never instantiated. Import the model from here
and nowhere else:

    from tandem.aws.chat_models import ChatBedrockConverse

The class is LangChain's own. Only its import differs, in four ways that end with this module's
import, so that whoever imports one of these packages later gets the real one:

- `_NEVER_USED`: modules of which LangChain only takes names, for annotations, `except` and
  `isinstance`. A stand-in gives it such names; calling one raises `RuntimeError`.
- `_TAKEN_FROM`: modules that are only asked for a name of another one;
- packages whose `__init__` imports every provider are entered without running it;
- pydantic builds the validators of LangChain's classes at first use (its `defer_build`). Those that
  gate and answer use at the same time, in two threads, are built here: building is not locked.

What LangChain would import during the first call is imported here, so that the first turn does not
pay for it. `tests/unit/test_lazy_imports.py` holds all of this against the installed versions;
`benchmarks/cold_start.py` measures it.

With `LANGSMITH_TRACING` set, LangChain logs one warning per call and goes on without tracing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import NoReturn

from pydantic import BaseModel

_NEVER_USED = (
    "jsonpatch",
    "langchain_protocol.protocol",
    "langsmith._httpx",
    "langsmith._internal._v2_migration_utils",
    "langsmith.client",
    "langsmith.schemas",
    "pydantic.v1",
    "requests",
    "tenacity",
    "yaml",
)
_ENTERED_WITHOUT_INIT = ("langchain_aws", "langchain_aws.chat_models")
_TAKEN_FROM = {"langchain_core.prompts.chat": "langchain_core.messages"}
_IMPORTED_BY_THE_FIRST_CALL = (
    "langchain_core.env",
    "langchain_core.messages.block_translators.langchain_v0",
    "langchain_core.tools.simple",
    "langchain_core.tracers._compat",
    "langchain_core.tracers.context",
    "langchain_core.tracers.langchain",
    "langchain_core.tracers.run_collector",
    "langchain_core.tracers.stdout",
    "langsmith.run_helpers",
)


class _LeftOut(ModuleType):
    """A stand-in that has every public name: each is an exception type that cannot be made."""

    def __getattr__(self, name: str) -> type[Exception]:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_: object, **__: object) -> NoReturn:
            raise RuntimeError(f"{self.__name__}.{name} is left out of this function")

        placeholder = type(name, (Exception,), {"__init__": refuse, "__module__": self.__name__})
        setattr(self, name, placeholder)
        return placeholder


def _entered(package: str) -> ModuleType:
    """The package as a bare namespace: submodules can be imported, its `__init__` is not run."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"No package named {package!r}", name=package)
    module = ModuleType(package)
    module.__path__ = list(spec.submodule_search_locations)
    return module


@contextmanager
def _only_what_is_used() -> Iterator[None]:
    """Put the stand-ins in place of what is not loaded yet; take them away in the end."""
    in_place: dict[str, ModuleType] = {}
    BaseModel.model_config["defer_build"] = True
    try:
        for name in (*_ENTERED_WITHOUT_INIT, *_NEVER_USED):
            if name not in sys.modules:
                make = _entered if name in _ENTERED_WITHOUT_INIT else _LeftOut
                in_place[name] = sys.modules[name] = make(name)
        for name, source in _TAKEN_FROM.items():
            if name not in sys.modules:
                in_place[name] = sys.modules[name] = import_module(source)
        yield
    finally:
        del BaseModel.model_config["defer_build"]
        for name, module in in_place.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


with _only_what_is_used():
    from langchain_aws.chat_models.bedrock_converse import ChatBedrockConverse
    from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage

    for _name in _IMPORTED_BY_THE_FIRST_CALL:
        import_module(_name)

# Every turn needs these, and a cold start has more CPU than a request.
for _model in (AIMessage, AIMessageChunk, ChatBedrockConverse, HumanMessage, SystemMessage):
    _model.model_rebuild()

__all__ = ["AIMessage", "AIMessageChunk", "ChatBedrockConverse", "HumanMessage", "SystemMessage"]
