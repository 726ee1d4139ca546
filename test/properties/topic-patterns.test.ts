/** The trie of patterns against comparing token by token. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternTrie } from '../../src/topics/pattern-trie.js';
import { covers } from '../support/naive-covers.js';

const token = fc.constantFrom('a', 'b', 'cc', '_');
const topic = fc.array(token, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 5 }), fc.boolean())
  .map(([tokens, hasRest]) => (hasRest || tokens.length === 0 ? [...tokens, '>'] : tokens).join('.'));

describe('the trie of patterns', () => {
  it('finds all that cover a topic, and gives back what it held once they are gone', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 40 }),
        fc.array(topic, { maxLength: 20 }),
        fc.nat(),
        (all, topics, some) => {
          const trie = new PatternTrie<number>();
          const isIn = new Set<number>();
          for (const [i, text] of all.entries()) {
            trie.add(text, i);
            isIn.add(i);
          }
          const compare = () => {
            for (const name of topics) {
              const found: number[] = [];
              trie.collect(name, found);
              const expected = [...isIn].filter((i) => covers(all[i] as string, name));
              expect(found.sort((a, b) => a - b)).toEqual(expected);
            }
          };
          compare();
          for (const [i, text] of all.entries()) {
            if ((some + i) % 3 > 0) continue;
            trie.remove(text, i);
            trie.remove(text, i);
            isIn.delete(i);
          }
          compare();
          expect(trie.size).toBe(isIn.size);
          for (const i of isIn) trie.remove(all[i] as string, i);
          expect([trie.size, trie.nodes]).toEqual([0, 0]);
        },
      ),
      { seed: 20261130, numRuns: 300 },
    );
  });
});
