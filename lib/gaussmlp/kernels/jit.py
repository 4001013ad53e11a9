"""Every compiler flag of the project, in one place.

The flags are part of the promise of equal bits: no ``fastmath`` (it lets LLVM reorder and
contract), no ``parallel`` (a float sum across threads has no fixed order), and NumPy's error model,
in which a division never raises.
"""

import hashlib
import os
from pathlib import Path

import numba
import platformdirs
from numba.extending import overload

from gaussmlp.kernels.machine_code import KernelCache

JIT_DISABLED = bool(numba.config.DISABLE_JIT)


def cache_folder():
    """Folder of everything the project stores: ``$GAUSSMLP_CACHE``, else the user's cache folder.

    Returns
    -------
    pathlib.Path
        The folder; it need not exist yet.
    """
    chosen = os.environ.get("GAUSSMLP_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("gaussmlp"))


def make_private(folder):
    """Make a folder, if there is none, that only its owner may enter: machine code is run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def engine_digest():
    """SHA-256 of the source text that decides the bits of a run.

    Returns
    -------
    str
        64 hexadecimal digits. Any change to a kernel, to the start of a run or to the training loop
        changes it, so that no stale result and no stale machine code is ever served.
    """
    package = Path(__file__).resolve().parents[1]
    sources = sorted((package / "kernels").glob("*.py"))
    sources += [package / name for name in ("protocol.py", "start.py", "model.py", "training.py")]
    digest = hashlib.sha256(f"numba {numba.__version__}".encode())
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


# no _nrt: kernels allocate nothing, and to count references to the arrays that they hand on took as
# long as all else at N = 3
_FLAGS = dict(nogil=True, _nrt=False, fastmath=False, parallel=False, error_model="numpy")
INNER = _FLAGS | dict(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # half the time to compile
_COMPILED = cache_folder() / "compiled" / engine_digest()[:16]


def inlined(function):
    """Compile a small function that only other kernels call; LLVM inlines it."""
    return numba.njit(**INNER)(function)


def kernel(function):
    """Compile an entry point and keep its machine code on disk."""
    compiled = numba.njit(**_FLAGS)(function)
    if not JIT_DISABLED:
        # numba stamps machine code with the function's own file only, but ours inline functions of
        # other files: a folder named by the digest of all of them makes a stale kernel impossible.
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(_COMPILED)
        try:
            make_private(cache_folder())
            compiled._cache = KernelCache(function)
        except (OSError, RuntimeError):
            pass  # nothing can be kept there: every process compiles for itself
        finally:
            numba.config.CACHE_DIR = before
    return compiled


def chosen_by_type(table):
    """Turn a stub into a call that its first argument's class selects from `table`.

    The choice is made while the caller is compiled, so it costs nothing when it runs.

    Parameters
    ----------
    table : dict
        From a NamedTuple class (the parameters of a variant) to its compiled function.
    """

    def decorate(stub):
        @overload(stub, inline="never", jit_options=INNER)
        def select(choice, *arguments):
            compiled = table.get(getattr(choice, "instance_class", None))
            if compiled is None:
                return None
            return lambda choice, *arguments: compiled(choice, *arguments)

        def interpreted(choice, *arguments):
            return table[type(choice)](choice, *arguments)

        return interpreted if JIT_DISABLED else stub

    return decorate
