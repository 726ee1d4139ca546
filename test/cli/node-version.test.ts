import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unsupportedNode } from '../../src/cli/node-version.js';

const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly engines: { readonly node: string } };

/** Reads ranges such as `>=20.19 <21 || >=22 <23`. */
function isInEngines(version: string): boolean {
  const number = (text: string) => {
    const [major = 0, minor = 0] = text.split('.').map(Number);
    return major * 1000 + minor;
  };
  return engines.node.split('||').some((range) => {
    return range
      .trim()
      .split(/\s+/)
      .every((bound) => {
        const limit = number(bound.replace(/^[<>=]+/, ''));
        return bound.startsWith('>=') ? number(version) >= limit : number(version) < limit;
      });
  });
}

const versions = [
  '0.12.18',
  '8.17.0',
  '14.21.3',
  '18.20.8',
  '19.9.0',
  '20.0.0',
  '20.18.3',
  '20.19.0',
  '20.20.2',
  '21.7.3',
  '22.0.0',
  '22.23.1',
  '23.11.0',
  '24.0.0',
  '30.1.0',
];

describe('the version of Node', () => {
  it.each(versions)('%s is let in exactly when package.json says so', (version) => {
    expect(unsupportedNode(version) === undefined).toBe(isInEngines(version));
    expect(unsupportedNode(`v${version}`) === undefined).toBe(isInEngines(version));
  });

  it('is named in one sentence when it is not', () => {
    expect(unsupportedNode('18.20.8')).toMatch(/^sluice: expected Node [^\n]+, got Node 18\.20\.8; [^\n]+\.$/);
  });

  it('is looked at before anything else is loaded', () => {
    const main = readFileSync('src/main.ts', 'utf8');
    expect([...main.matchAll(/^import .*$/gm)].flat()).toEqual([
      "import { unsupportedNode } from './cli/node-version.js';",
    ]);
    expect(readFileSync('src/cli/node-version.ts', 'utf8')).not.toMatch(/\bimport\b.*['"(]/);
  });

  it.each(['18.20.8', '24.1.0'])('%s ends the command with 1 and that sentence', (version) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const words = [
      '--import',
      'tsx',
      '--import',
      `data:text/javascript,${encodeURIComponent(pretend)}`,
      'src/main.ts',
      'serve',
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: `${unsupportedNode(version)}\n` });
  });
});
