import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/config/schema.js';
import { eventsRoute, type HttpApiParts, healthRoutes } from '../../src/http-api.js';
import { levelPassesMax } from '../../src/pipeline/scheduler.js';
import { closeCodes } from '../../src/protocol/close-codes.js';
import { errorCodes, exhaustedReasons } from '../../src/protocol/error-codes.js';
import { overflowPolicies } from '../../src/protocol/frames.js';
import { limits, socketPath, subprotocols } from '../../src/protocol/limits.js';
import { levelOf, priorities } from '../../src/protocol/priorities.js';
import { type TopicApiParts, topicRoutes } from '../../src/topic-api.js';
import { columnOf, plain, readDocument, tableOf } from './markdown.js';
import { closeNamesUsed, fieldsOf, gatewayFiles, reasonsGiven, startedByCode } from './source.js';

const protocol = readDocument('PROTOCOL.md');
const files = gatewayFiles();

const column = (table: ReturnType<typeof tableOf>, header: string): string[] => columnOf(table, header).map(plain);
/** The names in a cell of code spans: `id` `max`. */
const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);

describe('the table of error codes', () => {
  const table = tableOf(protocol, 'Code', 'HTTP', 'Retry', 'Started');

  it('has every code with its status and its retry', () => {
    const told = column(table, 'Code').map((code, i) => [
      code,
      Number(columnOf(table, 'HTTP')[i]),
      columnOf(table, 'Retry')[i],
    ]);
    expect(told).toEqual(Object.entries(errorCodes).map(([code, { httpStatus, retry }]) => [code, httpStatus, retry]));
  });

  it('says when the gateway itself answers a code, and for which of them it never does', () => {
    const when = columnOf(table, 'From the gateway itself when');
    const answered = column(table, 'Code').filter((_, i) => when[i] !== '');
    expect(answered.toSorted()).toEqual([...startedByCode(files).keys()].toSorted());
  });

  it('says whether the handler may have started', () => {
    const told = column(table, 'Code').map((code, i) => [code, columnOf(table, 'Started')[i]]);
    const started = startedByCode(files);
    const used = (code: string) => ['no', 'maybe'].filter((value) => started.get(code)?.has(value)).join(' or ');
    expect(told).toEqual(Object.keys(errorCodes).map((code) => [code, used(code)]));
  });
});

describe('the table of reasons', () => {
  const table = tableOf(protocol, 'Reason', 'Given when');

  it('has every reason', () => {
    expect(column(table, 'Reason')).toEqual([...exhaustedReasons]);
  });

  it('says which are never given', () => {
    const given = columnOf(table, 'Given when');
    const used = column(table, 'Reason').filter((_, i) => !given[i]?.startsWith('never'));
    expect(new Set(used)).toEqual(reasonsGiven(files));
  });
});

describe('the table of close codes', () => {
  const table = tableOf(protocol, 'Close code', 'When', 'Sent');

  it('has every code, and when it is used', () => {
    const told = columnOf(table, 'Close code').map((code, i) => [Number(code), columnOf(table, 'When')[i]]);
    expect(told).toEqual(Object.values(closeCodes).map(({ code, when }) => [code, when]));
  });

  it('says which are sent', () => {
    const used = closeNamesUsed(files);
    expect(columnOf(table, 'Sent')).toEqual(Object.keys(closeCodes).map((name) => (used.has(name) ? 'yes' : 'no')));
  });
});

describe('the tables of frames', () => {
  const tables = protocol.tables.filter(({ header }) => header[0] === 'op');
  const rows = tables.map((table) =>
    Object.fromEntries(table.rows.map(([op, fields]) => [plain(op ?? ''), names(fields ?? '')])),
  );

  it.each([
    { op: 'hello', type: 'HelloFrame' },
    { op: 'event', type: 'EventFrame' },
    { op: 'subscribe', type: 'SubscribeFrame' },
    { op: 'pull', type: 'PullFrame' },
    { op: 'received', type: 'ReceivedFrame' },
    { op: 'cancel', type: 'CancelFrame' },
    { op: 'ping', type: 'PingFrame' },
    { op: 'pong', type: 'PingFrame' },
  ])('have all fields of the $op a client sends', ({ op, type }) => {
    expect(rows[0]?.[op]?.toSorted()).toEqual(fieldsOf(type, files).toSorted());
  });

  it.each([
    { op: 'welcome', type: 'WelcomeFrame' },
    { op: 'credit', type: 'CreditFrame' },
    { op: 'ack', type: 'AckFrame' },
    { op: 'item', type: 'ItemFrame' },
    { op: 'gap', type: 'GapFrame' },
    { op: 'end', type: 'EndFrame' },
    { op: 'error', type: 'ErrorFrame' },
    { op: 'subscribed', type: 'SubscribedFrame' },
    { op: 'message', type: 'MessageFrame' },
    { op: 'pong', type: 'PongFrame' },
    { op: 'ping', type: 'PongFrame' },
    { op: 'goaway', type: 'GoawayFrame' },
  ])('have all fields of the $op the gateway sends', ({ op, type }) => {
    expect(rows[1]?.[op]?.toSorted()).toEqual(fieldsOf(type, files).toSorted());
  });

  it('have no others', () => {
    expect(rows.map((table) => Object.keys(table).length)).toEqual([8, 12]);
  });

  it('explain every field of an event', () => {
    const told = column(tableOf(protocol, 'Field', 'Value', 'Meaning'), 'Field');
    expect(told.toSorted()).toEqual(
      fieldsOf('EventFields', files)
        .map((field) => field.replace('?', ''))
        .toSorted(),
    );
  });
});

describe('the other tables', () => {
  it('have the subprotocols in the order they are preferred', () => {
    expect(column(tableOf(protocol, 'Subprotocol'), 'Subprotocol')).toEqual([...subprotocols]);
    expect(protocol.codeSpans).toContain(socketPath);
  });

  it('have the priorities, their lines, and how often each may be passed over', () => {
    const table = tableOf(protocol, 'Priority', 'Line', 'Goes first once passed over');
    const told = table.rows.map(([name, line, passes]) => [
      plain(name ?? ''),
      Number(line) - 1,
      Number.parseInt(passes || '0', 10),
    ]);
    expect(told).toEqual(
      priorities.map((priority) => [priority, levelOf[priority], levelPassesMax[levelOf[priority]]]),
    );
  });

  it('have what becomes of items under every overflow policy', () => {
    const table = tableOf(protocol, '`overflow`', 'The handler');
    expect(table.rows.map(([policy]) => plain(policy ?? ''))).toEqual([...overflowPolicies]);
    expect(table.rows.at(-1)?.at(-1)).toMatch(new RegExp(`^${limits.streamWaitingMax},`));
  });

  it('have what becomes of messages under every overflow policy', () => {
    const table = tableOf(protocol, '`overflow`', 'What comes when it goes on');
    expect(table.rows.map(([policy]) => plain(policy ?? ''))).toEqual([...overflowPolicies]);
    for (const [, what] of table.rows.slice(2)) expect(what).toContain(String(limits.streamWaitingMax));
  });

  it('have which frames are numbered: those that are sent reliably', () => {
    const [, table] = protocol.tables.filter(({ header }) => header[0] === 'op');
    const numbered = columnOf(table as ReturnType<typeof tableOf>, 'Numbered');
    const told = column(table as ReturnType<typeof tableOf>, 'op').filter((_, i) => numbered[i] !== '');
    expect(told).toEqual(['ack', 'item', 'gap', 'end', 'error', 'subscribed']);
  });

  it('have every limit with its value', () => {
    const table = tableOf(protocol, 'Limit', 'Value');
    const told = column(table, 'Limit').map((name, i) => [name, Number(columnOf(table, 'Value')[i])]);
    expect(told).toEqual(Object.entries(limits));
  });

  it('have the HTTP routes there are', () => {
    const metrics = { text: async () => '', contentType: '' };
    const routes = [
      eventsRoute({} as HttpApiParts),
      ...topicRoutes({} as TopicApiParts),
      ...healthRoutes({ isReady: () => true, metrics }),
    ];
    expect(column(tableOf(protocol, 'Request', 'Answer'), 'Request')).toEqual(
      routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    );
  });
});

describe('the numbers of the text', () => {
  const text = protocol.text.replaceAll(/\s+/g, ' ');

  it('say how often each line is served at least', () => {
    // A line that is due may have to wait for the less urgent ones that are due as well.
    const [, high = 0, normal = 0, low = 0] = levelPassesMax;
    expect(text).toContain(
      `\`high\` is served at least once in ${high + 2 + 1} events, \`normal\` in ${normal + 1 + 1}, \`low\` in ${low + 1}`,
    );
  });

  it('say when a client that ignores its credit is closed', () => {
    const { creditRefusalsMax, creditRefusalsWindowMs } = defaultConfig.session;
    expect(text).toContain(`(${creditRefusalsMax} in ${creditRefusalsWindowMs / 1000} s)`);
  });
});
