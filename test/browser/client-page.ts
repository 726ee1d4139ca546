/** The SDK in a page of a real browser: what a test asks of it from outside, and what came of it. */
import { fileURLToPath } from 'node:url';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { vi } from 'vitest';
import type { ConnectionState, ConnectOptions, StreamOptions, TopicGap, Usage } from '../../src/client.js';

/** For the key `pages` of a gateway: the page, and the build of the client that it loads. */
export const clientPages: readonly string[] = ['client-page/', '../../dist/browser/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** What `connect` is given there. The URL is that of the page. */
export interface PageClientOptions extends Pick<ConnectOptions, 'reconnect' | 'queue' | 'connectTimeoutMs'> {
  readonly encoding?: 'JSON' | 'MessagePack';
}

/** A method of the client, and its arguments. */
export type Call = readonly ['request' | 'emit' | 'publish', type: string, data: unknown, options?: object];

/** What can be told of an error outside of the page. */
export interface ToldError {
  readonly isSluiceError: boolean;
  readonly code?: string;
  readonly started?: string;
  readonly retry?: string;
  readonly message: string;
}

/** How a call or a stream has ended. */
export interface Outcome {
  readonly reply?: unknown;
  readonly error?: ToldError;
}

/** How far everything is. */
export interface PageProgress {
  readonly state: ConnectionState;
  /** How often it has been open. */
  readonly connections: number;
  readonly usage: Usage;
  /** Calls and streams that have not ended. */
  readonly unsettled: number;
  /** How often subscriptions were opened. */
  readonly opened: number;
  /** Events that waited in the client while each was awaited: the most there were. */
  readonly mostQueued: number;
  /** Items of each stream. */
  readonly items: readonly number[];
  /** Messages of each subscription. */
  readonly messages: readonly number[];
}

/** All that came. */
export interface PageReport {
  readonly states: readonly ConnectionState[];
  readonly failures: readonly { readonly type: string; readonly key?: string; readonly error: ToldError }[];
  /** Of each call, in the order they were made; undefined for what is not over. */
  readonly outcomes: readonly (Outcome | undefined)[];
  readonly streams: readonly { readonly items: readonly unknown[]; readonly outcome?: Outcome }[];
  readonly topics: readonly {
    readonly numbers: Readonly<Record<string, readonly number[]>>;
    readonly gaps: readonly TopicGap[];
    readonly problems: readonly string[];
  }[];
}

/** Numbers to emit, each with as many bytes as `pad` has. */
export interface EmittedNumbers {
  readonly first: number;
  readonly count: number;
  readonly pad: string;
}

/**
 * What the browser itself writes of a WebSocket that was lost, or of a server that is not there; and of what is sent when
 * it knows of the loss and the page does not yet.
 */
const lostLine = /^error: WebSocket connection to .* failed/;
const patience = { timeout: 20_000, interval: 5 } as const;

export class ClientPage {
  readonly page: Page;
  /** For what playwright has no method. */
  readonly devtools: CDPSession;
  readonly #complaints: string[] = [];

  private constructor(page: Page, devtools: CDPSession) {
    this.page = page;
    this.devtools = devtools;
    page.on('console', (message) => this.#complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.#complaints.push(`error: ${error.message}`));
  }

  /** Resolves when the page is there, and its client is open. */
  static async open(browser: Browser, port: number, options: PageClientOptions = {}): Promise<ClientPage> {
    const page = await browser.newPage();
    const opened = new ClientPage(page, await page.context().newCDPSession(page));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate(`openTraffic(${JSON.stringify({ encoding: 'JSON', ...options })})`);
    return opened;
  }

  /** Console messages and uncaught errors, without what the browser itself says of lost connections. */
  get complaints(): readonly string[] {
    return this.#complaints.filter((line) => !lostLine.test(line));
  }

  /** Makes these calls, in this order, and waits for none of them. */
  async send(calls: readonly Call[]): Promise<void> {
    await this.#do('send', calls);
  }

  async read(type: string, data?: unknown, options: StreamOptions = {}): Promise<void> {
    await this.#do('read', type, data, options);
  }

  async follow(topic: string, options: { readonly credit?: number } = {}): Promise<void> {
    await this.#do('follow', topic, options);
  }

  /** @returns what is under way when the last one was emitted */
  async emitAll(type: string, numbers: EmittedNumbers): Promise<Usage> {
    return await this.#do('emitAll', type, numbers);
  }

  /** Resolves when the last one has left. */
  async emitEach(type: string, numbers: EmittedNumbers): Promise<void> {
    await this.#do('emitEach', type, numbers);
  }

  async progress(): Promise<PageProgress> {
    return await this.#do('progress');
  }

  async report(): Promise<PageReport> {
    return await this.#do('report');
  }

  /** Waits until everything is as far as that. */
  async until(isSo: (progress: PageProgress) => boolean): Promise<PageProgress> {
    return await vi.waitFor(async () => {
      const progress = await this.progress();
      if (!isSo(progress)) throw new Error(`expected it to go on, got ${JSON.stringify(progress)}`);
      return progress;
    }, patience);
  }

  /** Bytes of its heap without what is garbage. */
  async heapBytes(): Promise<number> {
    await this.devtools.send('HeapProfiler.collectGarbage');
    return (await this.devtools.send('Runtime.getHeapUsage')).usedSize;
  }

  /** Ends the client. The page stays: its browser may not have said all of it yet. */
  async close(): Promise<void> {
    await this.#do('close');
  }

  async #do<Result>(method: string, ...args: readonly unknown[]): Promise<Result> {
    return await this.page.evaluate(`traffic.${method}(...${JSON.stringify(args)})`);
  }
}

/** What became of the session at each connection. */
export function continuities({ states }: PageReport): string[] {
  return states.flatMap((state) => (state.status === 'open' ? [state.continuity] : []));
}
