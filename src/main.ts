#!/usr/bin/env node
/**
 * The command `sluice`. It first looks at the version of Node, and loads everything else only on one that can run it:
 * so a wrong Node ends in one sentence and not in a stack.
 */
import { unsupportedNode } from './cli/node-version.js';

const refusal = unsupportedNode(process.versions.node);
if (refusal === undefined) {
  import('./cli/command.js').then(
    (command) => command.run(process.argv),
    (error) => {
      // A platform without a binary of the socket library, for one.
      process.stderr.write(`sluice: cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
} else {
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 1;
}
