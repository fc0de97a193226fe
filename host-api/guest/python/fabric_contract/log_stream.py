"""``print``, to the chaincode's log."""

from io import TextIOBase

from wit_world.imports import diagnostics
from wit_world.imports.diagnostics import Level

from .panic import sendable


class LogStream(TextIOBase):
    """A text stream whose lines become lines of the chaincode's log."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self._level = level
        self._line = ""

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def write(self, text: str) -> int:
        """Logs what is a whole line and keeps the rest."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._log(line)
        return len(text)

    def flush(self) -> None:
        """Logs what is left without a line end."""
        self._log(self._line)
        self._line = ""

    def _log(self, line: str) -> None:
        if line:
            diagnostics.log(self._level, sendable(line))
