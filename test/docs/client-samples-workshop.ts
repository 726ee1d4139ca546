/** A workshop in which `sluice` has its client too, and samples of it that run there. */
import type { Fence, MarkdownDocument } from './markdown.js';
import { outputOf, Workshop } from './workshop.js';

const exports = { './client': './src/client.ts', './client/msgpack': './src/client-msgpack.ts' };

/** Whoever makes it removes it. */
export function clientWorkshop(): Workshop {
  const workshop = new Workshop();
  workshop.write(
    'node_modules/sluice/package.json',
    JSON.stringify({ name: 'sluice', type: 'module', exports: { '.': './src/index.ts', ...exports } }),
  );
  return workshop;
}

/** Runs a TypeScript module in a workshop. @returns what it wrote to stdout; rejects when it fails */
export function outputOfModule(workshop: Workshop, name: string, text: string): Promise<string> {
  return outputOf(process.execPath, ['--import', 'tsx', workshop.write(`${name}.mts`, text)]);
}

/** The samples of a document with the words that follow their language, each with the fence right below it. */
export function samplesIn({
  fences,
}: MarkdownDocument): { readonly fence: Fence; readonly below: Fence | undefined }[] {
  return fences.flatMap((fence, i) => (fence.info[0] === 'ts' ? [{ fence, below: fences[i + 1] }] : []));
}
