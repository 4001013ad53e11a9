"""Machine code on disk, in files that begin with their own checksum.

numba keeps compiled functions as well, but trusts its files: a flipped bit is executed, half an
index ends in a traceback, and two processes that compile two signatures of one function at once can
be given each other's code. Here each (function, signature, processor) has a file of its own.

What is kept is code by nature: the checksum tells damage, not malice.
"""

import hashlib
import pickle
import uuid
import warnings
from contextlib import suppress
from pathlib import Path

from numba.core.caching import FunctionCache
from numba.core.serialize import dumps

_SEAL = hashlib.sha256().digest_size


class KernelCache(FunctionCache):
    """What numba asks for the machine code of one function.

    Parameters
    ----------
    function : function
        The kernel, not compiled.

    Raises
    ------
    RuntimeError
        If ``numba.config.CACHE_DIR`` is not a folder that can be written.
    """

    class _impl_class(FunctionCache._impl_class):
        # only the folder we name: numba would fall back to __pycache__, which knows no engine
        _locator_classes = FunctionCache._impl_class._locator_classes[:1]

    def __init__(self, function):
        super().__init__(function)
        source = self._impl.locator.get_source_stamp()
        self._cache_file = _Sealed(Path(self.cache_path), self._impl.filename_base, source)

    def save_overload(self, sig, data):
        """Keep machine code, or do without where nothing can be written."""
        with suppress(OSError):
            super().save_overload(sig, data)


class _Sealed:
    def __init__(self, folder, name, source):
        self._folder, self._name, self._source = folder, name, source

    def load(self, key):
        path = self._path(key)
        try:
            content = memoryview(path.read_bytes())
        except OSError:
            return None
        if hashlib.sha256(content[_SEAL:]).digest() != content[:_SEAL]:
            warnings.warn(f"{path} fails its checksum and is compiled anew", stacklevel=2)
            return None
        return pickle.loads(content[_SEAL:])

    def save(self, key, data):
        content, path = dumps(data), self._path(key)
        part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(hashlib.sha256(content).digest() + content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def flush(self):
        for path in self._folder.glob(f"{self._name}-*"):
            path.unlink(missing_ok=True)

    def _path(self, key):
        digest = hashlib.sha256(repr((self._source, key)).encode()).hexdigest()
        return self._folder / f"{self._name}-{digest[:32]}"
