/**
 * A curve as one SVG file that needs nothing besides itself, for the width of a document. It follows the reader's light
 * or dark by a media query of its own; lines differ by dashes and labels, and not by colour alone.
 */
import type { Curve, CurveLine } from './curve.js';
import { type Scale, scaleOf } from './scale.js';

const width = 800;
const height = 440;
const area = { left: 78, right: 620, top: 76, bottom: 376 };
const labelDistance = 17;
const legend = { y: 50, lineWidth: 28, charWidth: 7.2, gap: 26 };

const style = `
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #3c444d }
.title { font-size: 16px; font-weight: 600; fill: #191c20 }
.grid { stroke: #dde2e7 } .axis { stroke: #7b848e }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.first { stroke: #1259b3; fill: #1259b3 } .second { stroke: #b04a00; fill: #b04a00 }
.third { stroke: #1a7a43; fill: #1a7a43 }
path.line { fill: none } text.label { stroke: none; font-weight: 600 }
@media (prefers-color-scheme: dark) {
text { fill: #b8c0c9 } .title { fill: #e7e9ec } .grid { stroke: #30363d } .axis { stroke: #7b848e }
.first { stroke: #6db3ff; fill: #6db3ff } .second { stroke: #ffa552; fill: #ffa552 }
.third { stroke: #62d491; fill: #62d491 }
path.line { fill: none } text.label { stroke: none }
}
`;

const dashes: Readonly<Record<CurveLine['look'], string>> = { first: '', second: '9 5', third: '2 4' };

/** The whole file. The same curve gives the same text. */
export function svgCurve(curve: Curve): string {
  const { title, lines } = curve;
  const all = lines.flatMap(({ points }) => points);
  const x = scaleOf(
    curve.x,
    all.map((point) => point.x),
    { from: area.left, to: area.right },
  );
  const y = scaleOf(
    curve.y,
    all.flatMap((point) => [point.y, point.lowest ?? point.y, point.highest ?? point.y]),
    { from: area.bottom, to: area.top },
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${style}</style>
<text class="title" x="${area.left}" y="24">${escaped(title)}</text>
${[...legendOf(lines), ...axes(curve, x, y), ...lines.map((line) => drawn(line, x, y)), ...labels(lines, x, y)].join('\n')}
</svg>
`;
}

function axes({ x: { label: xLabel }, y: { label: yLabel } }: Curve, x: Scale, y: Scale): string[] {
  const across = y.marks.map((mark) => {
    const at = fixed(y.at(mark));
    return `<path class="grid" d="M${area.left} ${at}H${area.right}"/><text x="${area.left - 8}" y="${at}" dy="4" text-anchor="end">${numberText(mark)}</text>`;
  });
  const up = x.marks.map((mark) => {
    const at = fixed(x.at(mark));
    return `<path class="grid" d="M${at} ${area.top}V${area.bottom}"/><text x="${at}" y="${area.bottom + 20}" text-anchor="middle">${numberText(mark)}</text>`;
  });
  const middle = (area.top + area.bottom) / 2;
  return [
    ...across,
    ...up,
    `<path class="axis" fill="none" d="M${area.left} ${area.top}V${area.bottom}H${area.right}"/>`,
    `<text x="${(area.left + area.right) / 2}" y="${area.bottom + 46}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
  ];
}

function legendOf(lines: readonly CurveLine[]): string[] {
  let left = area.left;
  return lines.map(({ label, look }) => {
    const at = left;
    left += legend.lineWidth + label.length * legend.charWidth + legend.gap;
    return `<path class="line ${look}"${dash(look)} d="M${fixed(at)} ${legend.y - 4}h${legend.lineWidth}"/><text x="${fixed(at + legend.lineWidth + 6)}" y="${legend.y}">${escaped(label)}</text>`;
  });
}

function drawn({ points, look, isStep = false, hasMarks = false }: CurveLine, x: Scale, y: Scale): string {
  const places = points.map((point) => ({ left: fixed(x.at(point.x)), top: fixed(y.at(point.y)), point }));
  const path = places.map(({ left, top }, at) =>
    at === 0 ? `M${left} ${top}` : isStep ? `H${left}V${top}` : `L${left} ${top}`,
  );
  const marks = hasMarks
    ? places.map(({ left, top }) => `<circle class="${look}" cx="${left}" cy="${top}" r="3.5"/>`)
    : [];
  const bars = places.flatMap(({ left, point: { lowest, highest } }) =>
    lowest === undefined || highest === undefined || lowest === highest
      ? []
      : [`<path class="${look}" stroke-width="1.5" d="M${left} ${fixed(y.at(lowest))}V${fixed(y.at(highest))}"/>`],
  );
  return [`<path class="line ${look}"${dash(look)} d="${path.join('')}"/>`, ...bars, ...marks].join('');
}

/** At the end of each line, and no two over each other. */
function labels(lines: readonly CurveLine[], x: Scale, y: Scale): string[] {
  const ends = lines
    .flatMap(({ label, look, points }) => {
      const last = points.at(-1);
      return last === undefined ? [] : [{ label, look, left: x.at(last.x), top: y.at(last.y) }];
    })
    .toSorted((a, b) => a.top - b.top);
  let free = area.top;
  return ends.map(({ label, look, left, top }) => {
    const at = Math.max(top, free);
    free = at + labelDistance;
    return `<text class="label ${look}" x="${fixed(left + 10)}" y="${fixed(at)}" dy="4">${escaped(label)}</text>`;
  });
}

function dash(look: CurveLine['look']): string {
  return dashes[look] === '' ? '' : ` stroke-dasharray="${dashes[look]}"`;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
