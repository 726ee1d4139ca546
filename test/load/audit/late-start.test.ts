import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Definition {
  handle(event: { readonly data: object }, context: object): Promise<unknown>;
}

/** Calls a handler of the audit for each event with so much time left. @returns what it wrote into the ledger last */
async function started(
  ...events: readonly (readonly [data: object, remainingMs: number])[]
): Promise<string | undefined> {
  const { auditHandlers } = (await import(pathToFileURL(resolve('load/audit/audit-handler-set.mjs')).href)) as {
    auditHandlers(parts: object): { readonly echo: Definition };
  };
  const lines: string[] = [];
  const { echo } = auditHandlers({
    defineHandler: (definition: Definition) => definition,
    HandlerError: Error,
    ledger: { line: (text: string) => lines.push(text) },
  });
  for (const [more, remainingMs] of events) {
    const data = { n: 1, key: -1, keySequence: 0, ...more };
    await echo.handle({ data }, { attempt: 1, remainingMs: () => remainingMs });
  }
  return lines.at(-1);
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

describe('the handlers of an audited run', () => {
  it('write down that they were called after the deadline', async () => {
    expect(await started([{ ttl: 100, expiresUs: nowUs() - 50_000 }, 0])).toBe('1 1 -1 0 start late');
  });

  it('forgive what was taken in time and began in the next moment', async () => {
    expect(await started([{ ttl: 100, expiresUs: nowUs() }, 0])).toBe('1 1 -1 0 start');
  });

  it('forgive as much as another event in time was on its way', async () => {
    const slow = [{ ttl: 100, expiresUs: nowUs() + 20_000 }, 60] as const;
    expect(await started(slow, [{ ttl: 100, expiresUs: nowUs() - 30_000 }, 0])).toBe('1 1 -1 0 start');
    expect(await started(slow, [{ ttl: 100, expiresUs: nowUs() - 90_000 }, 0])).toBe('1 1 -1 0 start late');
  });

  it('write down that their gateway knows of no deadline', async () => {
    expect(await started([{ ttl: 100, expiresUs: nowUs() + 100_000 }, 30_000])).toBe('1 1 -1 0 start late');
  });

  it('have nothing to say of events in time, or without a deadline', async () => {
    expect(await started([{ ttl: 100, expiresUs: nowUs() + 60_000 }, 60])).toBe('1 1 -1 0 start');
    expect(await started([{}, 30_000])).toBe('1 1 -1 0 start');
  });
});
