"""Every compiler flag of the project, in one place.

The flags are part of the promise of equal bits: no ``fastmath`` (it lets LLVM reorder and
contract), no ``parallel`` (a float sum across threads has no fixed order), and NumPy's error model,
in which a division never raises.
"""

import functools
import hashlib
import pickle
import uuid
from contextlib import suppress
from pathlib import Path

import numba
from numba.core.caching import FunctionCache
from numba.core.serialize import dumps
from numba.extending import overload

from gaussmlp.store import cache_folder, engine_digest, make_private

# no _nrt: kernels allocate nothing, and to count references to the arrays that they hand on took as
# long as all else at N = 3
_FLAGS = dict(nogil=True, _nrt=False, fastmath=False, parallel=False, error_model="numpy")
INNER = _FLAGS | dict(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # half the time to compile


def inlined(function):
    """Compile a small function that only other kernels call; LLVM inlines it where that pays."""
    return numba.njit(**INNER)(function)


def always_inlined(function):
    """Compile one that takes many arrays: to hand them on would cost 15% of a step at N = 3."""
    return numba.njit(**INNER, forceinline=True)(function)


def kernel(function):
    """Compile an entry point at its first call and keep its machine code on disk."""
    compiled = numba.njit(**_FLAGS)(function)
    if not numba.config.DISABLE_JIT:
        compiled._cache = _KernelCache(function)
    return compiled


def chosen_by_class(name):
    """Return a call of the function of some name that the first argument's class has.

    The choice is made while the caller is compiled, so it costs nothing when it runs.
    """

    def call(choice, *arguments):
        return getattr(type(choice), name)(choice, *arguments)

    @overload(call, inline="never", jit_options=INNER)
    def select(choice, *arguments):
        compiled = getattr(getattr(choice, "instance_class", None), name, None)
        if compiled is None:
            return None
        return lambda choice, *arguments: compiled(choice, *arguments)

    return call


@functools.cache
def compiled_folder():
    """Folder of machine code, named by the engine, and so by all files that a kernel inlines."""
    return cache_folder() / "compiled" / engine_digest()[:16]


class _KernelCache(FunctionCache):
    """Machine code on disk, one file for each kernel, signature and processor.

    numba's own index can give two processes that compile at once each other's code.
    """

    class _impl_class(FunctionCache._impl_class):
        # only the folder we name: numba would fall back to __pycache__, which knows no engine
        _locator_classes = FunctionCache._impl_class._locator_classes[:1]

    def __init__(self, function):
        self._function, self._enabled, self._opened = function, False, False

    def load_overload(self, sig, target_context):
        """Return kept machine code, None if there is none."""
        self._open()
        return super().load_overload(sig, target_context)

    def save_overload(self, sig, data):
        """Keep machine code, or do without where nothing can be written."""
        with suppress(OSError):
            super().save_overload(sig, data)

    def _open(self):
        # at the first call, not at import
        if self._opened:
            return
        self._opened = True
        before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(compiled_folder())
        try:
            make_private(cache_folder())
            super().__init__(self._function)
            self._cache_file = _Files(self.cache_path, self._impl.filename_base)
        except (OSError, RuntimeError):
            self._enabled = False  # nothing can be kept: every process compiles for itself
        finally:
            numba.config.CACHE_DIR = before


class _Files:
    def __init__(self, folder, name):
        self._folder, self._name = Path(folder), name

    def load(self, key):
        try:
            with self._path(key).open("rb") as file:
                return pickle.load(file)
        except FileNotFoundError:
            return None

    def save(self, key, data):
        path = self._path(key)
        part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(dumps(data))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _path(self, key):
        digest = hashlib.sha256(repr(key).encode()).hexdigest()
        return self._folder / f"{self._name}-{digest[:32]}"
