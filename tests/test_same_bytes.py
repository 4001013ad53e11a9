"""One protocol gives one set of bytes: on any processor, with any threads, batches and chunks."""

import inspect
import re
from functools import lru_cache
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest
import terminal
from gaussmlp import MASKS, Protocol, Run, kernels, train, training
from gaussmlp.kernels import measures
from gaussmlp.kernels.jit import _KernelCache, inlined
from gaussmlp.kernels.train import advance
from gaussmlp.kernels.vectors import advance_vectors
from gaussmlp.metrics import measure
from gaussmlp.vectors import VectorRun, train_vectors

INTERPRETED = Path(__file__).parent / "interpreted.py"

# 72 runs, more than one block a size
GRID = ["--sizes", "3", "5", "12", "--seeds", "0", "1", "2", "--steps", "200"]
SMALL = ["--sizes", "3", "4", "--seeds", "0", "--steps", "4"]

# Processors that LLVM can be told to compile for, and what must be there to run the result.
PROCESSORS = {
    "generic": (),
    "sandybridge": ("avx",),
    "skylake": ("avx2", "fma", "bmi2"),
    "x86-64-v4": ("avx512f", "avx512vl", "avx512dq", "avx512bw", "avx512cd"),
}

# Without this machine's fused multiply-adds and wide vectors, libm and BLAS take other paths.
OTHER_LIBRARIES = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": " ".join(
        feature
        for feature in np._core._multiarray_umath.__cpu_dispatch__
        if np._core._multiarray_umath.__cpu_features__[feature]
    ),
}

PROBE = """
import math, numpy
rng = numpy.random.default_rng(0)
print(numpy.array([math.sin(9 * u) + math.exp(u) for u in rng.random(20000)]).tobytes().hex())
print((rng.random((200, 200)) @ rng.random((200, 200))).tobytes().hex())
"""


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Return the table of the grid as this machine makes it, on two threads."""
    return terminal.csv_of(tmp_path_factory.mktemp("reference"), *GRID, "--jobs", 2)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_processor_gives_the_same_table_on_one_thread(processor, reference, tmp_path):
    here = llvm.get_host_cpu_features()
    if missing := [feature for feature in PROCESSORS[processor] if not here.get(feature)]:
        pytest.skip(f"this machine cannot run code for {processor}: it has no {missing[0]}")
    variables = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""}
    assert terminal.csv_of(tmp_path, *GRID, "--jobs", 1, **variables) == reference


def test_several_inputs_have_the_same_table_on_another_processor(tmp_path):
    asked = ["--data", "square", "--sizes", 4, 9, "--seeds", 0, "--steps", 40]
    here = terminal.csv_of(tmp_path, *asked)
    other = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""} | OTHER_LIBRARIES
    assert terminal.csv_of(tmp_path, *asked, "--jobs", 1, **other) == here
    assert here.count(b"\n") == 1 + 2 * 6


def test_an_optimiser_that_does_nothing_gives_the_same_table(reference, tmp_path):
    # a cache of its own: numba does not tell machine code apart by the level of optimisation, and
    # warns that it cannot keep this one
    variables = {
        "NUMBA_OPT": "0",
        "GAUSSMLP_CACHE": str(tmp_path / "unoptimised"),
        "PYTHONWARNINGS": "ignore",
    }
    assert terminal.csv_of(tmp_path, *GRID, **variables) == reference


def test_other_paths_in_libm_and_blas_give_the_same_table(reference, tmp_path):
    usual, other = (
        terminal.python("-c", PROBE, **variables).stdout.split()
        for variables in ({}, OTHER_LIBRARIES)
    )
    if len(usual) != 2 or usual[0] == other[0] or usual[1] == other[1]:
        pytest.skip("this machine's libm or BLAS cannot be made to take another path")
    assert terminal.csv_of(tmp_path, *GRID, **OTHER_LIBRARIES) == reference


def test_the_interpreter_gives_the_same_table_as_the_compiler(tmp_path):
    # also the proof that the plain Python twins of the vector instructions mean the same
    compiled, out = terminal.csv_of(tmp_path, *SMALL), tmp_path / "interpreted.csv"
    command = (INTERPRETED, "run", *SMALL, "--no-cache", "--out", out)
    done = terminal.python(*command, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == compiled


def mixed_runs():
    nominal = Protocol(steps=150)
    others = [
        nominal.but({"lam": 0.1}),
        nominal.but({"tau": 0.01}),
        nominal.but({"step_size": 0.1}),
        nominal.but({"weight_decay": 0.1}),
    ]
    runs = [Run(nominal, 6, mask, seed) for mask in MASKS for seed in (0, 1)]
    runs += [Run(other, 6, mask, 0) for other in others for mask in ("standard", "CS", "OCS")]
    # lam / tau overflows: whether far pairs are passed over must not decide if that matters
    extreme = [nominal.but({"tau": 1e-300, "lam": lam}) for lam in (1e12, 1)]
    return runs + [Run(other, 6, mask, 0) for other in extreme for mask in ("S", "CS")]


def test_the_runs_that_share_a_batch_do_not_matter():
    runs = mixed_runs()
    alone = {run: train([run])[0].digest for run in runs}
    for shuffle in range(4):
        order = np.random.default_rng(shuffle).permutation(len(runs))[: len(runs) - shuffle]
        together = train([runs[k] for k in order])
        assert [one.run for one in together] == [runs[k] for k in order]
        assert all(one.digest == alone[one.run] for one in together)


@pytest.mark.parametrize("tau", [1e-6, 1e-4, 1e-2])
def test_the_pairs_that_a_batch_passes_over_do_not_matter(tau):
    # alone, a run passes over all that is exactly 0; with others, over less
    protocol = Protocol(steps=60, step_size=0.05).but({"tau": tau})  # far enough to lose the order
    runs = [Run(protocol, 33, mask, seed) for mask in ("C", "OCS") for seed in range(4)]
    alone = [train([run])[0].digest for run in runs]
    assert [one.digest for one in train(runs)] == alone


@pytest.mark.parametrize("chunk", [1, 50_000])
def test_the_chunks_that_steps_are_cut_into_do_not_matter(chunk, monkeypatch):
    runs, ticks = mixed_runs()[:8], []
    whole = [one.digest for one in train(runs, tick=ticks.append)]
    assert len(ticks) == 1
    monkeypatch.setattr(training, "_CHUNK_WORK", chunk)
    assert [one.digest for one in train(runs, tick=ticks.append)] == whole
    assert len(ticks) > 2


KERNELS = {
    "advance": advance,
    "advance_vectors": advance_vectors,
    "mean_squared_error": measures.mean_squared_error,
    "mean_distance": measures.mean_distance,
    "count_used": measures.count_used,
    "squared_sums": measures.squared_sums,
    "product_sums": measures.product_sums,
}
# What a kernel may call that returns floats: LLVM's own, one instruction or exact.
TRAINING_CALLS = {"llvm.fma.v8f64", "llvm.fma.v16f64", "llvm.sqrt.v8f64"}
MAY_CALL = TRAINING_CALLS | {"llvm.fabs.f64", "llvm.fabs.v8f64"}


@lru_cache
def code_of(name):
    """Return the LLVM code of a kernel, as optimised for this machine."""
    (trained,) = train([Run(Protocol(steps=1), 3, "OCS", 0)])
    run = trained.run
    measure([run], [trained.parameters])  # for the types of every kernel's arguments
    train_vectors([VectorRun(Protocol(steps=1), "square", 3, "OCS", 0)])
    ones = np.ones((2, 2))
    measures.squared_sums(ones, ones, ones, ones.copy())
    measures.product_sums(ones, ones, ones.copy())
    fresh = inlined(KERNELS[name].py_func)  # code that comes from the cache cannot be read
    # a session may have compiled variants of the training kernel: look at the nominal one
    parts = ("WeightBias", "Products", "NoCoverage", "SoftMinimum", "SquaredDistance", "Adam")
    signatures = KERNELS[name].signatures
    nominal = [s for s in signatures if all(part in str(s) for part in parts)]
    fresh.compile((nominal or signatures)[0])
    (code,) = fresh.inspect_llvm().values()
    return code


def test_every_kernel_is_looked_at():
    modules = [module for module in vars(kernels).values() if inspect.ismodule(module)]
    names = [
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(getattr(value, "_cache", None), _KernelCache)
    ]
    assert set(names) == set(KERNELS)


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_has_no_fast_maths_and_calls_no_libm(name):
    code = code_of(name)
    arithmetic = re.findall(
        r"= (?:tail )?((?:f(?:add|sub|mul|div|rem|neg|cmp)|select|call) .*)", code
    )
    flags = re.compile(r"\b(?:fast|reassoc|contract|afn|arcp|nnan|ninf|nsz)\b")
    assert len(arithmetic) > (100 if name.startswith("advance") else 0)
    assert [line for line in arithmetic if flags.search(line.split("%")[0])] == []
    returning_floats = set(re.findall(r"declare (?:<\d+ x )?(?:double|float)>? @([\w.]+)", code))
    assert returning_floats <= MAY_CALL
    if name == "advance":
        assert returning_floats == TRAINING_CALLS


def fused_on_aarch64(code):
    """Return how many fused operations on two float64 LLVM writes for another architecture."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    # what belongs to this machine: its name, its features, and how it counts references
    code = re.sub(r"^target .*$", "", code, flags=re.M)
    code = re.sub(r'"target-(?:cpu|features)"="[^"]*"', "", code)
    code = re.sub(r"= .*call i8 @llvm\.x86\.atomic\.sub\.cc.*", "= add i8 0, 0", code)
    machine = llvm.Target.from_triple("aarch64-linux-gnu").create_target_machine(opt=3)
    module = llvm.parse_assembly(code)
    module.triple, module.data_layout = "aarch64-linux-gnu", str(machine.target_data)
    text = machine.emit_assembly(module)
    assert re.search(r"^\s+fn?m(?:add|sub)\b", text, re.M) is None  # of single numbers
    return len(re.findall(r"^\s+fml[as]\b", text, re.M))


@pytest.mark.parametrize("name", KERNELS)
def test_another_architecture_fuses_what_is_asked_for_and_no_more(name):
    code = code_of(name)
    widths = re.findall(r"call <(\d+) x double> @llvm\.fma\.", code)
    assert fused_on_aarch64(code) == sum(int(width) // 2 for width in widths)
    if name == "advance":  # the count does see what a compiler's freedom would change
        free = re.sub(r"= (fadd|fsub|fmul) ", r"= \1 contract ", code)
        assert fused_on_aarch64(free) > fused_on_aarch64(code)
