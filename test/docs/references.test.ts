import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentSettings } from '../../src/config/environment.js';
import { flagSettings } from '../../src/config/flags.js';
import { child, type Key, keyTree } from '../../src/config/key-tree.js';
import { documentNames, type MarkdownDocument, readDocument } from './markdown.js';

const documents = documentNames.map(readDocument);
const cases = documents.map((document) => [document.name, document] as const);

/** As in the address of a heading: `#9-not-offered`. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const isThere = (link: string, from: MarkdownDocument): boolean => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : (documents.find(({ name }) => name === path) ?? otherDocument(path));
  if (anchor !== undefined) return target?.headings.some((heading) => anchorOf(heading) === anchor) === true;
  return existsSync(path);
};

/** One that is not held to the rules below, but may be linked to. */
const otherDocument = (path: string): MarkdownDocument | undefined =>
  path.endsWith('.md') && existsSync(path) ? readDocument(path) : undefined;

/** Everything that stands as code, in the text or in a fence. */
const codeOf = ({ codeSpans, fences }: MarkdownDocument): string[] => [...codeSpans, ...fences.map(({ text }) => text)];

describe.each(cases)('the references of %s', (_name, document) => {
  it('lead to files and headings that exist', () => {
    const relative = document.links.filter((link) => !/^[a-z]+:/.test(link));
    expect(relative.filter((link) => !isThere(link, document))).toEqual([]);
  });

  it('name files and folders that exist, or that the build makes of some', () => {
    const paths = document.codeSpans.filter((code) => /^(?:src|test|load|config|dist)\/[\w./-]*$/.test(code));
    const sources = paths.map((path) => path.replace(/^dist\/(.+)\.js$/, 'src/$1.ts').replace(/^dist\/$/, 'src/'));
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('name keys of the configuration that exist', () => {
    const root = keyTree();
    const sections = root.kind === 'section' ? [...root.keys.keys()] : [];
    const keys = document.codeSpans.filter(
      (code) => sections.includes(code.split('.')[0] as string) && /^[a-zA-Z.]+$/.test(code),
    );
    const missing = keys.filter((key) => {
      return key.split('.').reduce<Key | undefined>((found, part) => child(found, part), root) === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('name flags and variables that set something', () => {
    const words = codeOf(document).flatMap((code) => code.split(/[\s'"]+/));
    const flags = words.filter((word) => /^--[a-z]+\.[a-z]/i.test(word)).map((word) => [word.slice(2), '1'] as const);
    expect(flagSettings(Object.fromEntries(flags), keyTree()).problems).toEqual([]);
    // Those of the commands that are clients are no configuration.
    const isKey = (word: string): boolean => /^SLUICE_[A-Z_]+=/.test(word) && !/^SLUICE_(?:URL|TOKEN)=/.test(word);
    const variables = words.filter(isKey).map((word) => word.split('='));
    expect(environmentSettings(Object.fromEntries(variables), keyTree(), {}).problems).toEqual([]);
  });

  it('name targets of the Makefile that exist', () => {
    const known = new Set(targets());
    expect(made([document]).filter((target) => !known.has(target))).toEqual([]);
  });
});

describe('README and CONTRIBUTING', () => {
  it('name every target of the Makefile', () => {
    const named = new Set(made(documents.filter(({ name }) => /^(?:README|CONTRIBUTING)/.test(name))));
    expect(targets().filter((target) => !named.has(target))).toEqual(['help']);
    expect(named.size).toBeGreaterThan(5);
  });
});

/** Targets with a description: those that `make` lists. */
function targets(): string[] {
  return [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z0-9-]+):.*## /gm)].map(([, target]) => target as string);
}

function made(among: readonly MarkdownDocument[]): string[] {
  return among
    .flatMap(codeOf)
    .flatMap((code) => [...code.matchAll(/(?:^|&& )make ([a-z0-9-]+)/gm)].map(([, target]) => target as string));
}
