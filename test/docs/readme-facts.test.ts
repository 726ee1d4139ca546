import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unsupportedNode } from '../../src/cli/node-version.js';
import { loadConfig } from '../../src/config/load.js';
import { defaultConfig } from '../../src/config/schema.js';
import type { Gateway } from '../../src/gateway.js';
import { TestClient } from '../support/test-client.js';
import { startTestGateway } from '../support/test-gateway.js';
import { demoHandlers } from './demo-handlers.js';
import { documentNames, readDocument } from './markdown.js';
import { Workshop } from './workshop.js';

const readme = readDocument('README.md');
const workshop = new Workshop();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startTestGateway(demoHandlers);
});

afterAll(() => {
  gateway.close();
  workshop.remove();
});

/** Name → the sum over all its labels. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, name = '', value] of text.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)) {
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

/** Adds up one side of an equation. */
function sideOf(text: string, sums: ReadonlyMap<string, number>): number {
  return text.split('+').reduce((total, term) => {
    const name = /^(?:sum\()?(\w+)\)?$/.exec(term.trim())?.[1] ?? term;
    const value = sums.get(name);
    if (value === undefined) throw new Error(`expected the metric ${name}, found none`);
    return total + value;
  }, 0);
}

describe('the equations in README', () => {
  const equations = readme.fences
    .filter(({ info }) => info.join(' ') === 'text metrics')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.split(/ (<?=) /) as [string, string, string]);

  it('hold in a scrape, also while events run', async () => {
    const client = await TestClient.connect(gateway.port);
    client.send({ op: 'event', id: 'runs', type: 'sleep', data: { ms: 60_000 } });
    await client.request({ id: 1, type: 'echo' });
    await client.request({ id: 2, type: 'fail' });
    await client.request({ id: 3, type: 'none' });
    const sums = await scrape();
    expect(sums.get('sluice_events_in_flight')).toBe(1);
    expect(sums.get('sluice_events_received_total')).toBe(4);
    const wrong = equations.filter(([left, sign, right]) => {
      const difference = sideOf(left, sums) - sideOf(right, sums);
      return sign === '=' ? difference !== 0 : difference > 0;
    });
    expect(wrong).toEqual([]);
    expect(equations).toHaveLength(5);
    await client.close();
  });

  it('and the text beside them name metrics that exist', async () => {
    const names = readme.codeSpans.filter((code) => code.startsWith('sluice_'));
    const sums = await scrape();
    expect(names.filter((name) => !sums.has(name))).toEqual([]);
  });
});

describe('what README says', () => {
  it('of Node is what the command says', () => {
    const text = readme.text.replaceAll(/\s+/g, ' ');
    expect(text).toContain('Node 22, or 20 from 20.19 on');
    expect(['20.19.0', '22.0.0'].map(unsupportedNode)).toEqual([undefined, undefined]);
    expect(
      ['20.18.9', '21.0.0', '23.0.0', '24.0.0'].filter((version) => unsupportedNode(version) === undefined),
    ).toEqual([]);
  });

  it('of the socket library is what is installed', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    expect(readme.codeSpans).toContain(manifest.dependencies['uWebSockets.js']);
  });

  it('of ports is what holds by default and in the demo', () => {
    for (const { listen, admin } of [defaultConfig, loadConfig({ file: 'config/demo.yaml' })]) {
      expect([listen.port, admin.port]).toEqual([8080, 8081]);
    }
    expect(readme.text).toContain(`port ${defaultConfig.listen.port}, operators on ${defaultConfig.admin.port}`);
  });

  it('shows figures with their date, machine and commands', () => {
    const [, figures = ''] = /\n<!-- load:start -->\n([\s\S]+)\n<!-- load:end -->\n/.exec(readme.text) ?? [];
    expect(figures).toMatch(/^\s*20\d\d-\d\d-\d\d, Node \d+\.\d+ on .*cores/);
    expect(figures).toContain('make load');
    expect(figures).toContain("make bench ARGS='cost --peers'");
    expect(figures).toMatch(/\| \*\*Sluice\*\*.*\| +\d\.\d\d \|/);
  });
});

describe('a configuration that is shown', () => {
  const shown = documentNames.flatMap((name) => readDocument(name).fences.filter(({ info }) => info[0] === 'yaml'));

  it.each(shown.map((fence) => [fence.line, fence.text] as const))('is one that loads: line %d', (line, text) => {
    expect(() => loadConfig({ file: workshop.write(`line-${line}.yaml`, text) })).not.toThrow();
  });

  it('is there', () => {
    expect(shown.length).toBeGreaterThan(0);
  });
});
