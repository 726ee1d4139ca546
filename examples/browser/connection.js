/** The header: how the connection is, and what is under way on it. */
import { part, say } from './page.js';

/** @typedef {import('sluice/client').ConnectionState} ConnectionState */

const lookEveryMs = 250;

/** @type {Readonly<Record<import('sluice/client').Continuity, string>>} */
const continuities = {
  new: '',
  resumed: 'session resumed, nothing was lost',
  lost: 'in a new session',
};

/** @param {import('./client.js').DemoClient} client */
export function showConnection(client) {
  /** @type {ConnectionState} */
  let state = client.state;
  let sinceMs = performance.now();

  // Begins with the state as it is, so there is nothing to ask for first.
  client.state$.subscribe((now) => {
    state = now;
    sinceMs = performance.now();
    part('state').dataset.status = state.status;
    say(part('state-name'), state.status);
    showDetail();
  });

  function showDetail() {
    say(part('state-detail'), detailOf(state, performance.now() - sinceMs));
  }

  // `usage` is a look at this moment, and changes with every event: enough to look now and then.
  setInterval(() => {
    const { credit, queued, open } = client.usage;
    say(part('credit'), credit.toLocaleString('en'));
    say(part('queued'), queued.toLocaleString('en'));
    say(part('open'), open.toLocaleString('en'));
    showDetail();
  }, lookEveryMs);
}

/**
 * @param {ConnectionState} state
 * @param {number} forMs how long it has been so
 */
function detailOf(state, forMs) {
  switch (state.status) {
    case 'connecting':
      return state.attempt > 1 ? `attempt ${state.attempt}` : '';
    case 'open':
      return continuities[state.continuity];
    case 'draining':
      return 'the gateway is about to close; new events wait for the next connection';
    case 'waiting':
      return `${seconds(state.afterMs - forMs)} until attempt ${state.attempt}: ${state.why}`;
    case 'offline':
      return 'the browser has no network';
    case 'closed':
      return state.error === undefined ? '' : `for good: ${state.error.message}`;
  }
}

/** @param {number} ms */
function seconds(ms) {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}
