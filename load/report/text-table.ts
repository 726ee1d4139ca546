/** Rows of text as an aligned table, for a terminal or as Markdown. */

export interface Column {
  readonly head: string;
  readonly isRight?: boolean;
}

export type TableStyle = 'terminal' | 'markdown';

/** Every row has a cell for each column. Ends without a line break. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], style: TableStyle): string {
  const heads = columns.map(({ head }) => head);
  const widths = columns.map((_, at) => Math.max(3, ...[heads, ...rows].map((cells) => (cells[at] ?? '').length)));
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ isRight }, at) => {
      const cell = cells[at] ?? '';
      return isRight ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
    });
    return style === 'markdown' ? `| ${padded.join(' | ')} |` : padded.join('  ').trimEnd();
  };
  const rules = columns.map(({ isRight }, at) => {
    const width = widths[at] ?? 0;
    return isRight && style === 'markdown' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
  });
  return [line(heads), line(rules), ...rows.map(line)].join('\n');
}
