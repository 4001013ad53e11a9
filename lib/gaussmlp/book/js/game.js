// A game: the weights of a network are given; where were its samples?

EXPLORERS.game = (root, model, engine) => {
  const TOP = 130, ROW = 50, HEIGHT = TOP + 3 * ROW, FAR = 1.2;
  const rowAt = (k) => TOP + k * ROW, up = (output) => TOP / 2 - 40 * output; // pixels from above
  const rows = ["you", "evenly spaced points", "the prototypes −b/w"];
  let free = false;

  const which = choice(controls(root), "trained on", [["standard", "the fit alone"],
    ["C", "fit and coverage"]], (mask) => mask !== model.get("mask") && another(mask));
  const table = element("table", { className: "explorer-weights" }, root);
  const view = drawing(root, "The network’s output, and your marks",
    () => HEIGHT + 60, place, draw);
  const part = panel(view.picture);
  part.order("hull", "target", "network", "samples", "asked", "guesses");
  function place(width) {
    part.place({ left: 30, top: 20, width: width - 36, height: HEIGHT },
      { range: [-FAR, FAR], ticks: spread(-1, 1, 5).map((x) => [x, digits(x)]), label: "input" },
      { range: [HEIGHT, 0], ticks: [-1, 0, 1].map((y) => [up(y), digits(y)]) },
      "the network’s output");
  }

  const marked = () => model.get("data").marks ?? [];
  const full = () => marked().length === model.get("n");
  const revealed = () => Boolean(model.get("data").shown);
  const mark = (marks, done) => put(model, { data: { ...model.get("data"), marks } }, done);
  const add = (x) => full() || revealed() || mark([...marked(), between(-1, x, 1)]);
  const places = () => (revealed() ? [] : marked().map((x, k) => ({
    x, y: rowAt(0) + 38, label: `mark ${k + 1}`,
    d: `M${part.x(x)} 0V${rowAt(0) + 33}${triangle(part.x(x), rowAt(0) + 38)}` })));
  const pins = handles(part, "marked", places, (k, x, _, done) =>
    mark(marked().with(k, between(-1, x, 1)), done));
  // a click sets a mark, unless it was one that was dragged
  part.inside.addEventListener("pointerdown", (event) => (free = !event.defaultPrevented));
  part.inside.addEventListener("click", (event) =>
    free && add(part.x.inverse(part.under(event)[0])));

  const below = controls(root);
  const setMark = button(below, "set a mark", () => {
    add(0);
    queueMicrotask(() => part.layer("marked").lastChild.focus()); // for arrow keys
  });
  const reveal = button(below, "show the samples", () =>
    put(model, { data: { ...model.get("data"), shown: true } }));
  button(below, "another network", () => another(model.get("mask")));
  const shows = [() => which(model.get("mask")), () => view.show(null)]; // nothing of another
  return training(root, model, engine, view, { shows })();

  // What has been shown is not asked again: masks share their samples.
  function another(mask) {
    const { hits } = model.get("data"), next = revealed() || mask === model.get("mask");
    put(model, { mask, seed: model.get("seed") + next, data: { hits } });
  }

  function weights(parameters, shown) {
    const { w, b, v, c } = parameters, lines = { w, b, v };
    if (shown) lines["−b/w"] = prototypes(parameters);
    table.replaceChildren();
    element("caption", { textContent: "The weights, one column for each neuron. The output at x " +
      `is the sum of v · exp(−(w x + b)²) over the columns, plus c = ${digits(c)}.` }, table);
    for (const [name, values] of Object.entries(lines)) {
      const line = element("tr", {}, table);
      element("th", { scope: "row", textContent: name }, line);
      values.forEach((value) => element("td", { textContent: minus(value.toFixed(2)) }, line));
    }
  }

  function draw([run]) {
    const shown = revealed() && full(), { parameters, choices: { n, start: { x, y } } } = run;
    const ways = [marked(), evenlySpaced(n), prototypes(parameters)]
      .map((points) => Float64Array.from(points).sort());
    const at = spread(-FAR, FAR, 161);
    weights(parameters, shown);
    hull(part, [-1, 1]);
    part.line("network", at, outputs(at, parameters).map(up));
    part.paths("target", shown ? [at.map((one) => [one, up(Math.sin(Math.PI * one))])] : []);
    part.marks("samples", "circle", shown ? x : [], (one, i) => ({
      cx: part.x(one), cy: up(y[i]), r: 4 }));

    // a row for each way to guess: its points, and the samples above them
    const scores = ways.map((points) => ({ recall: 0, ...(shown && measures(x, points)) }));
    const near = ways.map((points) => nearestOf(x, points)), within = (2 * WITHIN) / n;
    const samples = ways.flatMap((points, k) => (shown ? Array.from(x, (one, i) => ({
      one, k, hit: near[k][i] <= within })) : []));
    part.marks("asked", "path", samples, ({ one, k, hit }) => ({
      d: `M${part.x(one)} ${rowAt(k) + 18}v11`, class: hit ? "hit" : "" }));
    const given = ways.flatMap((points, k) =>
      (shown || k === 1 ? Array.from(points, (p) => [rim(p, FAR), k]) : []));
    part.marks("guesses", "path", given, ([p, k]) => ({ d: triangle(part.x(p), rowAt(k) + 38) }));
    const hits = scores.map(({ recall }) => Math.round(recall * n));
    const told = rows.map((row, k) => (!shown ? row : `${row}: ${hits[k]} of ${n} hit, ` +
      `mean error ${scores[k].reconstruction_error.toFixed(2)}`));
    part.marks("scores", "text", told, (words, k) => ({ x: 4, y: rowAt(k) + 12, words }));

    pins();
    setMark.disabled = full() || shown;
    reveal.disabled = !full() || shown;
    const words = shown ? verdict(hits, told, run.choices) : `${n} samples lie between −1 and 1. ` +
      `Click where you think they were: ${marked().length} of ${n} marks set` +
      `${full() ? ". Drag them, or look." : "."}`;
    return { shown: [run.digest, shown, ...marked()].join(" "), words };
  }

  function verdict(hits, told, { mask, n }) {
    const { hits: known } = model.get("data"), most = Math.max(...hits);
    const best = rows.filter((_, k) => hits[k] === most).join(" and ");
    return (most ? `Most hits: ${best}` : "Nobody hit a sample") + ` (${told.join("; ")}).` +
      ` A sample is hit (thick) if a mark is within ${digits((2 * WITHIN) / n)} of it. ` +
      (known && n === 5 ? `In the book’s ten such networks −b/w hits ${digits(known[mask])} ` +
        `of ${n} on average, evenly spaced points ${digits(known["evenly spaced"])}. ` : "") +
      (mask === "C" ? "On the next one, read −b/w off the table."
        : "Now try one of fit and coverage, and read −b/w off the table.");
  }
};
