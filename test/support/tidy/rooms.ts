/** The rooms of `src/`: what each may import, and which packages it may use. ARCHITECTURE.md shows the same tables. */

const ground = ['model', 'protocol', 'collections'];
const everyRoom = [
  ...ground,
  'operators',
  'codec',
  'listener',
  'admission',
  'sessions',
  'pipeline',
  'handlers',
  'replies',
  'topics',
  'engine',
  'pages',
  'telemetry',
  'config',
];
const outside = ['composition', 'config', 'telemetry', 'handlers', 'model'];

/**
 * Room → the rooms it may import besides itself. `composition` is every file at the top of `src/` but the named ones:
 * `gateway.ts` and the few beside it.
 */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  model: ['protocol'],
  protocol: [],
  collections: [],
  operators: ['collections'],
  codec: ['protocol', 'model'],
  listener: ground,
  admission: ground,
  sessions: ground,
  pipeline: [...ground, 'operators'],
  handlers: [...ground, 'operators'],
  replies: ground,
  topics: ground,
  engine: ground,
  pages: ground,
  telemetry: ground,
  config: ground,
  demo: ['index.ts', 'operators.ts'],
  client: ['protocol', 'codec', 'collections'],
  composition: everyRoom,
  cli: [...outside, 'pages', 'client.ts', 'client-msgpack.ts'],
  'client.ts': ['client'],
  'client-browser.ts': ['client'],
  'client-msgpack.ts': ['client'],
  'main.ts': [...outside, 'cli'],
  'index.ts': [...everyRoom, 'composition'],
  'operators.ts': [...everyRoom, 'composition'],
};

/** Package → the rooms that may import it. What is not listed is not imported; Node's own modules are free. */
export const vendors: Readonly<Record<string, readonly string[]>> = {
  rxjs: ['operators', 'pipeline', 'handlers', 'replies', 'demo', 'client'],
  ws: ['client'],
  'uWebSockets.js': ['listener'],
  msgpackr: ['codec'],
  pino: ['telemetry'],
  'pino-pretty': ['telemetry'],
  'prom-client': ['telemetry'],
  yaml: ['config'],
  zod: ['config', 'demo'],
  commander: ['cli'],
  picocolors: ['cli'],
  'close-with-grace': ['cli'],
};

/** Files at the top of `src/` that join the rooms. More of them would be a room without a name. */
export const compositionFilesMax = 8;

/** The room of a file of `src/`, or undefined for any other file. */
export function roomOf(path: string): string | undefined {
  const [top, room, ...rest] = path.split('/');
  if (top !== 'src' || room === undefined) return undefined;
  if (rest.length > 0) return room;
  return Object.hasOwn(rooms, room) ? room : 'composition';
}
