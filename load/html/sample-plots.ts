/** Plots of what was sampled while a level ran. */
import type { BenchPoint, Samples } from '../report/bench-run.js';
import { type Colour, type Dash, linearRange, type PlotSpec, type PlotTable } from './plot-spec.js';

interface SampledLine {
  /** In `Samples.of`. */
  readonly name: string;
  readonly label: string;
  readonly colour: Colour;
  readonly dash: Dash;
  /** The value holds until the next one. */
  readonly isStep?: boolean;
}

interface SampledPlot {
  readonly title: string;
  readonly axis: string;
  readonly unit: string;
  readonly lines: readonly SampledLine[];
}

const plots: readonly SampledPlot[] = [
  {
    title: 'Slots over time',
    axis: 'slots',
    unit: 'slots',
    lines: [
      { name: 'capacity', label: 'what the handler can do', colour: 'line-2', dash: 'dashed', isStep: true },
      { name: 'slots', label: 'limit', colour: 'line-1', dash: 'solid' },
    ],
  },
  {
    title: 'Credit of a session over time, mean',
    axis: 'window (events)',
    unit: 'events',
    lines: [{ name: 'window', label: 'window', colour: 'line-1', dash: 'solid' }],
  },
  {
    title: 'Queue over time',
    axis: 'waiting (events)',
    unit: 'events',
    lines: [{ name: 'waiting', label: 'waiting', colour: 'line-1', dash: 'solid' }],
  },
  {
    title: 'Memory over time',
    axis: 'resident memory (MiB)',
    unit: 'MiB',
    lines: [{ name: 'rss', label: 'resident memory', colour: 'line-1', dash: 'solid' }],
  },
];

/** One for each thing that was sampled; none where nothing was. */
export function samplePlots({ samples = [] }: BenchPoint): PlotSpec[] {
  const endMs = Math.max(0, ...samples.map(({ atMs }) => atMs.at(-1) ?? 0));
  return plots.flatMap(({ title, axis, unit, lines }) => {
    const drawn = lines.flatMap((line) => {
      const found = samples.find(({ of }) => line.name in of);
      return found === undefined ? [] : [{ line, table: tableOf(found, line, endMs) }];
    });
    // What the truth is says nothing without what was found.
    if (!drawn.some(({ line }) => line.isStep !== true)) return [];
    return [
      {
        title,
        x: { label: 'time since the start (s)', scale: 'linear', range: [0, endMs / 1000 || 1] },
        y: { label: axis, scale: 'linear', range: linearRange(drawn.flatMap(({ table }) => table[1] ?? [])) },
        series: drawn.map(({ line: { label, colour, dash } }) => ({
          label,
          unit,
          colour,
          dash,
          width: 2,
          hasMarks: false,
        })),
        tables: drawn.map(({ table }) => table),
      } satisfies PlotSpec,
    ];
  });
}

function tableOf({ atMs, of }: Samples, { name, isStep = false }: SampledLine, endMs: number): PlotTable {
  const values = of[name] ?? [];
  if (!isStep) return [atMs.map(inSeconds), values];
  const ends = atMs.map((_, at) => atMs[at + 1] ?? endMs);
  return [
    atMs.flatMap((from, at) => [from, ends[at] ?? from]).map(inSeconds),
    values.flatMap((value) => [value, value]),
  ];
}

function inSeconds(ms: number): number {
  return ms / 1000;
}
