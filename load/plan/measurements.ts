/**
 * All measurements, in the order they are run: what is compared stands close together, since a shared machine is
 * seldom the same for long.
 */
import type { SocketLoad } from '../client/order.js';
import type { ServerName } from '../processes/server.js';
import type { Measurement, Target } from './measurement.js';
import * as loads from './socket-loads.js';

/** Every measurement there is. */
export function allMeasurements(): Measurement[] {
  return [
    ...p1(),
    ...p3Small(),
    ...p3Arrays(),
    ...p3Kilobyte(),
    ...p2(),
    ...p7(),
    ...p8Connections(),
    ...p8Growth({
      small: ['later, 1 event waiting', loads.waiting1],
      large: ['later, 60,000 events waiting', loads.waiting60k],
    }),
    ...p8Growth({
      small: ['later, 1 tenant waiting', loads.tenants1],
      large: ['later, 10,000 tenants waiting', loads.tenants10k],
      isLong: true,
    }),
    ...p8Growth({
      small: ['50 × 32, 1 key', loads.keys1],
      large: ['50 × 32, 10,000 keys in turn', loads.keys10k],
      isLong: true,
    }),
    ...p8Growth({
      small: ['later, 256 keys waiting', loads.waitingKeys256],
      large: ['later, 10,240 keys waiting', loads.waitingKeys10k],
      isLong: true,
    }),
  ];
}

function p1(): Measurement[] {
  const target = { against: 'p1/uws-json', name: 'limit', ratioMax: 1 };
  return jsonServers('P1', '50 × 32, JSON', loads.pipelined, target);
}

function p2(): Measurement[] {
  const target = { against: 'p2/uws-json', name: 'limit', ratioMax: 1.1 };
  return jsonServers('P2', '1000 × 1, JSON', loads.single, target);
}

/**
 * The peers and the gateway, which has the target; the limit is measured right before it. A short run keeps what
 * most projects start from, and in P1 a naive use of RxJS.
 */
function jsonServers(goal: 'P1' | 'P2', title: string, socket: SocketLoad, target: Target): Measurement[] {
  const servers: readonly ServerName[] = [
    'mosquitto',
    'nats-server',
    'socketio-ws',
    'socketio-uws',
    'fastify-ws',
    'ws-json',
    'uws-rxjs',
    'uws-echo',
    'uws-json',
    'gateway',
  ];
  const inShort: readonly ServerName[] = [
    'ws-json',
    'uws-json',
    'gateway',
    ...(goal === 'P1' ? (['uws-rxjs'] as const) : []),
  ];
  return servers.map((server) => ({
    id: `${goal.toLowerCase()}/${server}`,
    goal,
    title,
    server,
    load: { socket },
    limit: target.against,
    isLong: !inShort.includes(server),
    ...(server === 'gateway' ? { target } : {}),
  }));
}

function p3Small(): Measurement[] {
  const common = {
    goal: 'P3',
    title: '50 × 32, msgpack',
    load: { socket: loads.msgpack },
    limit: 'p1/uws-json',
  } as const;
  return [
    {
      ...common,
      id: 'p3/msgpack/gateway',
      server: 'gateway',
      target: { against: 'p1/gateway', name: 'P1', ratioMax: 1 },
    },
    { ...common, id: 'p3/msgpack/uws-msgpack', server: 'uws-msgpack', isLong: true },
  ];
}

function p3Arrays(): Measurement[] {
  const common = {
    goal: 'P3',
    title: '50 × 32, JSON, arrays of 16',
    load: { socket: loads.arrays },
    limit: 'p3/arrays/uws-json',
  } as const;
  return [
    {
      ...common,
      id: 'p3/arrays/gateway',
      server: 'gateway',
      target: { against: 'p1/gateway', name: 'P1', ratioMax: 0.5 },
    },
    { ...common, id: 'p3/arrays/uws-json', server: 'uws-json', isLong: true },
  ];
}

function p3Kilobyte(): Measurement[] {
  const common = { goal: 'P3', limit: 'p3/kilobyte-json/uws-json' } as const;
  const json = { ...common, title: '50 × 32, 1 KB, JSON', load: { socket: loads.kilobyteJson } };
  const msgpack = { ...common, title: '50 × 32, 1 KB, msgpack', load: { socket: loads.kilobyteMsgpack } };
  const target = { against: 'p3/kilobyte-json/gateway', name: 'JSON', ratioMax: 0.7 };
  return [
    { ...json, id: 'p3/kilobyte-json/uws-json', server: 'uws-json', isLong: true },
    { ...json, id: 'p3/kilobyte-json/gateway', server: 'gateway' },
    { ...msgpack, id: 'p3/kilobyte-msgpack/gateway', server: 'gateway', target },
    { ...msgpack, id: 'p3/kilobyte-msgpack/uws-msgpack', server: 'uws-msgpack', isLong: true },
  ];
}

function p7(): Measurement[] {
  const common = {
    goal: 'P7',
    title: 'POST /v1/events, 64',
    load: { httpConnections: 64 },
    limit: 'p7/uws-http',
  } as const;
  const target = { against: 'p7/uws-http', name: 'limit', ratioMax: 1.3 };
  return [
    { ...common, id: 'p7/uws-http', server: 'uws-http' },
    { ...common, id: 'p7/gateway', server: 'gateway', target },
  ];
}

/** With the limit's own growth, which the kernel's share of the work brings about. */
function p8Connections(): Measurement[] {
  const small = ['10 connections, 10 in flight', loads.connections10] as const;
  const large = ['10,000 connections, 10 in flight', loads.connections10k] as const;
  const limits = [small, large].map(([title, socket]): Measurement => {
    const id = `p8/${title}/uws-json`;
    return { id, goal: 'P8', title, server: 'uws-json', load: { socket }, limit: id, isLong: true };
  });
  const gateways = p8Growth({ small, large, isLong: true }).map(
    (row): Measurement => ({ ...row, limit: `p8/${row.title}/uws-json` }),
  );
  return [...limits, ...gateways];
}

interface Growth {
  readonly small: readonly [title: string, load: SocketLoad];
  readonly large: readonly [title: string, load: SocketLoad];
  readonly isLong?: boolean;
}

/** Two loads of the gateway that differ in one number only, one right after the other. */
function p8Growth({ small, large, isLong = false }: Growth): Measurement[] {
  const smallId = `p8/${small[0]}/gateway`;
  const common = { goal: 'P8', server: 'gateway', isLong } as const;
  const target = { against: smallId, name: 'one above', ratioMax: 1.25 };
  return [
    { ...common, id: smallId, title: small[0], load: { socket: small[1] } },
    { ...common, id: `p8/${large[0]}/gateway`, title: large[0], load: { socket: large[1] }, target },
  ];
}
