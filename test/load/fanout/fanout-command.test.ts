import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { benchCommand } from '../../../load/bench/bench-command.js';

/** Runs the command as a user does: against the build, in processes of its own. */
async function bench(...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let [out, err] = ['', ''];
  const code = await benchCommand([...args, '--results', folder], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  const [file = ''] = readdirSync(folder);
  return { code, out, err, result: () => JSON.parse(readFileSync(join(folder, file), 'utf8')) };
}

const short = ['--subscribers', '20', '--repetitions', '1', '--seconds', '1'];

describe('sluice bench fanout', { timeout: 60_000 }, () => {
  it('delivers all in order, to the peer’s subscribers and the gateway’s', async () => {
    const { code, out, result } = await bench('fanout', ...short, '--in-flight', '8');
    expect(out).toMatch(/8 {2}app\.publish +[\d,]+ ±0 %/);
    expect(out).toMatch(/8 {2}sluice, arrays +[\d,]+ ±0 % .* ±0 %/);
    expect(out).not.toContain('INVALID');
    expect(code).toBe(0);
    expect(result().runs).toHaveLength(3);
  });

  it('goes round many topics, in MessagePack', async () => {
    const many = ['--topics', '20', '--in-flight', '40', '--arrays', '--encoding', 'msgpack'];
    const { out, code } = await bench('fanout', ...short, ...many);
    expect(out).toContain('20 topics, 1 subscriber each');
    expect(code).toBe(0);
  });
});

describe('sluice bench reconnect', { timeout: 60_000 }, () => {
  it('finds every session whole on its second socket', async () => {
    const { code, out, result } = await bench('reconnect', '--clients', '40');
    const [{ result: found, echo }] = result().runs;
    expect(out).toMatch(/R7 +all sessions taken up again .* yes/);
    expect(found.firstFault).toBeUndefined();
    // Half of them share a topic, and half of them have a stream; all of that went on after the cut.
    expect(found.messages).toBeGreaterThan(20 * 5);
    expect(found.items).toBeGreaterThan(20 * 4);
    expect(echo.before.count).toBeGreaterThan(100);
    expect(code).toBe(0);
  });
});

describe('wrong words', () => {
  it.each([
    ['fanout', '--topics', '7'],
    ['reconnect', '--clients', '1'],
  ])('%s %s %s end with 2 and say what was expected', async (...args) => {
    const { code, err } = await bench(...args);
    expect(code).toBe(2);
    expect(err).toContain('expected');
  });
});

describe('the help', () => {
  it('has both', async () => {
    const { out } = await bench('help');
    expect(out).toContain('Usage: sluice bench fanout');
    expect(out).toContain('Usage: sluice bench reconnect');
  });
});
