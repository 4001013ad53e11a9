// One explorer for page and notebook: in JupyterLab `model` is the widget's, on a page it is made
// from the values that stand beside the still picture.

// ---- Training what a model asks for

// the values that say what is trained
const CHOSEN = ["n", "mask", "seed", "lam", "tau", "steps", "w0", "samples", "prototypes"];
const NOMINAL = { lam: { overlap: 1, coverage: 1, separation: 1 },
  tau: { coverage: 1e-4, separation: 1e-4 } };

// Which run a model asks for, and its start with what has been dragged.
function choicesOf(model, mask = model.get("mask")) {
  const [n, , seed, lam, tau, steps, w0, samples, moved] = CHOSEN.map((name) => model.get(name));
  const begin = start(n, seed, w0);
  if (samples.length === n) {
    begin.x = Float64Array.from(samples).sort();
    begin.y = begin.x.map(target);
  }
  if (moved.length === n) begin.b = Float64Array.from(moved, (p) => -w0 * p + 0);
  return {
    n, mask, seed, steps, w0, start: begin, dragged: samples.length === n || moved.length === n,
    lam: { ...NOMINAL.lam, ...lam }, tau: { ...NOMINAL.tau, ...tau },
  };
}

// the name of the book's run of these choices, if it has one
function bookKey({ n, mask, seed, steps, lam, tau, w0, dragged }) {
  const known = steps === 5000 && w0 === 3 && !dragged && active(mask).every(
    (name) => lam[name] === 1 && (name === "overlap" || tau[name] === 1e-4));
  return known ? `${n}/${mask}/${seed}` : null;
}

// At most `count` steps to look at, even on a logarithmic scale, with 0 and the last.
function stops(last, count) {
  const some = spread(0, 1, count).map((share) => Math.round((last + 1) ** share) - 1);
  return [...new Set(some)];
}

// Trains, and resolves to the run, or to null if it is no longer wanted: see `follow`.
async function learned(engine, network, choices, at, options) {
  const begun = performance.now(), book = engine.digests[bookKey(choices)];
  const history = await follow(network, choices, at, options);
  if (!history) return null;
  const found = network.digest();
  if (book && book !== found && network.name === "relaxed") {
    engine.name = "soft"; // this browser's fused multiply-add is not the one that was promised
    return learned(engine, network, choices, at, options);
  }
  return { choices, history, book, digest: found, kernel: network.name,
    parameters: network.parameters(), divergedAt: network.divergedAt(),
    milliseconds: performance.now() - begun };
}

const divergence = ({ divergedAt = null }) =>
  divergedAt === null ? "" : ` It diverged at step ${whole(divergedAt)}.`;

// The line below a picture: the digests of its runs, and whether the book has the same.
function digestLine(parent, model) {
  const line = element("p", { className: "explorer-digest" }, parent);
  return (...runs) => {
    line.dataset.digest = runs.map(({ digest }) => digest).join(" ");
    line.style.minHeight = runs.length ? "" : `${line.offsetHeight}px`;
    if (!runs.length) return line.replaceChildren("training …");
    const known = runs.filter(({ book }) => book), [{ choices, kernel }] = runs, many = runs.length;
    const same = known.every(({ book, digest }) => book === digest);
    const verdict = !known.length ? "no run of the book"
      : (same ? "✓ equal to the book’s" : "✗ not the book’s")
        + (many > 1 ? ` (${known.length} of ${many} are runs of the book)` : "");
    const time = runs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const steps = `${many > 1 ? `${many} × ` : ""}${whole(choices.steps)} steps`;
    const by = kernel === "soft" ? ", by the slower module" : "";
    const codes = runs.flatMap(({ digest, divergedAt }) => [" ", divergedAt === null
      ? element("code", { textContent: `${digest.slice(0, many > 1 ? 8 : 16)}…`, title: digest })
      : `none (diverged at step ${whole(divergedAt)})`]);
    line.replaceChildren(element("strong", { textContent: verdict }),
      ` · ${steps} in ${digits(time, 3)} ms${by} · SHA-256 of the weights`, ...codes);
    const own = runs.find((run) => run.choices.mask === model.get("mask")) ?? runs[0];
    return put(model, { digest: own.digest });
  };
}

// ---- The values of a model, and what changes them

function put(model, values, save = true) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  if (save) model.save_changes();
}

// Calls `changed` once for all values that change in one turn, whoever changes them.
function whenChanged(model, names, changed) {
  let asked = false;
  const later = () => {
    if (!asked) queueMicrotask(() => {
      asked = false;
      changed();
    });
    asked = true;
  };
  for (const name of names) model.on(`change:${name}`, later);
}

// Buttons for the mask, N and the seed, as far as an explorer asks: what was dragged belongs to its
// samples. It gives a function that shows what is chosen.
function choiceBar(root, model, { masks = [], sizes = [] }) {
  const bar = controls(root);
  const anew = (values) => put(model, { ...values, samples: [], prototypes: [] });
  const show = {};
  if (masks.length)
    show.mask = choice(bar, "mask", masks.map((mask) => [mask, LOOKS[mask].words]),
      (mask) => put(model, { mask }));
  if (sizes.length)
    show.n = choice(bar, "samples N", sizes.map((n) => [n, String(n)]), (n) => anew({ n }));
  show.seed = seedBox(bar, (seed) => anew({ seed }));
  return () => Object.entries(show).forEach(([name, one]) => one(model.get(name)));
}

// A slider for the lam or the tau of one loss; it is there where the mask has the loss.
function lossSlider(parent, model, trait, name, stops) {
  const label = `${trait === "lam" ? "λ" : "temperature τ"} of ${name}`;
  const show = slider(parent, label, stops, (value) => digits(value),
    (value) => put(model, { [trait]: { ...model.get(trait), [name]: value } }));
  return () => {
    show(model.get(trait)[name] ?? NOMINAL[trait][name]);
    show.row.hidden = !active(model.get("mask")).includes(name);
  };
}

// What every explorer does: it trains what the model asks for, now and whenever that changes, and a
// view shows it. `shows` are controls that show what is chosen, `keep(choices)` gives the `keep` of
// `follow`, and `meanwhile` shows a run that is not at its end, now and then if it is long.
function training(root, model, engine, view, given) {
  const { shows = [], masks, at = (last) => [last], keep, meanwhile } = given;
  const network = makeNetwork(engine);
  view.say = spoken(root);
  const showDigest = digestLine(root, model);
  let turn = 0;
  const changed = async () => {
    const mine = ++turn, wanted = () => mine === turn, runs = [];
    const asked = (masks ?? [model.get("mask")]).map((mask) => choicesOf(model, mask));
    shows.forEach((show) => show());
    root.style.setProperty("--mask", LOOKS[asked[0].mask].color);
    let drawn = performance.now();
    for (const choices of asked) { // one after the other
      const seen = (parameters, history) => {
        if (performance.now() - drawn < 250) return;
        showDigest();
        meanwhile?.([{ choices, parameters, history, digest: "" }]);
        drawn = performance.now();
      };
      const own = { wanted, seen, keep: keep?.(choices) };
      const run = await learned(engine, network, choices, at(choices.steps), own);
      if (!run) return;
      runs.push(run);
    }
    view.show(runs);
    showDigest(...runs);
  };
  whenChanged(model, CHOSEN, changed);
  whenChanged(model, ["at", "data"], view.redraw);
  return changed;
}

// ---- Explorers on a page and in a notebook

const EXPLORERS = {}; // each draws into a root what its model asks for
let engineOf = null; // one for all explorers of a page
const engineFor = ({ modules, digests }) =>
  (engineOf ??= loaded(modules).then((engine) => Object.assign(engine, { digests })));

async function render({ model, el }) {
  el.classList.add("explorer");
  el.dataset.lmSuppressShortcuts = "true"; // keys that move something are not JupyterLab's
  el.addEventListener("keydown", (event) =>
    /^(Arrow|Page|Home|End| )/.test(event.key) && event.stopPropagation());
  const root = element("div", { className: "explorer-live" });
  try {
    const engine = await engineFor(model.get("assets"));
    el.append(root);
    el.classList.add("explorer-alive");
    await EXPLORERS[model.get("kind")](root, model, engine);
  } catch (error) {
    root.remove();
    el.classList.remove("explorer-alive");
    if (!el.querySelector("img")) el.textContent = `This browser does not train: ${error.message}`;
    else console.error(error);
  }
  return () => root.remove();
}

// A page has no kernel: its model keeps what it is given.
function pageModel(values) {
  const listeners = {};
  return {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      listeners[`change:${name}`]?.forEach((call) => call());
    },
    on: (event, call) => (listeners[event] ??= []).push(call),
    save_changes() {},
  };
}

// `assets` has modules and digests; the page's script calls this once.
function mountPage(assets) {
  for (const el of document.querySelectorAll("div.explorer")) {
    const values = JSON.parse(el.querySelector("script").textContent);
    render({ model: pageModel({ ...values, assets }), el });
  }
  window.gaussmlp = { train: async (choices) => trained(await engineFor(assets), choices) };
}
