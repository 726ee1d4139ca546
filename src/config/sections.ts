/**
 * Every key of the configuration, section by section: kind, bounds, unit, default, and what it is for. The JSON
 * Schema, the flags, the variables of the environment and the help of the command are all read from here.
 */
import { z } from 'zod';
import { limits } from '../protocol/limits.js';
import { patternSource } from '../protocol/topics.js';
import { choice, expects, optionalWhole, section, text, toggle, whole } from './fields.js';
import { overloadSections } from './overload-sections.js';
import { pipelineSection } from './pipeline-section.js';
import { routeSection } from './route-section.js';
import { sessionSections } from './session-sections.js';
import { topicPatterns, topicSections } from './topic-sections.js';

const kib = 1024;
const mib = 1024 * kib;
const hourMs = 3_600_000;

const host = (fallback: string) =>
  text({ pattern: /^[A-Za-z0-9.:%_-]{1,253}$/, expected: 'an IP address or a host name' })
    .default(fallback)
    .meta({ description: 'Address to listen on; 0.0.0.0 is every interface.' });
const port = (fallback: number) =>
  whole({ unit: '', min: 0, max: 65_535, default: fallback, description: 'TCP port; 0 takes a free one.' });

const listen = section(
  {
    host: host('127.0.0.1'),
    port: port(8080),
    payloadBytesMax: whole({
      unit: 'bytes',
      min: 64,
      max: 256 * mib,
      default: 64 * kib,
      description: 'Largest message of a socket, and largest body of a request. Clients are told it in `welcome`.',
    }),
    keepAliveMs: whole({
      unit: 'ms',
      min: 10,
      // Four times as long, the socket library cuts a silent socket by itself, and it counts to 960 seconds.
      max: 240_000,
      default: 25_000,
      description: 'Silence after which a client is closed (4201); at half of it, it is asked for a sign of life.',
    }),
    metrics: toggle({
      default: true,
      description: 'Whether /metrics is served to clients too, and not on the admin listener only.',
    }),
    floodFramesMax: whole({
      unit: 'frames',
      min: 4,
      max: 1_048_576,
      default: 3072,
      description:
        'Messages of one socket that may wait because they came faster than they could be read; beyond, it is closed ' +
        'as a flood (4101).',
    }),
    turnFramesMax: whole({
      unit: 'frames',
      min: 1,
      max: 1_048_576,
      default: 256,
      description:
        'Frames of one socket, and HTTP requests of all connections, that are handled in one turn of the event loop: ' +
        'what comes beyond waits for the next.',
    }),
    floodBytesMax: whole({
      unit: 'bytes',
      min: 1024,
      max: 1024 * mib,
      default: 8 * mib,
      description: 'As `floodFramesMax`, in bytes; a sixteenth of it is handled in one turn of the event loop.',
    }),
  },
  { description: 'Where clients connect, over WebSocket and HTTP.' },
);

const admin = section(
  { host: host('127.0.0.1'), port: port(8081) },
  { description: 'Where operators connect: health and metrics.' },
);

const budget = section(
  {
    items: whole({
      unit: 'events',
      min: 2,
      max: 2 ** 24,
      default: 65_536,
      description: 'Events that may wait or run at once in the whole process.',
    }),
    bytes: whole({
      unit: 'bytes',
      min: 1,
      max: 2 ** 40,
      default: 256 * mib,
      description: 'Bytes of all events that wait or run.',
    }),
    pressedPercent: whole({
      unit: 'percent',
      min: 1,
      max: 100,
      default: 50,
      description: 'Part of `bytes` in use from which on credit does not grow.',
    }),
    reserve: optionalWhole({
      unit: 'events',
      min: 1,
      max: 2 ** 24 - 1,
      description:
        'Part of `items` kept for events that come without credit: `critical` ones and HTTP requests. ' +
        'Default: a sixteenth of `items`, at least 1.',
    }),
  },
  { description: 'All that may wait or run in the process; beyond it, events are refused.' },
);

/** Section → its schema. Those that are maps may be left out altogether. */
export const sections = {
  listen: listen.prefault({}),
  admin: admin.prefault({}),
  budget: budget.prefault({}),
  ...sessionSections,
  ...topicSections,
  anonymous: section(
    {
      critical: toggle({ default: false, description: 'Whether they may ask for the priority `critical`.' }),
      subscribe: topicPatterns({ default: ['>'], description: 'Topics they may subscribe to.' }),
      publish: topicPatterns({
        default: [],
        description: 'Topics they may publish to: by events of a route that publishes, and by `POST /v1/topics`.',
      }),
    },
    { description: 'What clients without an identity may do.' },
  ).prefault({}),
  stream: section(
    {
      bridgeItemsMax: whole({
        unit: 'items',
        min: 1,
        max: 2 ** 20,
        default: 1024,
        description: 'Items an Observable may be ahead of its client before its event fails.',
      }),
    },
    { description: 'Bounds of one result stream.' },
  ).prefault({}),
  reply: section(
    {
      bytesMax: optionalWhole({
        unit: 'bytes',
        min: 64,
        max: 1024 * mib,
        description: 'Largest single reply. Default: 1048576, or `session.outboxBytesMax` where that is less.',
      }),
      allBytesMax: optionalWhole({
        unit: 'bytes',
        min: kib,
        max: 2 ** 40,
        description:
          'Bytes that may wait to be sent to all clients together; beyond, the slowest of them are closed (4108). ' +
          'Default: a quarter of `budget.bytes`, but no less than `session.outboxBytesMax`.',
      }),
    },
    { description: 'Bounds of replies.' },
  ).prefault({}),
  handlers: z
    .array(
      text({ pattern: /^[^\0]{1,4096}$/, expected: 'the path of a module or folder' }).meta({
        description: 'A module, or a folder whose modules are all loaded (its subfolders are not).',
      }),
      expects('a list of paths'),
    )
    .max(1024, expects('a list of at most 1024 paths'))
    .default([])
    .meta({ description: 'Modules and folders with handlers, relative to the file they are named in.' }),
  pages: z
    .array(
      text({ pattern: /^[^\0]{1,4096}$/, expected: 'the path of a folder' }).meta({
        description: 'A folder; all its files are served, those of its subfolders too. An earlier one wins.',
      }),
      expects('a list of paths'),
    )
    .max(64, expects('a list of at most 64 paths'))
    .default([])
    .meta({
      description:
        'Folders whose files browsers get from the port of clients, relative to the file they are named in. They are ' +
        'read at start.',
    }),
  pipelines: z
    .record(
      text({
        pattern: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
        expected: 'a name of at most 64 characters of A-Z a-z 0-9 _ -, the first a letter',
      }),
      pipelineSection,
      expects('a map of pipelines'),
    )
    .prefault({ default: {} })
    .meta({ description: 'Name of a pipeline → its slots and times. There is always one called `default`.' }),
  routes: z
    .record(
      text({
        pattern: new RegExp(`^(?=.{1,${limits.typeBytesMax}}$)${patternSource}$`),
        expected: 'a type: dot-separated tokens of A-Z a-z 0-9 _ -, * for one token, > for the rest',
      }),
      routeSection,
      expects('a map of routes'),
    )
    .prefault({})
    .meta({ description: 'Type or pattern → what holds for its events, over what their handler says itself.' }),
  ...overloadSections,
  drain: section(
    {
      deadlineMs: whole({
        unit: 'ms',
        min: 0,
        max: hourMs,
        default: 10_000,
        description: 'Time accepted events have to end when the gateway is asked to stop.',
      }),
      spreadMs: optionalWhole({
        unit: 'ms',
        min: 0,
        max: hourMs,
        description:
          'Time over which clients are asked to reconnect. Default: 5000, or `deadlineMs` where that is less.',
      }),
    },
    { description: 'The graceful stop.' },
  ).prefault({}),
  log: section(
    {
      level: choice(['debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        default: 'info',
        description: 'Least important level that is written.',
      }),
      pretty: z
        .union([z.boolean(), z.literal('auto')], expects('true, false or auto'))
        .default('auto')
        .meta({ description: 'Lines for people instead of JSON; `auto` is: on a terminal.' }),
    },
    { description: 'What is written to stdout.' },
  ).prefault({}),
};
