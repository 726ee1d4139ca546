/** All dialects by their names. */
import type { DialectName } from '../order.js';
import { bare } from './bare.js';
import type { Dialect } from './dialect.js';
import { mqtt } from './mqtt.js';
import { nats } from './nats.js';
import { sluice } from './sluice.js';
import { socketio } from './socketio.js';

const dialects: Readonly<Record<DialectName, Dialect>> = { sluice, bare, socketio, nats, mqtt };

/** The dialect of that name. */
export function dialectOf(name: DialectName): Dialect {
  return dialects[name];
}
