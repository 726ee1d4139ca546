import { describe, expect, it } from 'vitest';
import { deadlineTickMs } from '../../src/pipeline/deadlines.js';
import { levelPassesMax } from '../../src/pipeline/scheduler.js';
import { limits } from '../../src/protocol/limits.js';
import { allItemsPerTurnMax, itemsPerTurnMax } from '../../src/replies/stream-turns.js';
import { projectFiles } from '../support/tidy/files.js';
import { roomOf, rooms, vendors } from '../support/tidy/rooms.js';
import { columnOf, plain, readDocument, tableOf } from './markdown.js';

const architecture = readDocument('ARCHITECTURE.md');
const table = tableOf(architecture, 'Room', 'Holds', 'May import', 'Packages');

/** Words of the table that stand for several rooms, as the text above it explains them. */
const groups: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...architecture.text.matchAll(/_(Ground|stages)_ (?:is|are) ((?:`[a-z]+`(?:, | and |,\n)?)+)/g)].map(
    ([, word = '', list = '']) => [
      word.toLowerCase(),
      [...list.matchAll(/`([a-z]+)`/g)].map(([, name]) => name as string),
    ],
  ),
);

const roomsIn = (cell: string): string[] => {
  return cell
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => groups[word] ?? [plain(word)]);
};

describe('the table of rooms', () => {
  const names = columnOf(table, 'Room').map(plain);

  it('has every room, with the rooms it may import', () => {
    const told = columnOf(table, 'May import').map((cell, i) => [names[i], roomsIn(cell).toSorted()]);
    const real = Object.entries(rooms).map(([name, imports]) => [name, imports.toSorted()]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(real));
    expect(names).toHaveLength(real.length);
  });

  it('has every package, in the rooms that may import it', () => {
    const told = columnOf(table, 'Packages').map((cell, i) => [names[i], roomsIn(cell).toSorted()]);
    const real = names.map((name) => [
      name,
      Object.keys(vendors)
        .filter((vendor) => vendors[vendor]?.includes(name))
        .toSorted(),
    ]);
    expect(told).toEqual(real);
  });

  it('is of the rooms there are', () => {
    const real = new Set([...projectFiles().keys()].map(roomOf).filter((room) => room !== undefined));
    expect(new Set(names)).toEqual(real);
  });

  it('is followed by a link to every file of the composition', () => {
    const files = [...projectFiles().keys()].filter((path) => roomOf(path) === 'composition');
    expect(files.filter((path) => !architecture.links.includes(path))).toEqual([]);
  });
});

describe('the numbers of the text', () => {
  it.each([
    { what: 'passes', text: `${levelPassesMax[1]}, ${levelPassesMax[2]} or ${levelPassesMax[3]} times` },
    { what: 'the tick of deadlines', text: `every ${deadlineTickMs} ms` },
    {
      what: 'items per turn',
      text: `${itemsPerTurnMax} items in one turn, or ${allItemsPerTurnMax.toLocaleString('en')} of all`,
    },
    { what: 'items that wait', text: `at most ${limits.streamWaitingMax} items` },
  ])('are those of the code: $what', ({ text }) => {
    expect(architecture.text.replaceAll(/\s+/g, ' ')).toContain(text);
  });
});
