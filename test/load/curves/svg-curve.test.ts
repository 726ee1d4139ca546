import { describe, expect, it } from 'vitest';
import type { Curve } from '../../../load/curves/curve.js';
import { scaleOf } from '../../../load/curves/scale.js';
import { svgCurve } from '../../../load/curves/svg-curve.js';

const curve: Curve = {
  title: 'Goodput <under> "load"',
  x: { label: 'offered load (events/s)', scale: 'log' },
  y: { label: 'goodput (events/s)', scale: 'linear' },
  lines: [
    {
      label: 'without',
      look: 'second',
      points: [
        { x: 1000, y: 900 },
        { x: 30_000, y: 0 },
      ],
      hasMarks: true,
    },
    {
      label: 'with',
      look: 'first',
      points: [
        { x: 1000, y: 1000 },
        { x: 30_000, y: 950, lowest: 900, highest: 990 },
      ],
    },
    {
      label: 'beside it',
      look: 'third',
      points: [
        { x: 1000, y: 1000 },
        { x: 30_000, y: 940 },
      ],
    },
  ],
  from: [],
};

const linear = { label: '', scale: 'linear' } as const;
const log = { label: '', scale: 'log' } as const;
const place = { from: 0, to: 100 };

describe('a scale', () => {
  it('begins at zero and ends at a round value, when it is linear', () => {
    const scale = scaleOf(linear, [3, 47], place);
    expect(scale.marks).toEqual([0, 10, 20, 30, 40, 50]);
    expect([scale.at(0), scale.at(25), scale.at(50)]).toEqual([0, 50, 100]);
    expect(scaleOf(linear, [], place).marks).toEqual([0, 1]);
  });

  it('has round marks around all values, when it is logarithmic', () => {
    const scale = scaleOf(log, [1500, 30_000], place);
    expect(scale.marks).toEqual([1000, 2000, 5000, 10_000, 20_000, 50_000]);
    expect(scale.at(1000)).toBe(0);
    expect(scale.at(50_000)).toBeCloseTo(100);
    // There is no place for zero.
    expect(scale.at(0)).toBe(0);
    expect(scaleOf(log, [1000, 10_000], place).marks).toEqual([1000, 2000, 5000, 10_000]);
    expect(scaleOf(log, [0], place).at(0)).toBe(0);
  });
});

describe('the picture of a curve', () => {
  const svg = svgCurve(curve);

  it('has title, axes with units, and each line by its name in the legend and at its end', () => {
    expect(svg).toContain('Goodput &lt;under&gt; &quot;load&quot;');
    expect(svg).not.toContain('<under>');
    for (const text of ['offered load (events/s)', 'goodput (events/s)']) expect(svg).toContain(`>${text}</text>`);
    for (const { label } of curve.lines) expect(svg.match(new RegExp(`>${label}</text>`, 'g'))).toHaveLength(2);
  });

  it('has a mark at each point where that is wanted, and a bar for a spread', () => {
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg.match(/stroke-width="1.5"/g)).toHaveLength(1);
  });

  it('keeps names of lines apart from each other', () => {
    const tops = [...svg.matchAll(/class="label \w+" x="[\d.]+" y="([\d.]+)"/g)].map(([, top]) => Number(top));
    expect(tops).toHaveLength(3);
    for (let at = 1; at < tops.length; at += 1)
      expect((tops[at] ?? 0) - (tops[at - 1] ?? 0)).toBeGreaterThanOrEqual(17);
  });

  it('follows light and dark by itself, needs nothing else, and is the same every time', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg.match(/href|url\(|@import|<script/g)).toBeNull();
    expect(svgCurve(curve)).toBe(svg);
  });

  it('draws a step where a value holds', () => {
    const [, line] = curve.lines;
    if (line === undefined) throw new Error('expected a line');
    expect(svgCurve({ ...curve, lines: [{ ...line, isStep: true }] })).toMatch(/ d="M[\d.]+ [\d.]+H[\d.]+V[\d.]+"/);
  });
});
