/** The built gateway as `make run` starts it, in a process of its own that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface DemoGateway {
  /** What a person opens. */
  readonly url: string;
  readonly port: number;
  /** A metric, by its name with its labels; undefined when it is not there. */
  metric(name: string): Promise<number | undefined>;
  /** Ends it without any chance to say goodbye. Resolves when it is gone. */
  kill(): Promise<void>;
}

const startMsMax = 15_000;
const running = new Set<ChildProcess>();

/** On a free port. */
export async function startDemoGateway(): Promise<DemoGateway> {
  const flags = ['-c', 'config/demo.yaml', '--listen.port', '0', '--admin.port', '0', '--log.pretty=false'];
  // A browser that is gone before its word is out leaves a session that waits so long.
  flags.push('--resume.ms', '5000');
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|NODE_OPTIONS$)/.test(name));
  const child = spawn(process.execPath, ['dist/main.js', 'serve', ...flags], {
    env: Object.fromEntries(inherited),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const { url, admin } = await listening(child);
  return {
    url,
    port: Number(new URL(url).port),
    async metric(name) {
      const lines = (await (await fetch(`${admin}/metrics`)).text()).split('\n');
      const line = lines.find((text) => text.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    },
    kill: () => killed(child),
  };
}

/** Kills those that still run: for `afterEach`. */
export async function killDemoGateways(): Promise<void> {
  for (const child of running) await killed(child);
}

function listening(child: ChildProcess): Promise<{ readonly url: string; readonly admin: string }> {
  let said = '';
  return new Promise((resolve, reject) => {
    const failed = () => reject(new Error(`expected the gateway to listen, got:\n${said}`));
    const watchdog = setTimeout(failed, startMsMax);
    const hear = (bytes: Buffer) => {
      said = (said + bytes).slice(-10_000);
      const line = /\{.*"msg":"listening".*\}/.exec(said)?.[0];
      if (line === undefined) return;
      clearTimeout(watchdog);
      resolve(JSON.parse(line));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', failed);
  });
}

async function killed(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
