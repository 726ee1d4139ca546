/** The grammar of topics and of the patterns that cover them, which event types share. */
import { limits } from './limits.js';

/** What the companion of a topic begins with, on which its subscribers are seen to come and go. */
export const presencePrefix = '_presence.';

/** Whether a topic is one the gateway itself writes to, and nobody else: its first token begins with `_`. */
export function isReserved(topic: string): boolean {
  return topic.startsWith('_');
}

/** What a pattern is made of, as the source of a regular expression; a topic is one without wildcards. */
export const patternSource = '(?:(?:[A-Za-z0-9_-]+|\\*)\\.)*(?:[A-Za-z0-9_-]+|\\*|>)';
const patternForm = new RegExp(`^${patternSource}$`);

/** Whether a text names one topic: tokens of `[A-Za-z0-9_-]` with dots between. A loop, for it is run for every message. */
export function isTopic(text: string): boolean {
  if (text.length > limits.topicBytesMax) return false;
  let tokenChars = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (isTokenChar(char)) tokenChars += 1;
    else if (char === 0x2e && tokenChars > 0) tokenChars = 0;
    else return false;
  }
  return tokenChars > 0;
}

/** Whether a text is a topic or a pattern: `*` is one token, a last `>` one or more. */
export function isTopicPattern(text: string): boolean {
  return text.length <= limits.topicBytesMax && patternForm.test(text);
}

/** Whether it is a pattern, and not one topic. */
export function isPattern(text: string): boolean {
  return text.includes('*') || text.includes('>');
}

/** Whether a pattern covers a topic, or all topics of another pattern. */
export function covers(pattern: string, covered: string): boolean {
  const wanted = pattern.split('.');
  const tokens = covered.split('.');
  if (tokens.includes('')) return false;
  for (let i = 0; i < wanted.length; i += 1) {
    if (wanted[i] === '>') return tokens.length > i;
    if (i >= tokens.length || tokens[i] === '>') return false;
    if (wanted[i] !== '*' && wanted[i] !== tokens[i]) return false;
  }
  return tokens.length === wanted.length;
}

/**
 * The same for patterns of topics: a `*` or `>` in front stands for no reserved topic, so whoever wants the gateway's own
 * says so. Of a pattern that is covered only the topics count that it stands for.
 */
export function coversTopics(pattern: string, covered: string): boolean {
  return !(isReserved(covered) && beginsOpen(pattern)) && covers(pattern, covered);
}

/** Orders patterns by how much they say, the least first: more literal tokens first, then more tokens, then no `>`. */
export function bySpecificity(a: string, b: string): number {
  const weigh = (pattern: string) => {
    const tokens = pattern.split('.');
    const literal = tokens.filter((token) => token !== '*' && token !== '>').length;
    return literal * 1000 + tokens.length * 2 + (tokens.at(-1) === '>' ? 0 : 1);
  };
  return weigh(a) - weigh(b);
}

/** Whether the first token of a pattern is a `*`, or a `>`. */
function beginsOpen(pattern: string): boolean {
  return pattern.startsWith('*') || pattern.startsWith('>');
}

/** A letter, a digit, `_` or `-`. */
function isTokenChar(char: number): boolean {
  const lower = char | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (char >= 0x30 && char <= 0x39) || char === 0x5f || char === 0x2d;
}
