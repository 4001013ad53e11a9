// The network, its losses, forces and measures, as explorers show them. They need not have the bits
// of the library: only training does.

const LOSSES = ["fit", "overlap", "coverage", "separation"];
const EXPELLED_BEYOND = 0.05;
const WITHIN = 0.1; // of the mean spacing

const active = (mask) =>
  Object.keys(LETTERS).filter((name) => mask !== "standard" && mask.includes(LETTERS[name]));

// ---- the network: parameters are {w, b, v, c}

const exponential = (a) => (a < -708 ? 0 : Math.exp(a)); // as everywhere in the book
const prototypes = ({ w, b }) => Float64Array.from(w, (weight, j) => -b[j] / weight);

const outputs = (at, { w, b, v, c }) => Float64Array.from(at, (x) => {
  let sum = c;
  for (let j = 0; j < w.length; j++) sum += v[j] * exponential(-((w[j] * x + b[j]) ** 2));
  return sum;
});

// ---- losses and forces, at samples {x, y}

// The losses, and minus the derivative of each by every prototype at fixed w, v and c: a force is
// positive to the right. Neither is times lam.
function lossesAndForces({ x, y }, parameters, tau) {
  const { w, b, v, c } = parameters, m = x.length, n = w.length, pairs = n * (n - 1);
  const p = prototypes(parameters), warmth = tau.coverage, range = tau.separation;
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
  return { losses: values, forces: { fit, overlap, coverage, separation } };
}

// ---- measures, of as many prototypes as samples

// how far each point is from the nearest of some others
const nearestOf = (points, others) => Float64Array.from(points, (point) => {
  let nearest = Infinity;
  for (let k = 0; k < others.length; k++) nearest = Math.min(nearest, Math.abs(point - others[k]));
  return nearest;
});
const shareOf = (values, chosen) => values.filter(chosen).length / values.length;

// If a prototype is not finite, all measures are nan.
function measures(x, p) {
  const n = p.length, samples = Float64Array.from(x).sort(), sorted = Float64Array.from(p).sort();
  const least = samples[0] - EXPELLED_BEYOND, most = samples[n - 1] + EXPELLED_BEYOND;
  const within = (2 * WITHIN) / n, isNear = (apart) => apart <= within;
  let distance = 0;
  for (let i = 0; i < n; i++) distance += Math.abs(samples[i] - sorted[i]); // the best assignment
  const values = {
    reconstruction_error: distance / n,
    expelled_fraction: shareOf(p, (at) => at < least || at > most),
    precision: shareOf(nearestOf(p, x), isNear),
    recall: shareOf(nearestOf(x, p), isNear),
  };
  if (!p.every(Number.isFinite)) for (const name in values) values[name] = NaN;
  return values;
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
  const large = Math.abs(x) >= 10 ** significant;
  return minus(plain.format((large ? Math.round(x) : +x.toPrecision(significant)) || 0));
}

const whole = (count) => count.toLocaleString("en");
const percent = (x) => (Number.isFinite(x) ? `${digits(Math.round(100 * x), 3)}%` : "–");
