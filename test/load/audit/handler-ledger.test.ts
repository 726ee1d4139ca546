import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';

interface WriterModule {
  openLedger(path: string): { line(text: string): void; flush(): void };
}

const writerUrl = pathToFileURL(resolve('load/audit/ledger-writer.mjs')).href;
let folder: string;
let writer: WriterModule;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handler-ledger-'));
  writer = (await import(writerUrl)) as WriterModule;
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the handler ledger', () => {
  it('gives the calls in the order they were written', () => {
    const ledger = HandlerLedger.parse('1 1 -1 0 start\n4000000000 2 7 12 start\n');
    expect([...ledger]).toEqual([
      { n: 1, attempt: 1, key: -1, keySequence: 0 },
      { n: 4_000_000_000, attempt: 2, key: 7, keySequence: 12 },
    ]);
    expect([ledger.length, ledger.isTorn]).toEqual([2, false]);
  });

  it('knows which events started after their deadline', () => {
    const ledger = HandlerLedger.parse('1 1 -1 0 start\n2 1 -1 0 start late\n');
    expect([ledger.length, ledger.late]).toEqual([2, [2]]);
  });

  it('leaves out a last line that was cut off, and says so', () => {
    const ledger = HandlerLedger.parse('1 1 -1 0 start\n2 1 -1');
    expect([ledger.length, ledger.isTorn]).toEqual([1, true]);
  });

  it.each(['1 1 -1 0', '1 1 -1 0 end', 'a 1 -1 0 start', '1 1 -1 0 start ', '', '-1 1 1 1 start'])(
    'refuses the line "%s"',
    (line) => {
      expect(() => HandlerLedger.parse(`1 1 -1 0 start\n${line}\n`)).toThrow(/^line 2 of the handler ledger: expected/);
    },
  );

  it('refuses a file without lines before it has read all of it', () => {
    expect(() => HandlerLedger.parse('1'.repeat(1000))).toThrow(/expected "n attempt key keySequence start"/);
  });

  it('reads files that are larger than one piece, wherever pieces end', () => {
    const path = join(folder, 'large');
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i + 1} 1 ${i % 7} ${i} start\n`);
    writeFileSync(path, lines.join(''));
    const ledger = HandlerLedger.read(path);
    expect(ledger.length).toBe(100_000);
    expect([...ledger].every(({ n, key, keySequence }, i) => n === i + 1 && key === i % 7 && keySequence === i)).toBe(
      true,
    );
  });
});

describe('the writer of the handler ledger', () => {
  it('writes in pieces of 64 KiB, and the rest when it is told to', () => {
    const path = join(folder, 'pieces');
    const ledger = writer.openLedger(path);
    const line = '1000000 1 -1 0 start';
    const perPiece = Math.floor(65_536 / (line.length + 1));
    for (let i = 0; i < perPiece; i += 1) ledger.line(line);
    expect(readFileSync(path).length).toBe(0);
    ledger.line(line);
    expect(readFileSync(path).length).toBe(perPiece * (line.length + 1));
    ledger.flush();
    expect(HandlerLedger.read(path).length).toBe(perPiece + 1);
  });

  it('writes what is there within 200 ms', () => {
    vi.useFakeTimers();
    try {
      const path = join(folder, 'timer');
      const ledger = writer.openLedger(path);
      ledger.line('1 1 -1 0 start');
      vi.advanceTimersByTime(199);
      expect(HandlerLedger.read(path).length).toBe(0);
      vi.advanceTimersByTime(1);
      expect(HandlerLedger.read(path).length).toBe(1);
      ledger.line('2 1 -1 0 start');
      vi.advanceTimersByTime(200);
      expect(HandlerLedger.read(path).length).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('writes the rest when the process exits, and does not keep it alive', () => {
    const path = join(folder, 'exit');
    const code = `import { openLedger } from ${JSON.stringify(writerUrl)};
      const ledger = openLedger(${JSON.stringify(path)});
      ledger.line('1 1 -1 0 start');
      ledger.line('2 1 -1 0 start');`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', code], { timeout: 10_000 });
    expect(HandlerLedger.read(path).length).toBe(2);
  });

  it('appends to what is there', () => {
    const path = join(folder, 'append');
    for (const line of ['1 1 -1 0 start', '1 2 -1 0 start']) {
      const ledger = writer.openLedger(path);
      ledger.line(line);
      ledger.flush();
    }
    expect(HandlerLedger.read(path).length).toBe(2);
  });
});
