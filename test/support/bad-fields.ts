/**
 * The grammar of the client's frames, as the protocol's text gives it, turned into all that is wrong with it: for each
 * known field every kind of value it does not take, and values of the right kind out of bounds.
 */

/** A value of each kind both encodings have, and how an error may call the kind. */
const kinds = {
  string: { value: 'text', called: /string/ },
  number: { value: 5, called: /number/ },
  boolean: { value: true, called: /boolean/ },
  array: { value: [], called: /array/ },
  map: { value: {}, called: /map/ },
} as const;

type Kind = keyof typeof kinds;

interface Field {
  readonly takes: readonly Kind[];
  /** Neither null nor absent will do. */
  readonly isRequired?: boolean;
  /** Of a kind it takes, and still wrong. */
  readonly outside?: readonly unknown[];
}

/** One field of one op. */
export interface BadField {
  readonly op: string;
  readonly field: string;
  /** A good frame, but for the field. */
  readonly frame: Readonly<Record<string, unknown>>;
  /** `value` undefined: the field is absent. */
  readonly cases: readonly { readonly value: unknown; readonly called: RegExp }[];
}

const notCounts = [-1, 1.5];
const badIds = ['', 'x'.repeat(65), 'é'.repeat(33), -1, 0.5, 2 ** 53];
const badTopics = ['', '.a', 'a.', 'a..b', 'a b', 'é', '>.a', 'a.>.b', 'a*', 'x'.repeat(257)];
const resume = { session: 's', secret: 's', received: 0 };
const badResumes = [
  {},
  { ...resume, session: 5 },
  { ...resume, secret: null },
  { ...resume, received: '0' },
  { ...resume, received: -1 },
  { session: 's', secret: 's' },
];

const id: Field = { takes: ['string', 'number'], isRequired: true, outside: badIds };
const text = (bytesMax: number): Field => ({
  takes: ['string'],
  outside: ['x'.repeat(bytesMax + 1), 'é'.repeat(bytesMax / 2 + 1)],
});
const oneOf = (...outside: readonly string[]): Field => ({ takes: ['string'], outside: ['', ...outside] });
const counted: Field = { takes: ['number'], outside: notCounts };

/** op → its fields, `data` left out: that may be anything. */
const grammar: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  event: {
    type: { takes: ['string'], isRequired: true, outside: ['', 'a b', 'a/b', 'é', 'a\n', 'x'.repeat(129)] },
    id: { takes: ['string', 'number'], outside: badIds },
    ack: { takes: ['boolean'] },
    key: text(256),
    priority: oneOf('urgent', 'HIGH', 'x'.repeat(1000)),
    ttl: { takes: ['number'], outside: [0, -1, 0.5] },
    idem: text(128),
    credit: counted,
    overflow: oneOf('keep', 'WAIT'),
    trace: { takes: ['string'] },
  },
  pull: { id, max: { ...counted, isRequired: true } },
  cancel: { id },
  subscribe: {
    id,
    topic: { takes: ['string'], isRequired: true, outside: badTopics },
    from: { takes: ['map'] },
    rewind: counted,
    credit: counted,
    overflow: oneOf('keep', 'WAIT'),
  },
  hello: {
    token: { takes: ['string'] },
    batch: { takes: ['boolean'] },
    resume: { takes: ['boolean', 'map'], outside: badResumes },
  },
  received: { s: { ...counted, isRequired: true } },
  auth: { token: { takes: ['string'], isRequired: true } },
  ping: { at: { takes: ['number', 'string'], outside: ['x'.repeat(1000)] } },
};

const goodFrames: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  event: { type: 'echo', id: 'bad' },
  pull: { id: 'none', max: 1 },
  cancel: { id: 'none' },
  subscribe: { id: 'bad', topic: 'a.b' },
  received: { s: 0 },
  auth: { token: 'token' },
};

/** Every known field of every op with all that is wrong with it. */
export const badFields: readonly BadField[] = Object.entries(grammar).flatMap(([op, fields]) =>
  Object.entries(fields).map(([field, { takes, isRequired, outside }]) => ({
    op,
    field,
    frame: { op, ...goodFrames[op] },
    cases: [
      ...Object.entries(kinds)
        .filter(([kind]) => !takes.includes(kind as Kind))
        .map(([, { value, called }]) => ({ value, called })),
      ...(isRequired ? [null, undefined].map((value) => ({ value, called: /null|nothing/ })) : []),
      ...(outside ?? []).map((value) => ({ value, called: /./ })),
    ],
  })),
);
