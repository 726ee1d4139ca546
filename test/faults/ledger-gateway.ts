/** A gateway as a process that can be killed, paused, and started again at the same port, with what its handlers began. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SluiceProcess, written } from '../cli/sluice-process.js';

/** An event that reached its handler. */
export interface Begun {
  readonly n: number;
  readonly pid: number;
}

const handlers = fileURLToPath(new URL('./ledger-handlers.ts', import.meta.url));
let gateways = 0;

export class LedgerGateway {
  port = 0;
  readonly #settings: string;
  readonly #keepAliveMs: number;
  readonly #ledger: string;
  readonly #gate: string;
  #child: SluiceProcess | undefined = undefined;

  /**
   * @param settings further sections of its configuration, in YAML
   * @param keepAliveMs silence after which it closes a client
   */
  constructor(settings = '', keepAliveMs = 25_000) {
    gateways += 1;
    this.#settings = settings;
    this.#keepAliveMs = keepAliveMs;
    this.#ledger = written(`ledger-${gateways}.jsonl`, '');
    this.#gate = `${this.#ledger}.gate`;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** What handlers began, in all processes. */
  get begun(): readonly Begun[] {
    const lines = readFileSync(this.#ledger, 'utf8').split('\n');
    // The last one has no end yet, or is empty.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Begun);
  }

  /** The running process. */
  get child(): SluiceProcess {
    if (this.#child === undefined) throw new Error('expected a gateway that was started, got none');
    return this.#child;
  }

  /** Resolves when it listens: at a free port, and later on at the same. */
  async start(): Promise<void> {
    const config = written(
      'ledger-gateway.yaml',
      `listen: { port: ${this.port}, keepAliveMs: ${this.#keepAliveMs} }\nadmin: { port: 0 }\nlog: { pretty: false }\n` +
        `handlers: [${handlers}]\nanonymous: { publish: [news] }\n${this.#settings}\n`,
    );
    // Its handlers are TypeScript.
    const environment = { FAULTS_LEDGER: this.#ledger, FAULTS_GATE: this.#gate, NODE_OPTIONS: '--import tsx' };
    this.#child = new SluiceProcess(['serve', '-c', config], environment);
    const [, url = ''] = await this.#child.until(/"url":"([^"]+)".*\n/);
    this.port = Number(new URL(url).port);
  }

  /** What waits in handlers goes on, now and in later processes. */
  openGate(): void {
    if (!existsSync(this.#gate)) writeFileSync(this.#gate, '');
  }
}
