/** The gateway's frames without its sessions: events are sent at once, there is no credit, and an echo is an answer. */
import type { Dialect } from './dialect.js';
import { hearEcho } from './frames.js';
import { sluice } from './sluice.js';

export const bare: Dialect = {
  ...sluice,
  talk: ({ ready, content }) => ({ begin: ready, message: content }),
  hear: hearEcho,
};
