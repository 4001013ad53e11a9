"""Eight runs side by side: the vector type of every kernel.

A kernel works on `Lanes`, eight float64 values of eight runs, as if they were one number. LLVM
turns them into whatever vector registers a processor has. No loop is left to a vectoriser's
judgement, no sum ever crosses lanes, and the width is eight on every machine: the bits are the same
everywhere.

Rows of eight, for two samples, can also be one value: a kernel then reads the parameters and
touches its sums once for both. In an operation with one row or with a plain number, these are
repeated.
"""

import operator

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, overload, register_model

from gaussmlp.kernels.jit import INNER, inlined

WIDTH = 8
SAMPLES = 2
"""How many samples a kernel has at once: the same bits whatever it is, a power of two."""


def rows(count):
    """Allocate rows of eight numbers, each in one cache line of 64 bytes.

    Parameters
    ----------
    count : int

    Returns
    -------
    ndarray of float64, shape (count, 8)
        Not initialised.
    """
    spare = np.empty(count * WIDTH + 7)
    first = -spare.ctypes.data % 64 // 8
    return spare[first : first + count * WIDTH].reshape(count, WIDTH)


def aligned(given):
    """Copy an array of shape (count, 8) into such rows."""
    copy = rows(len(given))
    copy[:] = given
    return copy


class LanesType(types.Type):
    """The numba type of rows of eight float64 values."""

    def __init__(self, rows):
        self.rows = rows
        super().__init__(name=f"Lanes({rows})")

    def vector(self, element=None):
        """Return the LLVM type, of float64 or of another element of 64 bits."""
        return ir.VectorType(element or ir.DoubleType(), self.rows * WIDTH)


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, frontend_type):
        super().__init__(manager, frontend_type, frontend_type.vector())


LANES = LanesType(1)
PAIR = LanesType(2)


def _common(*given):
    # the type of an operation on lanes and numbers, None if it is not one
    rows = [a.rows for a in given if isinstance(a, LanesType)]
    if rows and all(isinstance(a, LanesType | types.Number) for a in given):
        return LanesType(max(rows))
    return None


def _index(numbers):
    return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), list(numbers))


def _shuffled(builder, value, numbers):
    return builder.shuffle_vector(value, ir.Constant(value.type, ir.Undefined), _index(numbers))


def _widened(context, builder, value, given, wanted):
    # repeat a number, or one row, to fill the type that is wanted
    size = wanted.rows * WIDTH
    if isinstance(given, LanesType):
        if given == wanted:
            return value
        return _shuffled(builder, value, [k % WIDTH for k in range(size)])
    number = context.cast(builder, value, given, types.float64)
    empty = ir.Constant(wanted.vector(), ir.Undefined)
    single = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return _shuffled(builder, single, [0] * size)


def _operation(generate, result=None):
    """Make an intrinsic of ``generate(builder, type, *vectors)``."""

    def type_and_code(*given):
        common = _common(*given)
        if common is None:
            return None

        def code(context, builder, signature, arguments):
            vectors = (
                _widened(context, builder, value, a, common)
                for value, a in zip(arguments, given, strict=True)
            )
            return generate(builder, common, *vectors)

        return (result or common)(*given), code

    return type_and_code


def _llvm_call(builder, name, *vectors):
    kind = vectors[0].type
    name = f"llvm.{name}.v{kind.count}f64"
    function = builder.module.globals.get(name)
    function = function or ir.Function(
        builder.module, ir.FunctionType(kind, [kind] * len(vectors)), name
    )
    return builder.call(function, vectors)


_FMA = _operation(lambda builder, kind, *vectors: _llvm_call(builder, "fma", *vectors))
_SQRT = _operation(lambda builder, kind, a: _llvm_call(builder, "sqrt", a))
_WHERE_LESS = _operation(
    lambda builder, kind, a, b, yes, no: builder.select(builder.fcmp_ordered("<", a, b), yes, no)
)
_ALL_LESS = _operation(
    lambda builder, kind, a, b: in_all(builder, builder.fcmp_ordered("<", a, b)), types.boolean
)


def in_all(builder, flags):
    """Build whether all of a vector's flags are set."""
    bits = ir.IntType(flags.type.count)
    return builder.icmp_signed("==", builder.bitcast(flags, bits), ir.Constant(bits, -1))


@intrinsic
def fma(typing, a, b, c):
    """Return ``a * b + c``, rounded once."""
    return _FMA(a, b, c)


@intrinsic
def sqrt(typing, a):
    """Return the square root."""
    return _SQRT(a)


@intrinsic
def where_less(typing, a, b, yes, no):
    """Return `yes` in the lanes where ``a < b``, else `no`."""
    return _WHERE_LESS(a, b, yes, no)


@intrinsic
def all_less(typing, a, b):
    """Return whether ``a < b`` in all lanes."""
    return _ALL_LESS(a, b)


def _scaled(builder, kind, value, shifted):
    bits = kind.vector(ir.IntType(64))
    value, shifted = builder.bitcast(value, bits), builder.bitcast(shifted, bits)
    exponent = builder.shl(shifted, ir.Constant(bits, [52] * bits.count))
    return builder.bitcast(builder.add(value, exponent), kind.vector())


_ADD_TO_EXPONENT = _operation(_scaled)


@intrinsic
def add_to_exponent(typing, value, shifted):
    """Return ``value * 2^k``, where k stands in the low bits of `shifted`."""
    return _ADD_TO_EXPONENT(value, shifted)


@intrinsic
def lanes(typing, number):
    """Return eight copies of a number."""

    def generate(context, builder, signature, arguments):
        return _widened(context, builder, arguments[0], number, LANES)

    return LANES(number), generate


def _row_pointer(context, builder, signature, arguments, kind):
    # lanes lie next to each other: row `row` of a C-contiguous (rows, 8) array
    array_type, row_type = signature.args[:2]
    row = context.cast(builder, arguments[1], row_type, types.int64)
    data = context.make_array(array_type)(context, builder, arguments[0]).data
    start = builder.mul(row, ir.Constant(row.type, WIDTH))
    return builder.bitcast(builder.gep(data, [start]), kind.vector().as_pointer())


def _is_row(array, row):
    return (
        isinstance(array, types.Array)
        and (array.ndim, array.layout, array.dtype) == (2, "C", types.float64)
        and isinstance(row, types.Integer)
    )


def _loaded(kind, array, row):
    if not _is_row(array, row):
        return None

    def generate(context, builder, signature, arguments):
        pointer = _row_pointer(context, builder, signature, arguments, kind)
        return builder.load(pointer, align=8)

    return kind(array, row), generate


@intrinsic
def load(typing, array, row):
    """Return row `row` of a C-contiguous array of shape (rows, 8)."""
    return _loaded(LANES, array, row)


@intrinsic
def load_pair(typing, array, row):
    """Return rows `row` and ``row + 1``."""
    return _loaded(PAIR, array, row)


@intrinsic
def load_samples(typing, array, row):
    """Return the rows of the samples that a kernel has at once, from row `row` on."""
    return _loaded(LanesType(SAMPLES), array, row)


@intrinsic
def store(typing, array, row, value):
    """Write a value's rows from row `row` on."""
    if not _is_row(array, row) or not isinstance(value, LanesType):
        return None

    def generate(context, builder, signature, arguments):
        pointer = _row_pointer(context, builder, signature, arguments, value)
        builder.store(arguments[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, row, value), generate


@intrinsic
def _half(typing, value, number):
    if not isinstance(value, LanesType) or not isinstance(number, types.IntegerLiteral):
        return None
    half = LanesType(value.rows // 2)
    first = number.literal_value * half.rows * WIDTH

    def generate(context, builder, signature, arguments):
        return _shuffled(builder, arguments[0], range(first, first + half.rows * WIDTH))

    return half(value, number), generate


def add_rows(value, total):
    """Return ``total`` plus each row of `value`, in their order."""


def fma_rows(a, b, total):
    """Return `total` plus each row of ``a * b``, in their order, each rounded once."""


@overload(add_rows, jit_options=INNER)
def _choose_add_rows(value, total):
    if value == LANES:
        return lambda value, total: total + value
    return lambda value, total: add_rows(_half(value, 1), add_rows(_half(value, 0), total))


@overload(fma_rows, jit_options=INNER)
def _choose_fma_rows(a, b, total):
    if _common(a, b) == LANES:
        return lambda a, b, total: fma(a, b, total)
    return lambda a, b, total: fma_rows(
        _half(a, 1), _half(b, 1), fma_rows(_half(a, 0), _half(b, 0), total)
    )


def _operator(symbol, generate, *kinds):
    # typed and lowered directly: an overload would be compiled for every pair of types
    operation = _operation(generate)

    @infer_global(symbol)
    class Typed(AbstractTemplate):
        def generic(self, given, keywords):
            common = _common(*given)
            return None if common is None else common(*given)

    def lower(context, builder, signature, arguments):
        _, code = operation(*signature.args)
        return code(context, builder, signature, arguments)

    for kind in kinds:
        lower_builtin(symbol, *kind)(lower)


_BINARY = ((LanesType, LanesType), (LanesType, types.Number), (types.Number, LanesType))
_operator(operator.add, lambda builder, kind, a, b: builder.fadd(a, b), *_BINARY)
_operator(operator.sub, lambda builder, kind, a, b: builder.fsub(a, b), *_BINARY)
_operator(operator.mul, lambda builder, kind, a, b: builder.fmul(a, b), *_BINARY)
_operator(operator.truediv, lambda builder, kind, a, b: builder.fdiv(a, b), *_BINARY)
_operator(operator.neg, lambda builder, kind, a: builder.fneg(a), (LanesType,))


@inlined
def clear(array):
    """Fill an array with 0."""
    for k in range(array.shape[0]):
        store(array, k, lanes(0.0))
