/** Reads the parts of a Markdown document that tests compare with the code: fences, tables, code spans and links. */
import { readFileSync } from 'node:fs';

/** The documents at the top of the project. */
export const documentNames = ['README.md', 'CLIENT.md', 'PROTOCOL.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'] as const;

export interface Fence {
  /** The language and the words behind it: `['sh', 'run']`. */
  readonly info: readonly string[];
  readonly text: string;
  /** Of its first line of text, counted from 1. */
  readonly line: number;
  /** Text of the last heading above it. */
  readonly heading: string;
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface MarkdownDocument {
  readonly name: string;
  readonly text: string;
  readonly fences: readonly Fence[];
  readonly tables: readonly Table[];
  /** Inline code, outside of fences. */
  readonly codeSpans: readonly string[];
  /** Targets of links, outside of fences. */
  readonly links: readonly string[];
  readonly headings: readonly string[];
}

/** @param name one of {@link documentNames}, or the path of any other document */
export function readDocument(name: string): MarkdownDocument {
  const text = readFileSync(name, 'utf8');
  const fences: Fence[] = [];
  const prose: string[] = [];
  const headings: string[] = [];
  let fence: { info: string[]; lines: string[]; line: number; indent: number } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const mark = /^( *)```(.*)$/.exec(line);
    if (fence !== undefined) {
      if (mark === null) fence.lines.push(line.slice(fence.indent));
      else {
        fences.push({
          info: fence.info,
          text: fence.lines.join('\n'),
          line: fence.line,
          heading: headings.at(-1) ?? '',
        });
        fence = undefined;
      }
    } else if (mark !== null) {
      const [, { length: indent } = '', info = ''] = mark;
      fence = { info: info.split(' ').filter((word) => word !== ''), lines: [], line: index + 2, indent };
    } else {
      const heading = /^#+ (.+)$/.exec(line)?.[1];
      if (heading !== undefined) headings.push(heading);
      prose.push(line);
    }
  }
  if (fence !== undefined) throw new Error(`${name}:${fence.line}: the fence is not closed`);
  const whole = prose.join('\n');
  return {
    name,
    text,
    fences,
    tables: tablesIn(prose),
    codeSpans: [...whole.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string),
    links: [...whole.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string),
    headings,
  };
}

/** The one table whose header starts with these cells. */
export function tableOf({ name, tables }: MarkdownDocument, ...header: readonly string[]): Table {
  const found = tables.filter((table) => header.every((cell, i) => table.header[i] === cell));
  const [table] = found;
  if (table === undefined || found.length > 1) {
    throw new Error(`${name}: expected one table with the header ${header.join(' | ')}, got ${found.length}`);
  }
  return table;
}

/** The one column of a table with this header, top to bottom. */
export function columnOf(table: Table, header: string): readonly string[] {
  const index = table.header.indexOf(header);
  if (index === -1) throw new Error(`expected a column ${header}, got ${table.header.join(', ')}`);
  return table.rows.map((row) => row[index] as string);
}

/** The text of a cell without the marks of inline code. */
export function plain(cell: string): string {
  return cell.replaceAll('`', '');
}

function tablesIn(lines: readonly string[]): Table[] {
  const tables: Table[] = [];
  let rows: string[][] = [];
  const finish = (): void => {
    const [header, , ...body] = rows;
    if (header !== undefined) tables.push({ header, rows: body });
    rows = [];
  };
  for (const line of lines) {
    if (line.startsWith('|')) rows.push(cellsOf(line));
    else finish();
  }
  finish();
  return tables;
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
