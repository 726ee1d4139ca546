import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { outputOf } from '../docs/workshop.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { example, pathOf } from './example-process.js';

let gateway: Gateway | undefined;
let made = 0;

afterEach(() => gateway?.close());

async function start(): Promise<Gateway> {
  made = 0;
  const rows = defineHandler<{ rows: number }>({
    type: 'report.rows',
    async *handle({ data }) {
      for (made = 1; made <= data.rows; made += 1) yield { row: made, note: 'x'.repeat(100) };
    },
  });
  gateway = await startTestGateway([rows]);
  return gateway;
}

const report = (file: string, rows: number, { url }: Gateway) =>
  example('examples/node/report.mjs', [file, '--rows', String(rows), '--url', url]);

/** Every row once, in order. */
const expectRows = (text: string, rows: number): void => {
  const numbers = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { row: number }).row);
  expect(numbers).toEqual(Array.from({ length: rows }, (_, i) => i + 1));
};

describe('examples/node/report.mjs', () => {
  it('writes every row once, in order, into a file that is whole', async () => {
    const file = pathOf('whole.ndjson');
    const child = report(file, 5000, await start());
    expect(await child.ended).toBe(0);
    expect(child.stdout).toBe(`5000 rows in ${file}\n`);
    expectRows(readFileSync(file, 'utf8'), 5000);
    expect(existsSync(`${file}.unfinished`)).toBe(false);
  });

  it('holds the handler up while its file takes nothing', async () => {
    const file = pathOf('slow.ndjson');
    await outputOf('mkfifo', [`${file}.unfinished`]);
    const child = report(file, 50_000, await start());
    const pipe = await open(`${file}.unfinished`, 'r');
    let before = -1;
    // The pipe, and all that is in between, is full when no more rows are made between two looks.
    await vi.waitFor(
      () => {
        const isStill = made > 0 && made === before;
        before = made;
        expect(isStill).toBe(true);
      },
      { timeout: 15_000, interval: 90 },
    );
    expect(made).toBeLessThan(5000);
    expectRows(await pipe.readFile('utf8'), 50_000);
    await pipe.close();
    expect(await child.ended).toBe(0);
  });

  it('ends the report at the gateway on Ctrl-C, and leaves no file', async () => {
    const file = pathOf('stopped.ndjson');
    const child = report(file, 10_000_000, await start());
    await child.until(/[1-9]\d* rows\n/);
    child.kill('SIGINT');
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(/stopped after \d+ rows\n$/);
    expect(existsSync(file) || existsSync(`${file}.unfinished`)).toBe(false);
    await expectConservation(gateway as Gateway);
  });
});
