"""What is said about an exception that no transaction function may raise.

Python's own traceback module reads source files, and there are none at the peer.
"""

from __future__ import annotations

#: Callers that are named in the log.
_FRAMES_MAX = 20


def sendable(text: str) -> str:
    """A text that the peer can take: half characters become question marks."""
    return text.encode("utf-8", "replace").decode()


def describe(error: BaseException, root: str) -> str:
    """The exception's text, its type, and the line of the contract that raised it or called what did."""
    places = _places(error, root)
    text = ", ".join(part for part in (str(error), type(error).__name__) if part)
    return sendable(f"{text} at {places[0]}" if places else text)


def log_line(error: BaseException, root: str) -> str:
    """The same with the callers of that line."""
    return ", called at ".join([describe(error, root), *_places(error, root)[1:_FRAMES_MAX]])


def _places(error: BaseException, root: str) -> list[str]:
    """Lines of the contract's own files, innermost first."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(root) and not file.startswith(f"{root}fabric_contract/"):
            found.append(f"{file.removeprefix(root)}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[::-1]
