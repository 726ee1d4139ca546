/** Something the user can put right: told in words, without a stack, and the command ends with 1. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}
