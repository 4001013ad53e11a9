// Trains networks in the reader's browser with the book's own kernel, compiled for WebAssembly
// (see web.py). The same start, the same steps, the same bits as the library's.

const MASKS = ["standard", "S", "C", "CS", "O", "OS", "OC", "OCS"];
const LETTERS = { overlap: "O", coverage: "C", separation: "S" };

// ---- The start of a run: what numpy's default_rng([seed, n]) draws

// numpy's SeedSequence: eight words of 32 bits from two
const seedWords = (seed, n) => {
  let factor = 0x43b0d7e5;
  const folded = (value) => value ^ (value >>> 16);
  const hashed = (value, step) => {
    const before = factor;
    factor = Math.imul(factor, step);
    return folded(Math.imul(value ^ before, factor));
  };
  const pool = [seed, n, 0, 0].map((word) => hashed(word, 0x931e8875));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const other = hashed(pool[from], 0x931e8875);
      pool[to] = folded(Math.imul(0xca01f9dd, pool[to]) - Math.imul(0x4973f715, other));
    }
  factor = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, k) => BigInt(hashed(pool[k % 4], 0x58f38ded) >>> 0));
};

// numpy's PCG64: a function that draws from [0, 1)
const generator = (seed, n) => {
  const words = seedWords(seed, n), factor = 0x2360ed051fc65da44385df649fccf645n;
  const long = (first) => [1, 0, 3, 2].reduce((high, k) => (high << 32n) | words[first + k], 0n);
  const increment = BigInt.asUintN(128, (long(4) << 1n) | 1n);
  let state = BigInt.asUintN(128, (increment + long(0)) * factor + increment);
  return () => {
    state = BigInt.asUintN(128, state * factor + increment);
    const turn = state >> 122n, bits = BigInt.asUintN(64, (state >> 64n) ^ state);
    const turned = BigInt.asUintN(64, (bits >> turn) | (bits << (64n - turn)));
    return Number(turned >> 11n) * 2 ** -53;
  };
};

const numberBits = new DataView(new ArrayBuffer(8));
// a finite number as [m, e]: it is m 2^e
const exactly = (value) => {
  numberBits.setFloat64(0, value);
  const bits = numberBits.getBigUint64(0), exponent = Number((bits >> 52n) & 2047n);
  const low = bits & ((1n << 52n) - 1n), m = exponent ? low | (1n << 52n) : low;
  return [value < 0 ? -m : m, (exponent || 1) - 1075];
};

// sin(pi x) on the grid of 2^-40, from its series with 120 bits
const target = (x) => {
  const one = 1n << 120n, [m, e] = exactly(Math.PI * x);
  const z = e < -120 ? m >> BigInt(-120 - e) : m << BigInt(120 + e);
  let total = 0n;
  for (let term = z, k = 2n; term; k += 2n) {
    total += term;
    term = (((-term * z) / one) * z) / one / (k * (k + 1n));
  }
  return Number((total + (1n << 79n)) >> 80n) * 2 ** -40;
};

const start = (n, seed, w0 = 3) => {
  const draw = generator(seed, n);
  const uniform = () => Float64Array.from({ length: n }, () => -1 + 2 * draw());
  const x = uniform().sort(), p = uniform(), v = uniform().map((value) => value / Math.sqrt(n));
  return { x, y: x.map(target), w: p.map(() => w0), b: p.map((value) => -w0 * value + 0), v, c: 0 };
};

// ---- The digest of a network: SHA-256 of its parameters

const PRIMES = [2];
for (let k = 3; PRIMES.length < 64; k += 2) if (PRIMES.every((prime) => k % prime)) PRIMES.push(k);
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
const ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));

// not the browser's own, which a page from plain http does not have
const sha256 = (bytes) => {
  const size = (bytes.length + 72) & -64, message = new DataView(new ArrayBuffer(size));
  new Uint8Array(message.buffer).set(bytes);
  message.setUint8(bytes.length, 128);
  message.setUint32(size - 4, 8 * bytes.length);
  const turned = (word, k) => (word >>> k) | (word << (32 - k));
  const sum = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64);
  for (let block = 0; block < size; block += 64) {
    let [a, b, c, d, e, f, g, h] = sum;
    for (let k = 0; k < 64; k++) {
      const near = words[k - 15], far = words[k - 2];
      words[k] = k < 16 ? message.getInt32(block + 4 * k)
        : words[k - 16] + (turned(near, 7) ^ turned(near, 18) ^ (near >>> 3))
          + words[k - 7] + (turned(far, 17) ^ turned(far, 19) ^ (far >>> 10));
      const one = (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g));
      const next = (h + one + ROUNDS[k] + words[k]) | 0;
      const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(next + two) | 0, a, b, c, (d + next) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, k) => { sum[k] = (sum[k] + word) | 0; });
  }
  return sum.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
};

const digest = ({ w, b, v, c }) =>
  sha256(new Uint8Array(Float64Array.of(...w, ...b, ...v, c).buffer));

// ---- The kernel

// x y + z rounded once, where the soft module's own arithmetic cannot tell
const exactFma = (x, y, z) => {
  if (x === 0 || y === 0 || !Number.isFinite(x * 0 + y * 0)) return x * y + z;
  if (!Number.isFinite(z)) return z;
  const [mx, ex] = exactly(x), [my, ey] = exactly(y), [mz, ez] = exactly(z);
  const e = Math.min(ex + ey, ez);
  const sum = ((mx * my) << BigInt(ex + ey - e)) + (mz << BigInt(ez - e));
  if (!sum) return x * y + z; // with the sign of its zero
  const size = sum < 0n ? -sum : sum;
  const drop = Math.max(size.toString(2).length - 53, -1074 - e, 0), dropped = BigInt(drop);
  let m = size >> dropped;
  const twice = (size - (m << dropped)) * 2n, unit = 1n << dropped; // what is left, against a half
  if (twice > unit || (twice === unit && m & 1n)) m += 1n;
  // in two factors: 2^exponent alone may be too small or too large
  const exponent = e + drop, first = Math.max(-1000, Math.min(900, exponent));
  return (sum < 0n ? -1 : 1) * Number(m) * 2 ** first * 2 ** (exponent - first);
};

const PAGE = 65536; // bytes: the first page of a memory is the kernel's stack, the second ours
const INTEGERS = PAGE + 8 * (16 + 38 * 100); // after the numbers of the largest N
const PIECE = 100; // steps of one call: a browser can go on with better code only in the next

const perLoss = (given, nominal) => Object.keys(LETTERS).map(
  (slot) => (typeof given === "number" ? given : given[slot] ?? nominal));

const makeNetwork = (engine) => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
  const pointer = new WebAssembly.Global({ value: "i32", mutable: true }, PAGE);
  const env = { __linear_memory: memory, __stack_pointer: pointer, exact_fma: exactFma };
  const numbers = new Float64Array(memory.buffer, PAGE, 16 + 38 * 100);
  const integers = new BigInt64Array(memory.buffer, INTEGERS, 102);
  let kernel, n, theta, order;

  const network = {
    name: null, // of the module that trains
    use() {
      if (network.name === engine.name) return;
      network.name = engine.name;
      kernel = new WebAssembly.Instance(engine.modules[engine.name], { env }).exports;
    },
    fma(x, y, z) {
      network.use();
      return kernel.fma(x, y, z);
    },
    begin({ n: size, mask, seed, lam = 1, tau = 1e-4, w0 = 3, rate = 0.01, start: given }) {
      network.use();
      n = size;
      const { x, y, w, b, v, c } = given ?? start(n, seed, w0), whole = 4 * Math.ceil(n / 4);
      const block = (k) => numbers.subarray(16 + k * whole);
      numbers.fill(0);
      integers.fill(0n);
      integers[1] = -1n;
      const letters = Object.values(LETTERS);
      numbers.set(perLoss(lam, 1).map((value, k) => (mask.includes(letters[k]) ? value : 0)));
      const [, ...taus] = perLoss(tau, 1e-4); // overlap has none
      numbers.set([...taus, rate, 0, 0, 1, 1], 3);
      [x, y, new Float64Array(n).fill(2 / n)].forEach((values, k) => block(k).set(values));
      for (const k of [0, 1]) block(k).fill(block(k)[n - 1], n, whole); // they count for nothing
      const p = w.map((value, j) => -b[j] / value);
      order = [...p.keys()].sort((i, j) => p[i] - p[j] || i - j);
      theta = block(3).subarray(0, 3 * n + 1);
      theta.set([w, b, v].flatMap((values) => order.map((j) => values[j])));
      theta[3 * n] = c;
    },
    advance(steps) {
      for (let left = steps; left > 0 && network.divergedAt() === null; left -= PIECE)
        kernel.train(PAGE, INTEGERS, n, Math.min(left, PIECE));
    },
    parameters() {
      const drawn = [0, n, 2 * n].map((first) => {
        const values = new Float64Array(n);
        order.forEach((j, k) => { values[j] = theta[first + k]; });
        return values;
      });
      return { w: drawn[0], b: drawn[1], v: drawn[2], c: theta[3 * n] };
    },
    divergedAt: () => (integers[1] < 0n ? null : Number(integers[1])),
    digest: () => (network.divergedAt() === null ? digest(network.parameters()) : "diverged"),
  };
  return network;
};

// Resolves to an engine: the relaxed module, if there is one and its fma does round once.
const loaded = async (modules) => {
  const compiled = (text) =>
    WebAssembly.compile(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  const relaxed = await compiled(modules.relaxed).catch(() => null); // an older browser's answer
  const soft = await compiled(modules.soft);
  const engine = { name: relaxed ? "relaxed" : "soft", modules: { relaxed, soft } };
  engine.own = makeNetwork(engine);
  if (engine.own.fma(1 + 2 ** -30, 1 - 2 ** -30, -1) !== -(2 ** -60)) engine.name = "soft";
  return engine;
};

// ---- Training that leaves the browser its turns

const FRAME = 12; // milliseconds that training may keep the page to itself

const nextTurn = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => resolve(port1.close());
  port2.postMessage(null);
});

// Trains, and resolves to what `keep(step, parameters)` makes of some steps, or to null once it
// is not `wanted` any more. `seen(parameters, history)` looks on.
const follow = async (network, choices, at, options = {}) => {
  const { keep = (step, parameters) => parameters, wanted, seen } = options;
  const history = [], some = Math.max(1, Math.floor(2e5 / (choices.n * (choices.n + 8))));
  let taken = 0, since = performance.now();
  network.begin(choices);
  for (const stop of at) {
    while (taken < stop) {
      const steps = Math.min(some, stop - taken);
      network.advance(steps);
      taken += steps;
      if (performance.now() - since < FRAME) continue;
      await nextTurn();
      if (wanted?.() === false) return null;
      since = performance.now();
      seen?.(network.parameters(), history);
    }
    history.push(keep(stop, network.parameters()));
  }
  await nextTurn(); // what is drawn at the end has a turn of its own
  return wanted?.() === false ? null : history;
};

// ---- window.gaussmlp.train

const CHOICES = { n: 20, mask: "standard", seed: 0, steps: 5000, lam: 1, tau: 1e-4, w0: 3 };
const RANGES = { n: [2, 100], seed: [0, 2 ** 31 - 1], steps: [1, 2 ** 31 - 1] };

const checked = (given = {}) => {
  const run = { ...CHOICES, ...given };
  const demand = (fine, name, allowed, value = run[name]) => {
    if (!fine) throw new RangeError(`${name} must be ${allowed}, got ${value}`);
  };
  const known = (name, values, names) => Object.keys(values).forEach((key) =>
    demand(Object.hasOwn(names, key), name, `of ${Object.keys(names).join(", ")}`, key));
  known("an argument", given, CHOICES);
  for (const [name, [least, most]] of Object.entries(RANGES))
    demand(Number.isInteger(run[name]) && run[name] >= least && run[name] <= most, name,
      `an integer from ${least} to ${most}`);
  demand(MASKS.includes(run.mask), "mask", `one of ${MASKS.join(", ")}`);
  demand(Number.isFinite(run.w0) && run.w0 !== 0, "w0", "a finite number other than 0");
  for (const [name, least] of [["lam", 0], ["tau", 1e-300]]) {
    const each = Object(run[name]) === run[name] ? run[name] : { overlap: run[name] };
    known(`a loss of ${name}`, each, LETTERS);
    for (const value of Object.values(each))
      demand(Number.isFinite(value) && value >= least, name,
        `a finite number of at least ${least}, or one for each loss by name`, value);
  }
  return run;
};

// Resolves to what a run of these choices becomes; what is left out is nominal.
const trained = async (engine, choices) => {
  const run = checked(choices), network = engine.own, before = engine.last;
  engine.last = (async () => {
    await before; // one run after the other
    const begun = performance.now();
    const [{ w, b, v, c }] = await follow(network, run, [run.steps]);
    return {
      digest: network.digest(),
      parameters: { w: [...w], b: [...b], v: [...v], c },
      prototypes: [...w].map((value, j) => -b[j] / value),
      milliseconds: performance.now() - begun,
      kernel: network.name,
    };
  })();
  return engine.last;
};
