/* Draws the plots of the page: one description per figure, in the JSON beside this script. Nothing else runs here. */
(() => {
  const specs = JSON.parse(document.getElementById('plots').textContent);
  const holders = [...document.querySelectorAll('[data-plot]')];
  const root = document.documentElement;
  const font = '12px system-ui, sans-serif';
  const smallFont = '11px system-ui, sans-serif';
  const dashes = { solid: [], dashed: [7, 4], dotted: [2, 3] };
  const numbers = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });
  const rounded = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

  const pen = document.createElement('canvas').getContext('2d');

  let plots = [];

  function drawAll() {
    for (const plot of plots) plot.destroy();
    plots = holders.map((holder) => draw(specs[Number(holder.dataset.plot)], holder));
  }

  function draw(spec, holder) {
    const style = getComputedStyle(root);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const options = {
      ...sizeOf(holder),
      padding: [10, 6 + widest([tickText(spec.x, spec.x.range[1])]) / 2, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      legend: { markers: markers(spec.series) },
      scales: { x: scale(spec.x), y: scale(spec.y) },
      axes: [
        { ...axis(spec.x, colour), size: 32 },
        { ...axis(spec.y, colour), size: (_, texts) => 22 + widest(texts) },
      ],
      series: [{ label: xName(spec.x), value: (_, x) => (x == null ? '' : xText(spec.x, x)) }].concat(
        spec.series.map(({ label, unit, colour: name, dash, width, hasMarks }) => ({
          label,
          stroke: colour(name),
          width,
          dash: dashes[dash],
          points: { show: hasMarks, size: 6, fill: colour(name) },
          value: (_, y) => (y == null ? '' : `${rounded.format(y)} ${unit}`),
        })),
      ),
    };
    return new uPlot(options, uPlot.join(spec.tables), holder);
  }

  function markers(series) {
    return {
      width: (_, at) => Math.max(2, series[at - 1]?.width ?? 0),
      dash: (_, at) => series[at - 1]?.dash ?? 'solid',
    };
  }

  function scale({ scale, range }) {
    return { time: false, distr: scale === 'linear' ? 1 : 3, range: () => range };
  }

  function axis(spec, colour) {
    const lines = { stroke: colour('grid'), width: 1 };
    const common = { label: spec.label, labelSize: 22, labelFont: font, font, stroke: colour('quiet'), grid: lines };
    const drawn = { ...common, ticks: lines, values: (plot, marks) => tickTexts(spec, marks, plot) };
    if (spec.scale === 'linear') return drawn;
    const used = spec.scale === 'percentile' ? smallFont : font;
    return { ...drawn, font: used, splits: () => marksOf(spec), filter: (_, marks) => marks };
  }

  /* On a percentile axis 50 % and then one mark per nine; else one per decade, or three where decades are few. */
  function marksOf({ scale, range: [from, to] }) {
    const steps = scale === 'log' && to / from < 1000 ? [1, 2, 5] : [1];
    const marks = scale === 'percentile' ? [2] : [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
      for (const step of steps) marks.push(Number(`${step}e${power}`));
    }
    return marks.filter((mark) => mark >= from && mark <= to && (scale === 'log' || mark > 1));
  }

  /* Where the marks of a percentile axis are close to each other, the unit is said by the label alone. */
  function tickTexts(spec, marks, { width }) {
    const texts = marks.map((mark) => tickText(spec, mark));
    if (spec.scale !== 'percentile') return texts;
    const distance = (width - 110) / Math.log10(spec.range[1]);
    return distance > widest(texts, smallFont) + 4 ? texts : texts.map((text) => text.replace(' %', ''));
  }

  function tickText({ scale }, mark) {
    return scale === 'percentile' ? percentile(mark) : numbers.format(mark);
  }

  function percentile(x) {
    return `${Number((100 - 100 / x).toFixed(4))} %`;
  }

  function xName({ scale, label }) {
    return scale === 'percentile' ? 'percentile' : label.split(/ since | \(/)[0];
  }

  function xText({ scale, label }, x) {
    return scale === 'percentile' ? percentile(x) : `${rounded.format(x)} ${/\(([^)]*)\)$/.exec(label)?.[1] ?? ''}`;
  }

  function widest(texts, used = font) {
    pen.font = used;
    return Math.max(0, ...(texts ?? []).map((text) => pen.measureText(String(text ?? '')).width));
  }

  function sizeOf(holder) {
    const width = Math.floor(holder.clientWidth);
    return { width, height: Math.round(Math.min(320, Math.max(230, width * 0.6))) };
  }

  function print(isPrinting) {
    root.classList.toggle('is-printing', isPrinting);
    drawAll();
  }

  drawAll();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));
  new ResizeObserver(() => {
    holders.forEach((holder, at) => {
      if (plots[at].width !== Math.floor(holder.clientWidth)) plots[at].setSize(sizeOf(holder));
    });
  }).observe(document.body);
})();
