/**
 * Devices that are slow to obey: each takes its commands one at a time. A command that has waited for longer than it is
 * worth never reaches its device, and whoever sent it is told so. Who wants to see what a device did subscribes to
 * `device.<name>`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { defineHandler } from '../index.js';

/** Milliseconds a command is worth doing where it does not say itself. */
const worthMs = 3000;

/** Sends a command to a device, with its name as the `key`; ends when the device has done it, after `ms`. */
export const deviceCommand = defineHandler({
  type: 'device.command',
  order: 'key',
  ttlMs: worthMs,
  input: z.object({
    device: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    command: z.string().min(1).max(64),
    ms: z.number().min(0).max(60_000).default(1000),
  }),
  async handle({ data: { device, command, ms } }, { publish, signal }) {
    await wait(ms, undefined, { signal });
    const done = { device, command, tookMs: ms };
    await publish(`device.${device}`, done, { key: device });
    return done;
  },
});
