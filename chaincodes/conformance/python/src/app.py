"""Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.

All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text:
lists are joined by commas, pairs by ``=``, what does not exist is ``<none>``, hashes are hexadecimal.
"""

import faults  # noqa: F401 - registers its functions
import ledger  # noqa: F401
import private  # noqa: F401
import proposal  # noqa: F401
