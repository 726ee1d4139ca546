/** What things take in memory, as a table. */
import { type Column, type TableStyle, textTable } from '../report/text-table.js';
import type { MemoryFigure } from './measure-memory.js';

const columns: readonly Column[] = [
  { head: 'bytes for each' },
  { head: 'of them', isRight: true },
  { head: 'heap, collected', isRight: true },
  { head: 'resident', isRight: true },
];

/** A row for each step; ends with a line break. */
export function memoryText(figures: readonly MemoryFigure[], style: TableStyle): string {
  const rows = figures.map(({ what, count, heapBytes, rssBytes }) => [
    what,
    count.toLocaleString('en'),
    Math.round(heapBytes).toLocaleString('en'),
    Math.round(rssBytes).toLocaleString('en'),
  ]);
  return `${textTable(columns, rows, style)}\n`;
}
