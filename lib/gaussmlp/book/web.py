"""The training kernel for a reader's browser: two WebAssembly modules from the engine's own source.

An object file that LLVM writes for the target wasm32, from a module with nothing left to link, is a
WebAssembly module: a browser takes it as it is. So numba compiles the kernel as always, but one run
wide and four samples deep, and its LLVM code goes to another target. It is arithmetic, square roots
and fused multiply-adds, and only the last are missing there. The *relaxed* module takes
WebAssembly's relaxed one, which may or may not round once: a page tries it before it trusts it. The
*soft* module has `_software_fma`, which always does.
"""

import base64
import functools
import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

import llvmlite.binding as llvm
from llvmlite import ir
from numba import njit, types
from numba.core.cgutils import unpack_tuple
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from gaussmlp.kernels import gradient, lanes, prototypes, responses, train
from gaussmlp.kernels.gradient import Choices, Samples, WeightBias, Work
from gaussmlp.kernels.jit import INNER, compiled_folder, inlined
from gaussmlp.kernels.prototypes import SoftMinimum, SquaredDistance
from gaussmlp.kernels.responses import NoCoverage, ResponseProducts
from gaussmlp.store import code_of

NAMES = ("relaxed", "soft")
"""The modules."""

SIGNATURE = types.void(
    types.CPointer(types.float64), types.CPointer(types.int64), types.int32, types.int32
)
"""Of `train_one`."""

_AT_ONCE = 4  # samples: where one waits for a sum, another goes on

# another name for the kernel: what is kept of the first on disk is machine code, eight runs wide
_advance = inlined(getattr(train.advance, "py_func", train.advance))


@functools.cache
def modules():
    """Return the modules as base64 texts, by name; made once for each engine, and kept.

    Returns
    -------
    dict of str
        ``relaxed`` and ``soft``. Each exports `train` (which is `train_one`) and ``fma(x, y, z)``,
        and imports from ``env`` a memory, ``__linear_memory``; the soft one also the address from
        which its stack grows down, ``__stack_pointer``, and ``exact_fma(x, y, z)``.
    """
    own = hashlib.sha256(code_of(Path(__file__)).encode()).hexdigest()[:8]
    kept = {name: compiled_folder() / f"web-{name}-{own}.wasm" for name in NAMES}
    if all(path.exists() for path in kept.values()):
        made = {name: path.read_bytes() for name, path in kept.items()}
    else:
        made = _made()
        with suppress(OSError):  # where nothing can be kept, every process makes them
            for name, path in kept.items():
                _keep(path, made[name])
    return {name: base64.b64encode(module).decode() for name, module in made.items()}


def _made():
    # in a process of its own, for the width of the kernels there; numba's own passes look at the
    # processor: without them the modules are the same bytes on every machine
    logging.getLogger(__name__).info("compiling the training kernel for browsers (about 10 s)")
    settings = {"NUMBA_OPT": "0", "NUMBA_DISABLE_JIT": "0"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gaussmlp.book.web", folder]
        subprocess.run(command, env=os.environ | settings, check=True)
        return {name: (Path(folder) / f"{name}.wasm").read_bytes() for name in NAMES}


def _keep(path, data):
    # whole or not at all, whoever else does the same
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# What numba compiles


@intrinsic
def _array(typing, memory, first, shape):
    """Return the array of some shape that begins at a number of a block of memory."""
    kind = types.Array(memory.dtype, len(shape), "C")

    def code(context, builder, signature, arguments):
        start, first, sizes = arguments
        _, first_type, size_types = signature.args
        first = context.cast(builder, first, first_type, types.intp)
        pairs = zip(unpack_tuple(builder, sizes), size_types, strict=True)
        sizes = [context.cast(builder, size, given, types.intp) for size, given in pairs]
        eight = context.get_constant(types.intp, 8)  # bytes, of a number and of a row one run wide
        array, data = context.make_array(kind)(context, builder), builder.gep(start, [first])
        populate_array(array, data, sizes, [eight] * len(sizes), eight, meminfo=None)
        return array._getvalue()

    return kind(memory, first, shape), code


def train_one(numbers, integers, n, steps):
    """Train one network of the nominal formulas, whose arrays lie in two blocks of memory.

    Parameters
    ----------
    numbers : pointer to float64
        First 16 places: lam of overlap, coverage and separation, tau of coverage and separation,
        step size, weight decay, scratch, beta1^t, beta2^t. Then arrays, array k from place
        ``16 + k whole`` on, where `whole` is the next multiple of 4 from N on: 0 inputs, 1 targets,
        2 shares (all three as in `Samples`), 3 parameters (w, b, v, c; neurons by initial
        prototype), 7 and 11 Adam's means, 15 to 37 scratch.
    integers : pointer to int64
        The steps taken, the step at which the run diverged (else -1), `whole` places of scratch.
    n, steps : int
        The size N, and the steps to take. All stays in place, so that another call goes on.
    """
    whole = n + -n % _AT_ONCE
    count = 3 * n + 1

    def scalar(k):
        return _array(numbers, k, (1, 1))

    def block(k, rows):
        return _array(numbers, 16 + k * whole, (rows, 1))

    choices = Choices(
        trained=WeightBias(),
        overlap=ResponseProducts(numbers[0] > 0.0, scalar(0)),
        response_coverage=NoCoverage(),
        coverage=SoftMinimum(numbers[1] > 0.0, scalar(1), scalar(3)),
        separation=SquaredDistance(numbers[2] > 0.0, scalar(2), scalar(4)),
    )
    state = train.State(
        theta=block(3, count),
        m=block(7, count),
        s=block(11, count),
        powers=_array(numbers, 8, (2,)),
        t=_array(integers, 0, (1,)),
        finite=scalar(7),
        diverged_at=_array(integers, 1, (1,)),
    )
    work = Work(
        weights=block(3, 2 * n),
        scaled=block(19, 2 * n),
        h=block(21, _AT_ONCE * n),
        overlap=block(25, 3 * n),
        squares=block(0, 0),  # the nominal formulas do not need these three
        coverage=block(0, 0),
        inverse=block(0, 0),
        p=block(28, n),
        dp=block(29, n),
        by_p=block(30, n),
        upper=block(31, n),
        lower=block(32, n),
        nearest=block(33, whole),
        near=block(34, _AT_ONCE * n),
        windows=_array(integers, 2, (whole,)),
    )
    samples = Samples(block(0, whole), block(1, whole), block(2, whole), block(0, n))
    adam = train.Adam(scalar(5), scalar(6))
    _advance(steps, choices, adam, samples, state, block(15, count), work)


# What numba's code calls by the name of LLVM's fma, for one number and for two


def _relaxed_fma(b, x, y, z):
    """Build WebAssembly's own: one instruction, which rounds once or twice as a browser likes."""
    count, results = x.type.count, []
    for first in range(0, count, 2):
        both = _places(first, min(first + 1, count - 1))
        pairs = [b.shuffle_vector(value, value, both) for value in (x, y, z)]
        results.append(_called(b, "llvm.wasm.relaxed.madd.v2f64", *pairs))
    b.ret(b.shuffle_vector(results[0], results[-1], _places(*range(count))))


def _software_fma(b, x, y, z):
    """Build ``x y + z`` rounded once, from sums and products.

    Dekker's product and Knuth's sum give ``x y + z = total + rest``, where only the rest is
    rounded, which moves what the answer lacks by less than 2^-49 of half its last place. If the
    answer would be the same where it lacked 2^-48 more, it is right. If not, or if it is so small
    that a part of it may not be exact, the page computes it: `exact_fma`.
    """
    kind = x.type
    product, (x1, x0), (y1, y0) = b.fmul(x, y), _halves(b, x), _halves(b, y)
    error = b.fsub(b.fmul(x1, y1), product)
    for one, other in ((x0, y1), (x1, y0), (x0, y0)):
        error = b.fadd(error, b.fmul(one, other))
    total = b.fadd(product, z)
    part = b.fsub(total, product)
    lost = b.fadd(b.fsub(product, b.fsub(total, part)), b.fsub(z, part))
    rest = b.fadd(lost, error)
    answer = b.fadd(total, rest)
    lacks = b.fmul(b.fadd(b.fsub(total, answer), rest), _all(kind, 1.0 + 2.0**-48))
    alike = b.fcmp_ordered("==", b.fadd(answer, lacks), answer)  # and the answer is finite
    size = _called(b, f"llvm.fabs.v{kind.count}f64", total)
    certain = b.and_(alike, b.fcmp_ordered(">=", size, _all(kind, 2.0**-900)))
    with b.if_then(b.not_(lanes.in_all(b, certain)), likely=False):
        with b.if_then(lanes.in_all(b, b.fcmp_ordered("==", y, _all(kind, 0.0)))):
            b.ret(total)  # so where the kernel looks for infinities
        result = _all(kind, 0.0)
        for k in (ir.Constant(ir.IntType(32), k) for k in range(kind.count)):
            exact = _called(b, "exact_fma", *(b.extract_element(value, k) for value in (x, y, z)))
            result = b.insert_element(result, exact, k)
        b.ret(result)
    b.ret(answer)


def _vector(count, kind=None):
    return ir.VectorType(kind or ir.DoubleType(), count)


def _all(kind, value):
    return ir.Constant(kind, [value] * kind.count)


def _places(*numbers):
    return ir.Constant(_vector(len(numbers), ir.IntType(32)), numbers)


def _halves(b, value):
    # two numbers of 26 bits
    kind = _vector(value.type.count, ir.IntType(64))
    bits = b.add(b.bitcast(value, kind), _all(kind, 1 << 26))
    high = b.bitcast(b.and_(bits, _all(kind, -1 << 27)), value.type)
    return high, b.fsub(value, high)


def _called(b, name, *given):
    kinds = [value.type for value in given]
    known = b.module.globals.get(name)
    return b.call(known or ir.Function(b.module, ir.FunctionType(kinds[0], kinds), name), given)


# What a page calls; numba's own functions take two addresses more, for a result and an error
_ENTRIES = """
declare i32 @"KERNEL"(ptr, ptr, ptr, ptr, i32, i32)
define void @train(ptr %numbers, ptr %integers, i32 %n, i32 %steps) "wasm-export-name"="train" {
  %unused = alloca ptr
  call i32 @"KERNEL"(ptr %unused, ptr %unused, ptr %numbers, ptr %integers, i32 %n, i32 %steps)
  ret void
}
define double @fma(double %x, double %y, double %z) "wasm-export-name"="fma" {
  %a = insertelement <2 x double> poison, double %x, i32 0
  %b = insertelement <2 x double> poison, double %y, i32 0
  %c = insertelement <2 x double> poison, double %z, i32 0
  %xs = shufflevector <2 x double> %a, <2 x double> %a, <2 x i32> zeroinitializer
  %ys = shufflevector <2 x double> %b, <2 x double> %b, <2 x i32> zeroinitializer
  %zs = shufflevector <2 x double> %c, <2 x double> %c, <2 x i32> zeroinitializer
  %both = call <2 x double> @fma.v2f64(<2 x double> %xs, <2 x double> %ys, <2 x double> %zs)
  %result = extractelement <2 x double> %both, i32 0
  ret double %result
}
"""


# What LLVM writes


def _written(code, kernel, build, features):
    # an object file for wasm32 of numba's code, what it calls fma, and the entries
    other = ir.Module()
    for count in (1, 2, _AT_ONCE):
        kind = _vector(count)
        fma = ir.Function(other, ir.FunctionType(kind, [kind] * 3), f"fma.v{count}f64")
        fma.attributes.add("alwaysinline")
        build(ir.IRBuilder(fma.append_basic_block()), *fma.args)
    texts = (code.replace("@llvm.fma.", "@fma."), f"{other}{_ENTRIES.replace('KERNEL', kernel)}")
    target = llvm.Target.from_triple("wasm32-unknown-unknown")
    machine = target.create_target_machine(opt=3, features=features)
    parts = []
    for text in texts:
        parts.append(llvm.parse_assembly(re.sub("(?m)^target .*$", "", text)))
        parts[-1].triple, parts[-1].data_layout = machine.triple, str(machine.target_data)
    module, entries = parts
    module.link_in(entries)
    for one in (*module.functions, *module.global_variables):
        if not one.is_declaration and one.name not in ("train", "fma"):
            one.linkage = "internal"
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)
    module = llvm.parse_assembly(re.sub(_FUNCTION, _with_constants_first, str(module)))
    return machine.emit_object(module)


# the line with its name, a label if there is one, and the rest
_FUNCTION = r"(?ms)^(define [^\n]*\n(?:[^ \n]+:[^\n]*\n)?)(.*?^}\n)"


def _with_constants_first(function):
    # Chromium makes a pair of constants anew wherever it stands, 12 for an exponential, and LLVM
    # puts it there, unless it does not know what a line of empty assembler gives
    start, body = function.groups()
    kind, names = "<2 x double>", {}

    def named(operand):
        before, constant = operand.groups()
        return before + names.setdefault(constant, f"%constant.{len(names)}")

    body = re.sub(rf"({kind} (?:%[^ ]+, )?)(splat \(double [^)]*\))", named, body)
    made = (f'{name} = call {kind} asm "", "=r,0"({kind} {c})\n' for c, name in names.items())
    return "".join([start, *made, body])


_BUILT = {
    "relaxed": (_relaxed_fma, "+simd128,+relaxed-simd"),
    "soft": (_software_fma, "+simd128"),
}


def become_narrow():
    """Make this process's kernels one run wide, with four samples at once: no bit changes."""
    lanes.WIDTH = 1
    for module in (lanes, gradient, responses, prototypes):
        module.SAMPLES = _AT_ONCE


def _write(folder):
    """Write both modules into a folder."""
    become_narrow()
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    kernel = njit(**INNER)(train_one)
    kernel.compile(SIGNATURE)
    compiled = kernel.overloads[SIGNATURE.args]
    code, name = compiled.library.get_llvm_str(), compiled.fndesc.llvm_func_name
    for module, (build, features) in _BUILT.items():
        written = _written(code, name, build, features)
        (Path(folder) / f"{module}.wasm").write_bytes(written)


if __name__ == "__main__":
    _write(sys.argv[1])
