"""Ways to misbehave."""

from typing import NoReturn

from fabric_contract import Context, UInt64, contract


@contract.evaluate
def echo(_: Context, value: list[UInt64]) -> list[int]:
    return value


@contract.submit
def panic(_: Context, message: str) -> NoReturn:
    raise RuntimeError(message)


@contract.submit("Loop")
def endless(_: Context) -> NoReturn:
    while True:
        pass


@contract.submit
def eat_memory(_: Context) -> NoReturn:
    eaten = []
    while True:
        eaten.append(b"\1" * (1 << 20))


@contract.submit("Recurse")
def recurse_from(_: Context, depth: UInt64) -> int:
    return recurse(depth)


def recurse(depth: int) -> int:
    return recurse(depth + 1) ^ depth


@contract.evaluate
def large(_: Context, bytes: UInt64) -> bytes:
    return b"x" * bytes


@contract.submit
def hold_iterators(context: Context, count: UInt64) -> None:
    held = [context.get_state_by_range() for _ in range(count)]
    del held
