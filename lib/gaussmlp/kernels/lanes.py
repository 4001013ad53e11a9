"""Eight runs side by side: the vector type of every kernel.

A kernel works on `Lanes`, eight float64 values of eight runs, as if they were one number. LLVM
turns them into whatever vector registers a processor has. No loop is left to a vectoriser's
judgement, no sum ever crosses lanes, and the width is eight on every machine: the bits are the same
everywhere.
"""

import operator
from fractions import Fraction

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, overload, register_model

from gaussmlp.kernels.jit import JIT_DISABLED

WIDTH = 8

_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_BITS = ir.VectorType(ir.IntType(64), WIDTH)


class LanesType(types.Type):
    """The numba type of eight float64 values."""

    def __init__(self):
        super().__init__(name="Lanes")


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, frontend_type):
        super().__init__(manager, frontend_type, _VECTOR)


LANES = LanesType()


def _row_pointer(context, builder, array_type, array, row):
    # lanes lie next to each other: row `row` of a C-contiguous (rows, 8) array
    data = context.make_array(array_type)(context, builder, array).data
    start = builder.mul(row, ir.Constant(row.type, WIDTH))
    return builder.bitcast(builder.gep(data, [start]), _VECTOR.as_pointer())


def _rows(array, row):
    return (
        isinstance(array, types.Array)
        and (array.ndim, array.layout, array.dtype) == (2, "C", types.float64)
        and isinstance(row, types.Integer)
    )


@intrinsic
def load(typing, array, row):
    """Return row `row` of a C-contiguous array of shape (rows, 8)."""
    if not _rows(array, row):
        return None

    def generate(context, builder, signature, arguments):
        index = context.cast(builder, arguments[1], signature.args[1], types.int64)
        pointer = _row_pointer(context, builder, signature.args[0], arguments[0], index)
        return builder.load(pointer, align=8)

    return LANES(array, row), generate


@intrinsic
def store(typing, array, row, lanes):
    """Write eight values to row `row` of a C-contiguous array of shape (rows, 8)."""
    if not _rows(array, row) or lanes != LANES:
        return None

    def generate(context, builder, signature, arguments):
        index = context.cast(builder, arguments[1], signature.args[1], types.int64)
        pointer = _row_pointer(context, builder, signature.args[0], arguments[0], index)
        builder.store(arguments[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, row, lanes), generate


@intrinsic
def lanes(typing, number):
    """Return eight copies of a number."""

    def generate(context, builder, signature, arguments):
        single = builder.insert_element(
            ir.Constant(_VECTOR, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0)
        )
        first = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), None)
        return builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), first)

    return LANES(types.float64), generate


def _llvm_call(name, builder, arguments):
    signature = ir.FunctionType(_VECTOR, [_VECTOR] * len(arguments))
    module = builder.module
    function = module.globals.get(name) or ir.Function(module, signature, name)
    return builder.call(function, arguments)


@intrinsic
def fma(typing, a, b, c):
    """Return ``a * b + c``, rounded once."""

    def generate(context, builder, signature, arguments):
        return _llvm_call(f"llvm.fma.v{WIDTH}f64", builder, arguments)

    return LANES(LANES, LANES, LANES), generate


@intrinsic
def sqrt(typing, a):
    """Return the square root."""

    def generate(context, builder, signature, arguments):
        return _llvm_call(f"llvm.sqrt.v{WIDTH}f64", builder, arguments)

    return LANES(LANES), generate


@intrinsic
def where_less(typing, a, b, yes, no):
    """Return `yes` in the lanes where ``a < b``, else `no`."""

    def generate(context, builder, signature, arguments):
        a, b, yes, no = arguments
        return builder.select(builder.fcmp_ordered("<", a, b), yes, no)

    return LANES(LANES, LANES, LANES, LANES), generate


@intrinsic
def all_less(typing, a, b):
    """Return whether ``a < b`` in all eight lanes."""

    def generate(context, builder, signature, arguments):
        less = builder.bitcast(builder.fcmp_ordered("<", *arguments), ir.IntType(WIDTH))
        return builder.icmp_signed("==", less, ir.Constant(ir.IntType(WIDTH), -1))

    return types.boolean(LANES, LANES), generate


@intrinsic
def add_to_exponent(typing, value, shifted):
    """Return ``value * 2^k``, where k stands in the low bits of `shifted`."""

    def generate(context, builder, signature, arguments):
        value, shifted = (builder.bitcast(a, _BITS) for a in arguments)
        exponent = builder.shl(shifted, ir.Constant(_BITS, [52] * WIDTH))
        return builder.bitcast(builder.add(value, exponent), _VECTOR)

    return LANES(LANES, LANES), generate


def _operator(python_operator, instruction):
    @intrinsic
    def both(typing, a, b):
        def generate(context, builder, signature, arguments):
            return getattr(builder, instruction)(*arguments)

        return LANES(LANES, LANES), generate

    @overload(python_operator)
    def choose(a, b):
        if a == LANES and b == LANES:
            return lambda a, b: both(a, b)
        if a == LANES and isinstance(b, types.Number):
            return lambda a, b: both(a, lanes(float(b)))
        if b == LANES and isinstance(a, types.Number):
            return lambda a, b: both(lanes(float(a)), b)
        return None


for _name, _instruction in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"), ("truediv", "fdiv")):
    _operator(getattr(operator, _name), _instruction)


@intrinsic
def _negative(typing, a):
    def generate(context, builder, signature, arguments):
        return builder.fneg(arguments[0])

    return LANES(LANES), generate


@overload(operator.neg)
def _choose_negative(a):
    return (lambda a: _negative(a)) if a == LANES else None


if JIT_DISABLED:  # an intrinsic exists only in compiled code: its plain Python meaning

    def load(array, row):
        """Return row `row`."""
        return array[row].copy()

    def store(array, row, lanes):
        """Write row `row`."""
        array[row] = lanes

    def lanes(number):
        """Return eight copies of a number."""
        return np.full(WIDTH, float(number))

    def _fma(a, b, c):
        try:
            return float(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))
        except (ValueError, OverflowError):  # an operand or the result is not finite
            return a * b + c

    def fma(a, b, c):
        """Return ``a * b + c``, rounded once."""
        return np.array([_fma(*each) for each in np.broadcast(a, b, c)])

    sqrt = np.sqrt

    def where_less(a, b, yes, no):
        """Return `yes` in the lanes where ``a < b``, else `no`."""
        return np.where(a < b, yes, no)

    def all_less(a, b):
        """Return whether ``a < b`` in all eight lanes."""
        return bool(np.all(a < b))

    def add_to_exponent(value, shifted):
        """Return ``value * 2^k``, where k stands in the low bits of `shifted`."""
        return (value.view(np.int64) + (shifted.view(np.int64) << 52)).view(np.float64)
