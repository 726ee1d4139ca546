/* Runs in the page before its own script: notes what is written onto canvases, and looks at what is shown. */
globalThis.probe = (() => {
  const drawn = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    drawn.push({ text, colour: String(this.fillStyle) });
    fillText.call(this, text, x, y);
  };

  /* Red, green, blue and opacity, each 0 to 255, of any colour CSS knows. */
  function channels(colour) {
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return pen.getImageData(0, 0, 1, 1).data;
  }

  /* As WCAG 2 defines it. */
  function luminance(colour) {
    const [red, green, blue] = [...channels(colour)].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function behind(element) {
    if (element === null) return '#ffffff';
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 255 ? backgroundColor : behind(element.parentElement);
  }

  function texts() {
    const ground = behind(document.body);
    const found = drawn.map(({ text, colour }) => ({ text, contrast: contrast(colour, ground) }));
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode() !== null) {
      const element = nodes.currentNode.parentElement;
      const text = nodes.currentNode.textContent.trim();
      if (text === '' || !element.checkVisibility({ visibilityProperty: true })) continue;
      found.push({ text, contrast: contrast(getComputedStyle(element).color, behind(element)) });
    }
    return found;
  }

  function plots() {
    return [...document.querySelectorAll('figure')].map((figure) => {
      const canvas = figure.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const pixels = new Set(new Uint32Array(data.buffer));
      const rows = [...figure.querySelectorAll('.u-series')].slice(1);
      return {
        title: figure.querySelector('figcaption').textContent,
        width: canvas.getBoundingClientRect().width,
        colours: pixels.size,
        lines: rows.map((row) => {
          const colour = getComputedStyle(row.querySelector('.u-marker')).borderTopColor;
          return {
            label: row.querySelector('.u-label').textContent,
            contrast: contrast(colour, behind(document.body)),
            isDrawn: pixels.has(new Uint32Array(channels(colour).buffer)[0]),
          };
        }),
      };
    });
  }

  function isDrawn() {
    const figures = [...document.querySelectorAll('figure')];
    return drawn.length > 0 && figures.every((figure) => figure.querySelector('canvas') !== null);
  }

  /* What scrolls in itself may be wider than the page. */
  function overflowing() {
    const { clientWidth, scrollWidth } = document.documentElement;
    const page = scrollWidth > clientWidth ? [`the page: ${scrollWidth} px of ${clientWidth}`] : [];
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.closest('.scroll > *') === null && element.getBoundingClientRect().right > clientWidth + 0.5,
    );
    return [...page, ...wide.map(({ outerHTML }) => outerHTML.slice(0, 80))];
  }

  return { isDrawn, texts, plots, overflowing, takeDrawn: () => drawn.splice(0) };
})();
