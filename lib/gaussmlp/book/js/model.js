// The network, its losses, forces and measures, as explorers show them. They need not have the bits
// of the library: only training does.

const MASKS = ["standard", "S", "C", "CS", "O", "OS", "OC", "OCS"];
const LETTERS = { overlap: "O", coverage: "C", separation: "S" };
const LOSSES = ["fit", "overlap", "coverage", "separation"];
const EXPELLED_BEYOND = 0.05;
const WITHIN = 0.1; // of the mean spacing

const active = (mask) =>
  Object.keys(LETTERS).filter((name) => mask !== "standard" && mask.includes(LETTERS[name]));

// lam and tau are one number for all losses, or one for each; what is left out is nominal
const settingOf = (value, name, nominal) =>
  (typeof value === "number" ? value : value?.[name]) ?? nominal;

// ---- the network: parameters are {w, b, v, c}

const exponential = (a) => (a < -708 ? 0 : Math.exp(a)); // as everywhere in the book
const prototypes = ({ w, b }) => Float64Array.from(w, (weight, j) => -b[j] / weight);

const outputs = (at, { w, b, v, c }) => Float64Array.from(at, (x) => {
  let sum = c;
  for (let j = 0; j < w.length; j++) sum += v[j] * exponential(-((w[j] * x + b[j]) ** 2));
  return sum;
});

// what one neuron adds to the output
const bump = (at, w, b, v) =>
  Float64Array.from(at, (x) => v * exponential(-((w * x + b) ** 2)));

// ---- losses and forces, at samples {x, y}

// The losses, not times lam, and the force of each on every prototype, times lam: minus its
// derivative by the prototype at fixed w, v and c, so that it is positive to the right.
function lossesAndForces({ x, y }, parameters, { lam = 1, tau = 1e-4 } = {}) {
  const { w, b, v, c } = parameters, m = x.length, n = w.length, pairs = n * (n - 1);
  const p = prototypes(parameters);
  const warmth = settingOf(tau, "coverage", 1e-4), range = settingOf(tau, "separation", 1e-4);
  const values = { fit: 0, overlap: 0, coverage: 0, separation: 0 };
  const [fit, overlap, coverage, separation] = LOSSES.map(() => new Float64Array(n));
  const h = new Float64Array(n), near = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    let residual = c - y[i], sum = 0, squares = 0, nearest = Infinity, total = 0;
    for (let j = 0; j < n; j++) {
      h[j] = exponential(-((w[j] * x[i] + b[j]) ** 2));
      residual += v[j] * h[j];
      sum += h[j];
      squares += h[j] * h[j];
      nearest = Math.min(nearest, (x[i] - p[j]) ** 2);
    }
    for (let j = 0; j < n; j++) {
      near[j] = exponential((nearest - (x[i] - p[j]) ** 2) / warmth);
      total += near[j];
    }
    for (let j = 0; j < n; j++) {
      const slope = -4 / m * w[j] * (w[j] * x[i] + b[j]) * h[j];
      fit[j] += slope * residual * v[j];
      overlap[j] += slope / pairs * (sum - h[j]);
      coverage[j] += 2 / m * (x[i] - p[j]) * near[j] / total;
    }
    values.fit += residual * residual / m;
    values.overlap += (sum * sum - squares) / (m * pairs); // over pairs of different neurons
    values.coverage += (nearest - warmth * Math.log(total)) / m;
  }
  for (let j = 0; j < n; j++)
    for (let k = 0; k < j; k++) {
      const apart = p[j] - p[k], close = exponential(-apart * apart / range);
      values.separation += 2 * close / pairs;
      separation[j] += 4 / (range * pairs) * apart * close;
      separation[k] -= 4 / (range * pairs) * apart * close;
    }
  const pushes = { fit, overlap, coverage, separation };
  for (const name in LETTERS) {
    const weight = settingOf(lam, name, 1);
    for (let j = 0; j < n; j++) pushes[name][j] *= weight;
  }
  return { losses: values, forces: pushes };
}

const losses = (at, parameters, tau) => lossesAndForces(at, parameters, { tau }).losses;
const forces = (at, parameters, options) => lossesAndForces(at, parameters, options).forces;

// ---- measures, of as many prototypes as samples

// how far each point is from the nearest of some others
const nearestOf = (points, others) => Float64Array.from(points, (point) => {
  let nearest = Infinity;
  for (let k = 0; k < others.length; k++) nearest = Math.min(nearest, Math.abs(point - others[k]));
  return nearest;
});

const shareOf = (values, chosen) => {
  let count = 0;
  for (let k = 0; k < values.length; k++) count += chosen(values[k]);
  return count / values.length;
};

// The non-members are those of `fresh`; without them there is no auc. If a prototype is not finite,
// all measures are nan.
function measures(x, p, { nonmembers = [], domain = [-1, 1] } = {}) {
  const n = p.length, samples = Float64Array.from(x).sort(), sorted = Float64Array.from(p).sort();
  const low = samples[0], high = samples[n - 1], within = WITHIN * (domain[1] - domain[0]) / n;
  const near = nearestOf(x, p), far = nearestOf(nonmembers, p), used = new Set();
  const outside = (beyond) => shareOf(p, (at) => at < low - beyond || at > high + beyond);
  let distance = 0;
  for (let i = 0; i < n; i++) distance += Math.abs(samples[i] - sorted[i]); // the best assignment
  for (let i = 0; i < n; i++) {
    let k = 0; // of two equally near the first
    while (Math.abs(x[i] - p[k]) > near[i]) k++;
    used.add(k);
  }
  const values = {
    reconstruction_error: distance / n,
    specialization_ratio: used.size / n,
    outside_fraction: outside(0),
    expelled_fraction: outside(EXPELLED_BEYOND),
    precision: shareOf(nearestOf(p, x), (apart) => apart <= within),
    recall: shareOf(near, (apart) => apart <= within),
    auc: 0,
  };
  for (let i = 0; i < n; i++)
    values.auc += shareOf(far, (apart) => (near[i] < apart) + (near[i] === apart) / 2) / n;
  if (!p.every(Number.isFinite)) for (const name in values) values[name] = NaN;
  return values;
}

// What the book draws after a start: non-members, and prototypes at chance.
function fresh(n, seed) {
  const draw = generator(seed, n), draws = () => Float64Array.from({ length: n }, draw);
  for (let k = 0; k < 3; k++) draws(); // the start's own
  return { nonmembers: draws().map((u) => -1 + 2 * u), chance: draws().map((u) => -1 + 2 * u) };
}

const evenlySpaced = (n) => Float64Array.from({ length: n }, (_, k) => -1 + 2 * ((k + 0.5) / n));

// ---- numbers for readers

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });
const minus = (text) => text.replaceAll("-", "−");

// 0.0312 is "0.031", 12345 "12,345", -0.00002 "−2e−5"
function digits(x, significant = 2) {
  if (!Number.isFinite(x)) return "–";
  const [number, power] = x.toExponential(significant - 1).split("e");
  if (x !== 0 && (power < -3 || power > 6)) return minus(`${+number}e${+power}`);
  const whole = Math.abs(x) >= 10 ** significant;
  return minus(plain.format((whole ? Math.round(x) : +x.toPrecision(significant)) || 0));
}

const percent = (x) => (Number.isFinite(x) ? `${digits(Math.round(100 * x), 3)}%` : "–");
