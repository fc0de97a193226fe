"""The functions of a contract, by the names clients call them."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, Callable, NamedTuple, TypeVar, get_args, get_origin, get_type_hints, overload

from .arguments import Converter, Int32, Int64, UInt32, UInt64, converter
from .context import Context
from .errors import ContractError
from .response import payload

F = TypeVar("F", bound=Callable[..., Any])

_INTEGER_NAMES = {Int32: "Int32", Int64: "Int64", UInt32: "UInt32", UInt64: "UInt64"}


class _Parameter(NamedTuple):
    name: str
    #: As it is shown to people.
    type_name: str
    converter: Converter


class _Function(NamedTuple):
    #: ``submit`` or ``evaluate``.
    kind: str
    parameters: list[_Parameter]
    #: The type of the result as it is shown to people; empty where there is none or it is not annotated.
    returns: str
    body: Callable[..., Any]


class Contract:
    """What a contract offers. A contract has one, ``fabric_contract.contract``."""

    def __init__(self) -> None:
        self._functions: dict[str, _Function] = {}

    @overload
    def submit(self, name: F) -> F: ...

    @overload
    def submit(self, name: str) -> Callable[[F], F]: ...

    def submit(self, name: F | str) -> F | Callable[[F], F]:
        """Offers a function that writes to the ledger.

        Clients call ``create_asset`` by the name ``CreateAsset``. ``@contract.submit("Create")`` chooses another name. The first
        parameter is the :class:`Context`; the others are the client's arguments, converted to the annotated types.
        """
        return self._offer("submit", name)

    @overload
    def evaluate(self, name: F) -> F: ...

    @overload
    def evaluate(self, name: str) -> Callable[[F], F]: ...

    def evaluate(self, name: F | str) -> F | Callable[[F], F]:
        """Offers a function that only reads; otherwise like :meth:`submit`."""
        return self._offer("evaluate", name)

    def _offer(self, kind: str, name: F | str) -> F | Callable[[F], F]:
        if isinstance(name, str):
            return lambda function: self._add(kind, name, function)
        return self._add(kind, _client_name(name.__name__), name)

    def _add(self, kind: str, name: str, function: F) -> F:
        if name in self._functions:
            raise ValueError(f"two functions have the name {name}")
        self._functions[name] = _Function(kind, _parameters(function), _returns(function), function)
        return function

    def call(self, context: Context, name: str, args: list[bytes]) -> bytes:
        """Runs one function; ``args`` are the client's arguments without the function's name."""
        function = self._functions.get(name)
        if function is None:
            raise ContractError(f"Function {name} not found in contract")
        expected = len(function.parameters)
        if len(args) != expected:
            raise ContractError(f"Incorrect number of params. Expected {expected}, received {len(args)}")
        pairs = zip(function.parameters, args)
        values = [parameter.converter.convert(parameter.name, value) for parameter, value in pairs]
        return payload(function.body(context, *values))

    def declaration(self) -> str:
        """The functions as tools show them: lines such as ``evaluate ReadAsset(id: str) -> bytes``."""
        return "".join(_line(name, function) for name, function in self._functions.items())


#: The contract that the component offers.
contract = Contract()


def _client_name(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _line(name: str, function: _Function) -> str:
    parameters = ", ".join(f"{parameter.name}: {parameter.type_name}" for parameter in function.parameters)
    returns = f" -> {function.returns}" if function.returns else ""
    return f"{function.kind} {name}({parameters}){returns}\n"


def _returns(function: Callable[..., Any]) -> str:
    annotation = get_type_hints(function, include_extras=True).get("return", type(None))
    return "" if annotation is type(None) else _type_name(annotation)


def _parameters(function: Callable[..., Any]) -> list[_Parameter]:
    """All but the context; raises :class:`TypeError` when the function cannot be called with a client's arguments."""
    where = f"{function.__module__}.{function.__qualname__}"
    hints = get_type_hints(function, include_extras=True)
    found = list(inspect.signature(function).parameters.values())
    if not found:
        raise TypeError(f"{where} needs a first parameter for the context")
    parameters = []
    for parameter in found[1:]:
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.default is not parameter.empty:
            raise TypeError(f"{where}: the parameter {parameter.name} must be a plain one without a default")
        if parameter.name not in hints:
            raise TypeError(f"{where}: the parameter {parameter.name} needs a type")
        annotation = hints[parameter.name]
        try:
            parameters.append(_Parameter(parameter.name, _type_name(annotation), converter(annotation)))
        except TypeError as error:
            raise TypeError(f"{where}: the parameter {parameter.name}: {error}") from None
    return parameters


def _type_name(annotation: Any) -> str:
    if annotation in _INTEGER_NAMES:
        return _INTEGER_NAMES[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(arguments[0])
    if origin is not None:
        return f"{_type_name(origin)}[{', '.join(map(_type_name, arguments))}]"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
