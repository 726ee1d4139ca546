/** Goals as a table for the terminal or as Markdown. */
import { boundText, type Check, foundText, spreadText } from './check.js';
import { type Column, type TableStyle, textTable } from './text-table.js';

const columns: readonly Column[] = [
  { head: 'goal' },
  { head: 'figure' },
  { head: 'found', isRight: true },
  { head: 'spread', isRight: true },
  { head: 'bound', isRight: true },
  { head: 'met' },
];

/** A row for each goal, ends with a line break. */
export function checkText(checks: readonly Check[]): string {
  return `${textTable(columns, checks.map(checkCells), 'terminal')}\n`;
}

/** Goals of several commands in one table. Ends without a line break. */
export function goalsTable(
  rows: readonly { readonly check: Check; readonly command: string }[],
  style: TableStyle,
): string {
  const cells = rows.map(({ check, command }) => [
    ...checkCells(check),
    style === 'markdown' ? `\`${command}\`` : command,
  ]);
  return textTable([...columns, { head: 'command' }], cells, style);
}

function checkCells(check: Check): string[] {
  return [check.goal, check.what, foundText(check), spreadText(check), boundText(check), check.isMet ? 'yes' : 'NO'];
}
