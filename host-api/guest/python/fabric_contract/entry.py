"""What the component exports: the functions that the contract's module ``app`` registers.

This module runs once, when the component is built; its memory then is what every call begins with.
"""

import gc
import sys
from importlib.machinery import BuiltinImporter, FrozenImporter
from typing import NoReturn

import app  # noqa: F401 - registers its functions
from componentize_py_types import Err
from wit_world.imports import diagnostics
from wit_world.imports.diagnostics import Level

from .context import Context
from .errors import ContractError
from .log_stream import LogStream
from .panic import describe, log_line, sendable
from .registry import contract

#: The folder of the contract's modules, as they see it in the build.
_ROOT = __file__.removesuffix("fabric_contract/entry.py")


class _NoFiles:
    """Answers for the modules that no import of the build has brought along."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> NoReturn:
        """Says why the import fails; looking for a file would end the call without a word."""
        raise ModuleNotFoundError(f"{name} must be imported at the top of a module, not during a call", name=name)


class Contract:
    """The exported interface."""

    def init(self, function: str, args: list[bytes]) -> bytes:
        """Runs a function while the chaincode is initialised."""
        return self.invoke(function, args)

    def invoke(self, function: str, args: list[bytes]) -> bytes:
        """Runs a function."""
        sys.meta_path[:] = _FINDERS
        sys.stdout, sys.stderr = _STDOUT, _STDERR
        try:
            return contract.call(Context(), function, args)
        except ContractError as error:
            raise Err(sendable(str(error))) from None
        except BaseException as error:
            # Left to the bindings, the exception would end the call without a word to the client.
            _flush()
            diagnostics.log(Level.ERROR, log_line(error, _ROOT))
            diagnostics.abort(describe(error, _ROOT))
            raise
        finally:
            _flush()


def _flush() -> None:
    """Logs what was printed without a line end. Nothing runs after an abort."""
    _STDOUT.flush()
    _STDERR.flush()


# The build adds this to the component as a custom section.
with open(f"{_ROOT}functions.txt", "w", encoding="utf-8") as _file:
    _file.write(contract.declaration())

# These take their places in the call only, because the build goes on after this module.
_FINDERS = [BuiltinImporter, FrozenImporter, _NoFiles]
_STDOUT, _STDERR = LogStream(Level.INFO), LogStream(Level.ERROR)

# Objects of the imports live as long as the instance. Searching them for garbage would touch all their memory in every call.
gc.collect()
gc.freeze()
