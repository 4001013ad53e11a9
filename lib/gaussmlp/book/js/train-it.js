// Train a network, and see at once what each choice does to it.

const LAMS = [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];
const TAUS = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1];
const STEPS = [...stops(5000, 60).slice(1), 7000, 10000, 14000, 20000];

EXPLORERS.train_it = (root, model, engine) => {
  const showChoices = choiceBar(root, model, { masks: MASKS, sizes: [3, 5, 10, 20, 50, 100] });
  const view = drawing(root, "A network while it trains", (width) => (width < 560 ? 720 : 460),
    place, draw);
  const output = outputView(view.picture), bumps = bumpsView(view.picture);
  const strip = stripView(view.picture, model), pushes = forcesView(view.picture);
  const curves = lossesView(view.picture);
  function place(full) {
    const narrow = full < 560, left = 72, width = narrow ? full - 84 : full * 0.56 - 78;
    output.place({ left, top: 20, width, height: 90 });
    bumps.place({ left, top: 132, width, height: 70 });
    strip.place({ left, top: 224, width, height: 66 });
    pushes.place({ left, top: 346, width, height: 74 });
    curves.place(narrow ? { left, top: 482, width, height: 190 }
      : { left: full * 0.56 + 60, top: 20, width: full * 0.44 - 70, height: 400 });
  }
  const below = controls(root);
  const steps = slider(below, "steps", STEPS, whole, (value) => put(model, { steps: value }));
  const ofLosses = [["lam", LAMS], ["tau", TAUS]].flatMap(([trait, values]) =>
    Object.keys(NOMINAL[trait]).map((name) => lossSlider(below, model, trait, name, values)));
  button(below, "nominal choices", () => put(model,
    { ...NOMINAL, n: 20, mask: "C", steps: 5000, w0: 3, samples: [], prototypes: [] }));
  const shows = [showChoices, () => steps(model.get("steps")), ...ofLosses];
  const keep = ({ start: begin, tau }) => (step, parameters) =>
    [step, lossesAndForces(begin, parameters, tau).losses];
  const at = (last) => stops(last, 30);
  return training(root, model, engine, view, { shows, at, keep, meanwhile: view.show })();

  function draw([run]) {
    const { choices, parameters } = run, { mask, n, start: begin } = choices;
    output.draw(begin, parameters);
    bumps.draw(begin, parameters);
    strip.draw(begin, parameters);
    pushes.draw(run);
    curves.draw(run);
    const [own, guess] = [prototypes(parameters), evenlySpaced(n)].map((p) => measures(begin.x, p));
    const told = ({ reconstruction_error: error, precision }) =>
      `reconstruction error ${digits(error)}, ${percent(precision)} name a sample`;
    const words = `${LOOKS[mask].words}, N = ${n}: of the prototypes, ${told(own)}, ` +
      `${percent(own.expelled_fraction)} expelled; of evenly spaced points, ${told(guess)}.`;
    return { shown: run.digest, words: words + divergence(run) };
  }
};
