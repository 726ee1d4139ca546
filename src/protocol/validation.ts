/**
 * The grammar of the frames a client sends: what each field may hold. A problem is a sentence naming the field, what
 * was expected and what was found; undefined means there is none. Values nested in `data` are the codec's business.
 */
import { type EventFields, overflowPolicies } from './frames.js';
import { limits } from './limits.js';
import { isPriority, priorities } from './priorities.js';
import { isPattern, isTopicPattern } from './topics.js';
import { utf8Bytes } from './utf8.js';

/** Whether a value can be an operation's id: a whole number of 0..2^53−1, or a string of 1..64 bytes. */
export function isId(value: unknown): value is number | string {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'string' && value !== '' && fits(value, limits.idBytesMax);
}

/** Whether a text can be an event's type. */
export function isTypeName(type: string): boolean {
  return type.length <= limits.typeBytesMax && /^[A-Za-z0-9._-]+$/.test(type);
}

/**
 * What is wrong with the fields of an event, but for the characters of `type`: a type that is no route's is looked at
 * then (see {@link isTypeName}). Run for every event: no allocation.
 */
export function invalidEvent(fields: EventFields): string | undefined {
  const { type, id, ack, key, priority, ttl, idem, credit, overflow, trace } = fields;
  if (typeof type !== 'string') return unlike('type', 'a string', type);
  if (id != null && !isId(id)) return unlike('id', idExpected, id);
  if (ack != null && typeof ack !== 'boolean') return unlike('ack', 'a boolean', ack);
  if (key != null && !isText(key, limits.keyBytesMax)) return unlike('key', textExpected(limits.keyBytesMax), key);
  if (priority != null && !isPriority(priority)) return unlike('priority', `one of ${priorities.join(', ')}`, priority);
  if (ttl != null && !isTtl(ttl)) return unlike('ttl', 'milliseconds, 1 or more', ttl);
  if (idem != null && !isText(idem, limits.idemBytesMax))
    return unlike('idem', textExpected(limits.idemBytesMax), idem);
  if (credit != null && !isCount(credit)) return unlike('credit', countExpected, credit);
  if (overflow != null && !isOverflow(overflow)) return unlike('overflow', overflowExpected, overflow);
  if (trace != null && !isText(trace, limits.traceBytesMax)) {
    return unlike('trace', textExpected(limits.traceBytesMax), trace);
  }
  return undefined;
}

/** What is wrong with a frame that is no event; an `op` that is not known has nothing to be wrong. */
export function invalidFrame(frame: { readonly op: string; readonly [field: string]: unknown }): string | undefined {
  switch (frame.op) {
    case 'hello':
      return invalidHello(frame);
    case 'pull':
      return invalidId(frame.id) ?? (isCount(frame.max) ? undefined : unlike('max', countExpected, frame.max));
    case 'cancel':
      return invalidId(frame.id);
    case 'subscribe':
      return invalidId(frame.id) ?? invalidSubscribe(frame);
    case 'received':
      return isCount(frame.s) ? undefined : unlike('s', countExpected, frame.s);
    case 'auth':
      return typeof frame.token === 'string' ? undefined : unlike('token', 'a string', frame.token);
    case 'ping':
      return invalidPing(frame.at);
    default:
      return undefined;
  }
}

const idExpected = `a whole number of 0 to 2^53-1 or a string of 1 to ${limits.idBytesMax} bytes`;
const countExpected = 'a whole number of 0 to 2^53';
const overflowExpected = `one of ${overflowPolicies.join(', ')}`;
const pingExpected = `a number or a string of at most ${limits.pingBytesMax} bytes`;
const topicExpected = `1 to ${limits.topicBytesMax} characters: tokens of A-Z a-z 0-9 _ - with dots between, * or a last >`;

function invalidHello({ token, batch, resume }: Readonly<Record<string, unknown>>): string | undefined {
  if (token != null && typeof token !== 'string') return unlike('token', 'a string', token);
  if (batch != null && typeof batch !== 'boolean') return unlike('batch', 'a boolean', batch);
  if (resume == null || typeof resume === 'boolean') return undefined;
  if (typeof resume !== 'object' || Array.isArray(resume)) return unlike('resume', 'true or a map', resume);
  const { session, secret, received } = resume as Readonly<Record<string, unknown>>;
  if (typeof session !== 'string') return unlike('resume.session', 'a string', session);
  if (typeof secret !== 'string') return unlike('resume.secret', 'a string', secret);
  return isCount(received) ? undefined : unlike('resume.received', countExpected, received);
}

function invalidId(id: unknown): string | undefined {
  return isId(id) ? undefined : unlike('id', idExpected, id);
}

/** What is wrong with a `subscribe`, but for its `id`. */
export function invalidSubscribe(frame: Readonly<Record<string, unknown>>): string | undefined {
  const { topic, from, rewind, credit, overflow } = frame;
  if (rewind != null && !isCount(rewind)) return unlike('rewind', countExpected, rewind);
  if (credit != null && !isCount(credit)) return unlike('credit', countExpected, credit);
  if (overflow != null && !isOverflow(overflow)) return unlike('overflow', overflowExpected, overflow);
  const problem = invalidTopic(topic) ?? (from == null ? undefined : invalidFrom(from));
  if (problem !== undefined || (from == null && rewind == null) || !isPattern(topic as string)) return problem;
  return 'expected topic to be one topic where from or rewind is given: a pattern is live only';
}

function invalidFrom(from: unknown): string | undefined {
  if (typeof from !== 'object' || from === null || Array.isArray(from)) return unlike('from', 'a map', from);
  const { epoch, offset } = from as Readonly<Record<string, unknown>>;
  if (typeof epoch !== 'string' && typeof epoch !== 'number')
    return unlike('from.epoch', 'a string or a number', epoch);
  return isCount(offset) ? undefined : unlike('from.offset', countExpected, offset);
}

function invalidTopic(topic: unknown): string | undefined {
  return typeof topic === 'string' && isTopicPattern(topic) ? undefined : unlike('topic', topicExpected, topic);
}

function invalidPing(at: unknown): string | undefined {
  if (at == null || typeof at === 'number' || isText(at, limits.pingBytesMax)) return undefined;
  return unlike('at', pingExpected, at);
}

function isTtl(value: unknown): boolean {
  return typeof value === 'number' && value >= 1 && value <= limits.integerMax;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= limits.integerMax && Number.isInteger(value);
}

function isOverflow(value: unknown): boolean {
  return (overflowPolicies as readonly unknown[]).includes(value);
}

function isText(value: unknown, bytesMax: number): boolean {
  return typeof value === 'string' && fits(value, bytesMax);
}

function textExpected(bytesMax: number): string {
  return `a string of at most ${bytesMax} bytes`;
}

/** A UTF-16 unit takes at most three bytes of UTF-8: short texts need not be measured. */
function fits(text: string, bytesMax: number): boolean {
  return text.length * 3 <= bytesMax || utf8Bytes(text) <= bytesMax;
}

const shownCharsMax = 40;

function unlike(field: string, expected: string, got: unknown): string {
  return `expected ${field} to be ${expected}, got ${shown(got)}`;
}

/** The type of a value, and its text where that helps. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  if (typeof value !== 'string') return typeof value;
  return value.length <= shownCharsMax
    ? `the string ${JSON.stringify(value)}`
    : `a string of ${value.length} characters`;
}
