/**
 * Hooks of React for a client of `sluice/client`, to copy and to change. React is handed in:
 *
 *   import * as React from 'react';
 *   import { connect } from 'sluice/client';
 *   import { makeHooks } from './use-sluice.js';
 *   export const { useConnection, useRequest, useTopic } = makeHooks(React, connect(location.origin));
 */

/**
 * What is used of React.
 * @typedef {object} ReactParts
 * @property {<T>(make: () => T, dependencies: readonly unknown[]) => T} useMemo
 * @property {<T>(listen: (onChange: () => void) => () => void, look: () => T, lookAtServer?: () => T) => T} useSyncExternalStore
 */

/** @typedef {{ status: 'waiting', reply?: undefined, error?: undefined } | { status: 'done', reply: unknown } | { status: 'failed', error: unknown }} Answer */
/** @typedef {{ messages: readonly import('sluice/client').TopicMessage<unknown>[], missing: number, error?: unknown }} Seen */

/** @type {Answer} */
const waiting = { status: 'waiting' };
/** @type {Seen} */
const nothing = { messages: [], missing: 0 };

/**
 * @param {ReactParts} React
 * @param {import('sluice/client').Client} client
 */
export const makeHooks = ({ useMemo, useSyncExternalStore }, client) => {
  const connection = connectionStore(client);
  return {
    /** How the connection is: see `client.state`. */
    useConnection: () => useSyncExternalStore(connection.listen, connection.look, connection.look),

    /**
     * Asks when it is first shown and whenever what it asks for is another; leaving cancels it. For questions: what
     * changes something is asked for in event handlers, by `client.request` itself.
     * @param {string} type
     * @param {unknown} [data]
     */
    useRequest(type, data) {
      const store = useMemo(() => requestStore(client, type, data), [type, JSON.stringify(data)]);
      return useSyncExternalStore(store.listen, store.look, store.look);
    },

    /**
     * The newest `keep` messages of a topic or pattern, oldest first, and how many are known not to come. Whatever the
     * pace of the topic, it is rendered once per frame, and a page that is not shown lets messages wait at the gateway.
     * @param {string} topic
     * @param {{ keep?: number, rewind?: number, overflow?: 'wait' | 'latest' | 'drop' }} [options]
     */
    useTopic(topic, { keep = 100, rewind, overflow = 'latest' } = {}) {
      const store = useMemo(
        () => topicStore(client, topic, { keep, overflow, ...(rewind === undefined ? {} : { rewind }) }),
        [topic, keep, rewind, overflow],
      );
      return useSyncExternalStore(store.listen, store.look, store.look);
    },
  };
};

/** @param {import('sluice/client').Client} client */
function connectionStore(client) {
  return {
    look: () => client.state,
    /** @param {() => void} onChange */
    listen(onChange) {
      const listening = client.state$.subscribe(onChange);
      return () => listening.unsubscribe();
    },
  };
}

/**
 * @param {import('sluice/client').Client} client
 * @param {string} type
 * @param {unknown} data
 */
function requestStore(client, type, data) {
  /** @type {Answer} */
  let answer = waiting;
  return {
    look: () => answer,
    /** @param {() => void} onChange */
    listen(onChange) {
      const leaving = new AbortController();
      const { signal } = leaving;
      /** @param {Answer} what */
      const tell = (what) => {
        if (signal.aborted) return;
        answer = what;
        onChange();
      };
      client.request(type, data, { signal }).then(
        (reply) => tell({ status: 'done', reply }),
        (error) => tell({ status: 'failed', error }),
      );
      return () => leaving.abort();
    },
  };
}

/** Messages that are taken in a frame at most, and that may have come before they are taken. */
const frameMessagesMax = 256;

/** @returns {Promise<void>} when the next frame is drawn; in Node, a little later */
function frame() {
  const { requestAnimationFrame } = /** @type {{ requestAnimationFrame?: (done: () => void) => void }} */ (globalThis);
  return new Promise((done) => (requestAnimationFrame ? requestAnimationFrame(() => done()) : setTimeout(done, 16)));
}

/**
 * @param {import('sluice/client').Client} client
 * @param {string} topic
 * @param {{ keep: number, rewind?: number, overflow: 'wait' | 'latest' | 'drop' }} options
 */
function topicStore(client, topic, { keep, ...options }) {
  /** @type {Seen} */
  let seen = nothing;
  return {
    look: () => seen,
    /** @param {() => void} onChange */
    listen(onChange) {
      const leaving = new AbortController();
      const { signal } = leaving;
      /** @type {import('sluice/client').TopicMessage<unknown>[]} */
      let messages = [];
      let missing = 0;
      /** @type {Promise<void> | undefined} */
      let showing;
      let unshown = 0;
      /** @param {unknown} [error] */
      const show = (error) => {
        showing = undefined;
        unshown = 0;
        if (signal.aborted) return;
        messages = messages.slice(-keep);
        seen = error === undefined ? { messages, missing } : { messages, missing, error };
        onChange();
      };
      const read = async () => {
        for await (const event of client.subscribe(topic, { ...options, credit: frameMessagesMax, signal })) {
          if (event.kind === 'message') messages.push(event);
          else missing += event.count ?? 0;
          unshown += 1;
          showing ??= frame().then(() => show());
          // The rest waits at the gateway, which leaves out what is old by then.
          if (unshown >= frameMessagesMax) await showing;
        }
        await showing;
      };
      read().catch((error) => show(error));
      return () => leaving.abort();
    },
  };
}
