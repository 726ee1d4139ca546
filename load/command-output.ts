/** Where the words of a command go: what was asked for, and what is said meanwhile. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}
