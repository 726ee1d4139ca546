/** What browsers load of the client: little, and nothing that only Node, or only MessagePack, needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const folder = 'dist/browser';
const textOf = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8');

/** A built module and all it imports from its folder, as one text. */
function withItsChunks(file: string, seen = new Set<string>()): string {
  if (seen.has(file)) return '';
  seen.add(file);
  const text = textOf(file);
  const imported = [...text.matchAll(/^import .*from "\.\/([^"]+)";$/gm)].map(([, name = '']) =>
    withItsChunks(name, seen),
  );
  return [text, ...imported].join('\n');
}

describe('the client for browsers', () => {
  it('is less than 16,000 bytes as one file, compressed', () => {
    const bytes = gzipSync(textOf('sluice.min.js'), { level: 9 }).length;
    expect(bytes).toBeLessThan(16_000);
    expect(bytes).toBeGreaterThan(1000);
  });

  it('as one file imports nothing, and gives its names to the page', () => {
    const text = textOf('sluice.min.js');
    expect(text).not.toMatch(/\b(?:import|require)\s*\(|\bfrom\s*["']/);
    const names = new Function(`${text}\nreturn Object.keys(Sluice);`)() as string[];
    expect(names).toEqual(expect.arrayContaining(['connect', 'jsonEncoding', 'SluiceError']));
  });

  it('as a module has no MessagePack in it, and nothing of Node', () => {
    const text = withItsChunks('client.js');
    expect(text).toContain('connect');
    expect(text).not.toMatch(/msgpackr/i);
    const packages = [...text.matchAll(/^import .*from "([^."][^"]*)";$/gm)].map(([, name]) => name);
    expect(packages.filter((name) => name !== 'rxjs')).toEqual([]);
    expect(text).not.toMatch(/\bprocess\.|\bBuffer\b/);
  });

  it('has MessagePack in an entry of its own', () => {
    expect(readdirSync(folder)).toContain('client-msgpack.js');
    expect(withItsChunks('client-msgpack.js')).toMatch(/msgpackr/);
  });
});
