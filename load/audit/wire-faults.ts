/** Faults in what is sent: frames that are left out, doubled, changed, held back, or sent to the wrong place. */
import type { Frame } from './audit-event.js';
import type { Fault, Tamper } from './fault.js';

type Change = (frame: Frame, wire: Parameters<Tamper>[3]) => readonly Frame[];

/** Frames of one `op` about the target, changed. Of items it is the second, which is in the middle of every stream. */
function targets(op: string, change: Change): () => Tamper {
  return () => (frame, task, target, wire) => {
    const isMeant = task === target && frame.op === op && (op !== 'item' || frame.n === 2);
    return isMeant ? change(frame, wire) : [frame];
  };
}

/** Holds the target's frame back until another is about to leave, and sends both as `join` says. */
function held(isHeld: (frame: Frame) => boolean, join: (first: Frame, next: Frame) => readonly Frame[]): () => Tamper {
  return () => {
    let first: Frame | undefined;
    return (frame, task, target) => {
      if (task !== target) return [frame];
      if (isHeld(frame)) {
        first = frame;
        return [];
      }
      if (first === undefined) return [frame];
      const both = join(first, frame);
      first = undefined;
      return both;
    };
  };
}

/** Holds the target's end back until that of the next event of its key. */
function withNextOfKey(join: (own: Frame, next: Frame) => readonly Frame[]): () => Tamper {
  return () => {
    let own: Frame | undefined;
    return (frame, task, target) => {
      if (frame.op !== 'end' || task.connection !== target.connection || task.key !== target.key) return [frame];
      if (task === target) {
        own = frame;
        return [];
      }
      if (own === undefined) return [frame];
      const both = join(own, frame);
      own = undefined;
      return both;
    };
  };
}

/** The last item of a stream never comes, and its end says that there was one less. */
function shortStream(): Tamper {
  let last: Frame | undefined;
  return (frame, task, target) => {
    if (task !== target) return [frame];
    if (frame.op === 'end') return [{ ...frame, n: (frame.n as number) - 1 }];
    if (frame.op !== 'item') return [frame];
    const before = last;
    last = frame;
    return before === undefined ? [] : [before];
  };
}

const isItem2 = ({ op, n }: Frame): boolean => op === 'item' && n === 2;
const isGap = ({ op }: Frame): boolean => op === 'gap';
const isAck = ({ op }: Frame): boolean => op === 'ack';
const swapped = (first: Frame, next: Frame): readonly Frame[] => [next, first];
const elsewhereId = 1_000_000_000;

const failed = (frame: Frame): Frame => ({
  op: 'error',
  id: frame.id,
  code: 'internal',
  message: 'the handler failed',
  retry: 'no',
  started: 'maybe',
});

const wrongData = (frame: Frame): Frame => {
  const data = frame.data as { readonly n: number };
  return { ...frame, data: { ...data, n: data.n + 1 } };
};

const outcomeFaults: readonly Fault[] = [
  { name: 'drop an outcome', expected: 'lost', on: 'plain', tamper: targets('end', () => []) },
  {
    name: 'run an acknowledged event and never answer',
    expected: 'lost',
    on: 'acked',
    tamper: targets('end', () => []),
  },
  { name: 'send an outcome twice', expected: 'duplicated', on: 'plain', tamper: targets('end', (f) => [f, f]) },
  {
    name: 'send a second end later',
    expected: 'duplicated',
    on: 'keyed',
    tamper: targets('end', (frame, wire) => {
      wire.later(frame);
      return [frame];
    }),
  },
  {
    name: 'send an error after the end',
    expected: 'duplicated',
    on: 'acked',
    tamper: targets('end', (f) => [f, failed(f)]),
  },
  {
    name: 'answer an id that was never used',
    expected: 'lost',
    also: ['unexpected'],
    on: 'plain',
    tamper: targets('end', (frame) => [{ ...frame, id: elsewhereId }]),
  },
  {
    name: 'answer the id of another event',
    expected: 'lost',
    also: ['duplicated', 'unexpected'],
    on: 'keyed',
    tamper: withNextOfKey((own, next) => [{ ...own, id: next.id }, next]),
  },
  {
    name: 'swap two answers',
    expected: 'unexpected',
    on: 'keyed',
    tamper: withNextOfKey((own, next) => [
      { ...own, id: next.id },
      { ...next, id: own.id },
    ]),
  },
  {
    name: 'answer another connection',
    expected: 'lost',
    also: ['unexpected'],
    on: 'plain',
    tamper: targets('end', (frame, wire) => {
      wire.elsewhere(frame);
      return [];
    }),
  },
  {
    name: 'answer with other data',
    expected: 'unexpected',
    on: 'plain',
    tamper: targets('end', (f) => [wrongData(f)]),
  },
  { name: 'leave out an ack', expected: 'unexpected', on: 'acked', tamper: targets('ack', () => []) },
  { name: 'acknowledge twice', expected: 'unexpected', on: 'acked', tamper: targets('ack', (f) => [f, f]) },
  { name: 'acknowledge after the end', expected: 'unexpected', on: 'acked', tamper: held(isAck, swapped) },
  {
    name: 'cut a connection',
    expected: 'indeterminate',
    on: 'keyed',
    tamper: targets('end', (_frame, wire) => {
      wire.cut();
      return [];
    }),
  },
];

const streamFaults: readonly Fault[] = [
  { name: 'swap two items', expected: 'reordered', on: 'stream', tamper: held(isItem2, swapped) },
  { name: 'leave out an item', expected: 'lost', on: 'stream', tamper: targets('item', () => []) },
  { name: 'send an item twice', expected: 'duplicated', on: 'stream', tamper: targets('item', (f) => [f, f]) },
  {
    name: 'send an item again after the end',
    expected: 'duplicated',
    also: ['unexpected'],
    on: 'stream',
    tamper: targets('item', (frame, wire) => {
      wire.later(frame);
      return [frame];
    }),
  },
  {
    name: 'send an item with other data',
    expected: 'unexpected',
    on: 'stream',
    tamper: targets('item', (frame) => [wrongData(frame)]),
  },
  { name: 'leave out the last item, and say so', expected: 'lost', on: 'stream', tamper: shortStream },
  {
    name: 'count wrong at the end',
    expected: 'lost',
    on: 'stream',
    tamper: targets('end', (frame) => [{ ...frame, n: (frame.n as number) + 1 }]),
  },
  { name: 'leave out the end of a stream', expected: 'lost', on: 'stream', tamper: targets('end', () => []) },
  {
    name: 'end a stream as if it were a value',
    expected: 'unexpected',
    on: 'stream',
    tamper: targets('end', ({ op, id }) => [{ op, id }]),
  },
  { name: 'leave out a gap', expected: 'lost', on: 'gapped', tamper: targets('gap', () => []) },
  {
    name: 'count a gap wrong',
    expected: 'unexpected',
    on: 'gapped',
    tamper: targets('gap', (frame) => [{ ...frame, count: (frame.count as number) + 1 }]),
  },
  {
    name: 'let a gap end too early',
    expected: 'lost',
    on: 'gapped',
    tamper: targets('gap', (f) => [{ ...f, to: (f.to as number) - 1, count: (f.count as number) - 1 }]),
  },
  { name: 'send a gap too late', expected: 'unexpected', on: 'gapped', tamper: held(isGap, swapped) },
];

/** Sorted by what they hit. */
export const wireFaults: readonly Fault[] = [...outcomeFaults, ...streamFaults];
