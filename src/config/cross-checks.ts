/** What has to hold between keys that are each fine by themselves. */
import type { Path, Problem } from './config-error.js';
import { listed } from './fields.js';
import type { Sections } from './resolved.js';

/** Runs every check whose sections are all given; a section with a problem of its own is left out by the caller. */
export function crossChecks(config: Partial<Sections>): Problem[] {
  const problems: Problem[] = [];
  const expectThat = (isFine: boolean, path: Path, message: string, because: readonly Path[] = []): void => {
    if (!isFine) problems.push({ path, message: `expected ${message}`, because });
  };
  const { budget, window, session, reply, drain, listen, admin, routes, pipelines, breaker, pressure } = config;

  if (budget !== undefined) {
    const { reserve, items } = budget;
    const below = `less than budget.items (${items}), got ${reserve}`;
    expectThat(reserve < items, ['budget', 'reserve'], below, [['budget', 'items']]);
  }
  if (window !== undefined) {
    const { initial, min, max } = window;
    const initialPath = ['window', 'initial'];
    const minPath = ['window', 'min'];
    const maxPath = ['window', 'max'];
    expectThat(min <= max, minPath, `at most window.max (${max}), got ${min}`, [maxPath]);
    if (min <= max) {
      expectThat(initial >= min, initialPath, `at least window.min (${min}), got ${initial}`, [minPath]);
      expectThat(initial <= max, initialPath, `at most window.max (${max}), got ${initial}`, [maxPath]);
    }
    if (budget !== undefined && budget.reserve < budget.items) {
      const room = budget.items - budget.reserve;
      const within = `at most budget.items less budget.reserve (${room}), or no session could open, got ${min}`;
      expectThat(min <= room, minPath, within, [['budget', 'items']]);
    }
  }
  if (session !== undefined) {
    const { outboxHighWaterBytes: mark, outboxBytesMax: max } = session;
    const path = ['session', 'outboxHighWaterBytes'];
    expectThat(mark < max, path, `less than session.outboxBytesMax (${max}), got ${mark}`, [outboxMaxPath]);
    const longer = `at least session.idleMs (${session.idleMs}), got ${session.longIdleMs}`;
    expectThat(session.longIdleMs >= session.idleMs, ['session', 'longIdleMs'], longer, [['session', 'idleMs']]);
    if (reply !== undefined) {
      const most = `at most session.outboxBytesMax (${max}), got ${reply.bytesMax}`;
      expectThat(reply.bytesMax <= max, ['reply', 'bytesMax'], most, [outboxMaxPath]);
      const least = `at least session.outboxBytesMax (${max}), got ${reply.allBytesMax}`;
      expectThat(reply.allBytesMax >= max, ['reply', 'allBytesMax'], least, [outboxMaxPath]);
    }
  }
  if (listen !== undefined) {
    const { payloadBytesMax, floodBytesMax } = listen;
    const path = ['listen', 'floodBytesMax'];
    const least = `at least listen.payloadBytesMax (${payloadBytesMax}), got ${floodBytesMax}`;
    expectThat(floodBytesMax >= payloadBytesMax, path, least, [payloadMaxPath]);
    if (budget !== undefined) {
      const room = `at least listen.payloadBytesMax (${payloadBytesMax}), or no such event could ever enter, got ${budget.bytes}`;
      expectThat(budget.bytes >= payloadBytesMax, ['budget', 'bytes'], room, [payloadMaxPath]);
    }
    if (window !== undefined) {
      const least = `at least window.max (${window.max}), or a client within its credit could flood, got ${listen.floodFramesMax}`;
      expectThat(listen.floodFramesMax >= window.max, ['listen', 'floodFramesMax'], least, [['window', 'max']]);
    }
  }
  if (drain !== undefined) {
    const most = `at most drain.deadlineMs (${drain.deadlineMs}), got ${drain.spreadMs}`;
    expectThat(drain.spreadMs <= drain.deadlineMs, ['drain', 'spreadMs'], most, [['drain', 'deadlineMs']]);
  }
  if (listen !== undefined && admin !== undefined) {
    const isTwice = admin.port !== 0 && admin.port === listen.port && admin.host === listen.host;
    const other = `another port than listen.port, got ${admin.port} for both`;
    expectThat(!isTwice, ['admin', 'port'], other, [['listen', 'port']]);
  }
  if (breaker !== undefined) {
    const most = `at most breaker.openMsMax (${breaker.openMsMax}), got ${breaker.openMs}`;
    expectThat(breaker.openMs <= breaker.openMsMax, ['breaker', 'openMs'], most, [['breaker', 'openMsMax']]);
  }
  if (pressure !== undefined) {
    for (const name of ['lagMs', 'heapPercent', 'bytesPercent'] as const) {
      const below = `less than pressure.${name}Max (${pressure[`${name}Max`]}), got ${pressure[name]}`;
      expectThat(pressure[name] < pressure[`${name}Max`], ['pressure', name], below, [['pressure', `${name}Max`]]);
    }
  }
  for (const [pattern, { pipeline, retry }] of Object.entries(routes ?? {})) {
    if (pipeline !== undefined && pipelines !== undefined) {
      const known = `a pipeline there is (${listed(Object.keys(pipelines))}), got ${JSON.stringify(pipeline)}`;
      expectThat(Object.hasOwn(pipelines, pipeline), ['routes', pattern, 'pipeline'], known);
    }
    const { minMs, maxMs } = retry ?? {};
    if (minMs !== undefined && maxMs !== undefined) {
      const path = ['routes', pattern, 'retry', 'minMs'];
      expectThat(minMs <= maxMs, path, `at most maxMs (${maxMs}), got ${minMs}`);
    }
  }
  return problems;
}

const payloadMaxPath: Path = ['listen', 'payloadBytesMax'];
const outboxMaxPath: Path = ['session', 'outboxBytesMax'];
