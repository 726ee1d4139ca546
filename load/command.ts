/** The load tool as the command `sluice` starts it: `bench …` and `plan …`. */
import { constants } from 'node:os';
import { benchCommand } from './bench/bench-command.js';
import { runPlan } from './model/plan-command.js';
import { killChildren } from './processes/living-children.js';

process.once('exit', killChildren);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const [command, ...args] = process.argv.slice(2);
const out = (text: string): void => void process.stdout.write(text);
const err = (text: string): void => void process.stderr.write(text);

if (command === 'plan') process.exitCode = runPlan(args, out, err);
else if (command === 'bench') process.exitCode = await benchCommand(args, { out, err });
else {
  err(`expected bench or plan, got ${command ?? 'nothing'}\n`);
  process.exitCode = 2;
}
