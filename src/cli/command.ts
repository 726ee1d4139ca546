/**
 * The command line: `serve`, `check`, `config print`, `config schema`, `request`, `emit`, `sub`, `bench`, `plan`, and what
 * they understand.
 */
import { Command } from 'commander';
import { configJsonSchemaText } from '../config/json-schema.js';
import { keyRows } from '../config/key-tree.js';
import { writeYaml } from '../config/yaml-text.js';
import { check } from './check.js';
import { CommandError } from './command-error.js';
import { addEmitCommand } from './emit-command.js';
import { failureText } from './failure-text.js';
import { type KeyArguments, keyArguments } from './key-arguments.js';
import { loadTool } from './load-tool.js';
import { packageVersion } from './package-version.js';
import { configOf, type Source } from './prepare.js';
import { addRequestCommand } from './request-command.js';
import { addSubCommand } from './sub-command.js';

/**
 * Runs the command; sets the exit code and never rejects.
 * @param argv as `process.argv`: Node, this command, and then its words
 */
export async function run(argv: readonly string[]): Promise<void> {
  // Should a module that is loaded never finish, Node ends by itself, and that is no success.
  process.exitCode = 1;
  let code = 0;
  const onEnd = (ended: number) => {
    code = ended;
  };
  try {
    await program(onEnd).parseAsync([...argv]);
    process.exitCode = code;
  } catch (error) {
    process.stderr.write(failureText(error));
    // Modules that were loaded may keep timers and sockets open.
    process.exit(1);
  }
}

interface Options {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
}

/** @param onEnd is told the exit code of a command that has several */
function program(onEnd: (code: number) => void): Command {
  const root = new Command('sluice')
    .description('A real-time WebSocket event gateway with backpressure from the handler to the client’s send()')
    .version(packageVersion())
    .enablePositionalOptions();

  withKeys(root.command('serve'))
    .description('Start a gateway; SIGTERM or SIGINT drains and stops it')
    .action((options: Options, command: Command) => start(sourceOf(options, command.args)));

  withKeys(root.command('check'))
    .description('Check a configuration and its handlers without starting: prints OK and ends with 0, or with 1')
    .action(async (options: Options, command: Command) => {
      const text = await check(sourceOf(options, command.args));
      process.stdout.write(text, () => process.exit(0));
    });

  const config = root.command('config').description('Show the configuration');
  withKeys(config.command('print'))
    .description('Print what would hold for serve, defaults included, as YAML')
    .action((options: Options, command: Command) => print(writeYaml(configOf(sourceOf(options, command.args)))));
  config
    .command('schema')
    .description('Print the JSON Schema of the configuration')
    .action(() => print(configJsonSchemaText()));

  addRequestCommand(root, onEnd);
  addEmitCommand(root, onEnd);
  addSubCommand(root, onEnd);

  withLoadTool(
    root.command('bench'),
    'Put a server under load, and audit what became of every event: sluice bench help',
  );
  withLoadTool(
    root.command('plan'),
    'Slots and queue for a rate, a service time and a latency to keep: sluice plan --help',
  );
  return root;
}

/** The gateway is loaded for the command that is one: others start sooner, and where its socket library has no binary. */
async function start(source: Source): Promise<void> {
  const loaded = await import('./serve.js').catch((error: unknown) => {
    throw new CommandError(`cannot start: ${error instanceof Error ? error.message : String(error)}`);
  });
  await loaded.serve(source);
}

/** Its words are the load tool's own business, `--help` among them. */
function withLoadTool(command: Command, description: string): void {
  command
    .description(description)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .passThroughOptions()
    .action(async () => process.exit(await loadTool([command.name(), ...command.args])));
}

/** Every key of the configuration is a flag; the command knows none of them by itself. */
function withKeys(command: Command): Command {
  return command
    .option('-c, --config <file>', 'YAML file with the configuration')
    .option('--host <host>', 'the same as --listen.host')
    .option('--port <port>', 'the same as --listen.port')
    .usage('[-c file] [--port n] [--listen.port n …any key…]')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', keysHelp);
}

/** @throws CommandError on words that are no flags, or a flag that is there under two names */
function sourceOf({ config, host, port }: Options, words: readonly string[]): Source {
  const keys = keyArguments(words);
  const short: Record<string, string | undefined> = { host, port };
  const flags: Record<string, readonly string[]> = { ...keys };
  for (const [name, value] of Object.entries(short)) {
    if (value === undefined) continue;
    const key = `listen.${name}`;
    if (Object.hasOwn(keys, key)) throw new CommandError(`expected --${name} or --${key}, got both`);
    flags[key] = [value];
  }
  return { file: config, flags: flags satisfies KeyArguments };
}

function keysHelp(): string {
  const rows = keyRows();
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map((row) => {
    const fallback = row.default === undefined ? '' : ` (default: ${row.default})`;
    return `  --${row.name.padEnd(width)}  ${row.description}${fallback}`;
  });
  return [
    '',
    'Every key of the configuration is a flag, and a variable such as SLUICE_LISTEN__PORT. Flags come before variables,',
    'variables before the file:',
    ...lines,
  ].join('\n');
}

/** A reader that has seen enough, such as `head`, is no failure. */
function print(text: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.stdout.write(text);
}
